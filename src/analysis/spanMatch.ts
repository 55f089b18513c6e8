// Whether a span's bytes hold a text anywhere or an attribute with a certain value. Reads them in place, decodes nothing that
// is not compared. Lists and maps match by any of their members. Must not know rows or queries.
import type { Operator } from './searchQuery.ts';
import { AnyValueField, doubleAt, EventField, FieldCursor, int64At, KeyValueField, ListField, SpanField, StatusField, uint28At, Wire } from '../model/spanFields.ts';
import type { TextNeedle } from './textNeedle.ts';

export interface AttributeTest {
  readonly key: Uint8Array;
  readonly operator: Operator;
  readonly needle: TextNeedle;
  readonly number: number;
}

/** Longer texts are no numbers. */
const MAX_NUMBER_LENGTH = 40;

/** Whether a scalar, by its AnyValue field and where it lies, is what is looked for. */
interface ValueTest {
  holds(kind: number, start: number, end: number): boolean;
}

/** Looks for a text in the spans of one buffer; keeps its cursors, so that a million spans allocate nothing. */
export class TextMatcher implements ValueTest {
  readonly #bytes: Uint8Array;
  readonly #needle: TextNeedle;
  readonly #values: Values;
  readonly #span: FieldCursor;
  readonly #inner: FieldCursor;
  readonly #pair: FieldCursor;

  constructor(bytes: Uint8Array, needle: TextNeedle) {
    this.#bytes = bytes;
    this.#needle = needle;
    this.#values = new Values(bytes, this);
    this.#span = new FieldCursor(bytes);
    this.#inner = new FieldCursor(bytes);
    this.#pair = new FieldCursor(bytes);
  }

  /** Attribute keys and values of the span and its events, event names, the status message. */
  matches(start: number, end: number): boolean {
    if (!this.#needle.mayBeIn(this.#bytes, start, end)) return false;
    const span = this.#span.reset(start, end);
    while (span.next()) {
      if (span.wire !== Wire.bytes) continue;
      if (span.field === SpanField.attributes ? this.#pairMatches(span.start, span.end) : this.#partMatches(span.field, span.start, span.end)) return true;
    }
    return false;
  }

  holds(kind: number, start: number, end: number): boolean {
    if (kind === AnyValueField.string) return this.#needle.inBytes(this.#bytes, start, end);
    return this.#needle.mayBeScalar && this.#needle.inString(scalarText(this.#bytes, kind, start, end));
  }

  #partMatches(field: number, start: number, end: number): boolean {
    if (field !== SpanField.events && field !== SpanField.status) return false;
    const text = field === SpanField.events ? EventField.name : StatusField.message;
    const part = this.#inner.reset(start, end);
    while (part.next()) {
      if (part.wire !== Wire.bytes) continue;
      if (part.field === text) {
        if (this.#needle.inBytes(this.#bytes, part.start, part.end)) return true;
      } else if (field === SpanField.events && part.field === EventField.attributes && this.#pairMatches(part.start, part.end)) return true;
    }
    return false;
  }

  #pairMatches(start: number, end: number): boolean {
    const pair = this.#pair.reset(start, end);
    while (pair.next()) {
      if (pair.wire !== Wire.bytes) continue;
      if (pair.field === KeyValueField.key ? this.#needle.inBytes(this.#bytes, pair.start, pair.end) : pair.field === KeyValueField.value && this.#values.any(pair.start, pair.end)) return true;
    }
    return false;
  }
}

/** Looks for an attribute in the spans of one buffer. `!=` holds where the key is there and no value of it is equal. */
export class AttributeMatcher implements ValueTest {
  readonly #bytes: Uint8Array;
  readonly #test: AttributeTest;
  readonly #values: Values;
  readonly #span: FieldCursor;
  readonly #inner: FieldCursor;
  readonly #pair: FieldCursor;

  constructor(bytes: Uint8Array, test: AttributeTest) {
    this.#bytes = bytes;
    this.#test = test;
    this.#values = new Values(bytes, this);
    this.#span = new FieldCursor(bytes);
    this.#inner = new FieldCursor(bytes);
    this.#pair = new FieldCursor(bytes);
  }

  /** An attribute of the span or of one of its events. */
  matches(start: number, end: number): boolean {
    const span = this.#span.reset(start, end);
    while (span.next()) {
      if (span.wire !== Wire.bytes) continue;
      if (span.field === SpanField.attributes) {
        if (this.#pairMatches(span.start, span.end)) return true;
      } else if (span.field === SpanField.events && this.listMatches(span.start, span.end, EventField.attributes)) return true;
    }
    return false;
  }

  /** An attribute among the key/value pairs in `field` of a message, such as a resource. */
  listMatches(start: number, end: number, field: number): boolean {
    const list = this.#inner.reset(start, end);
    while (list.next()) if (list.wire === Wire.bytes && list.field === field && this.#pairMatches(list.start, list.end)) return true;
    return false;
  }

  /** For `!=`: whether it is equal. */
  holds(kind: number, start: number, end: number): boolean {
    const { operator, needle, number } = this.#test;
    const isText = kind === AnyValueField.string;
    if (operator === ':') return isText ? needle.inBytes(this.#bytes, start, end) : needle.mayBeScalar && needle.inString(scalarText(this.#bytes, kind, start, end));
    if (operator === '=' || operator === '!=') {
      if (isText) return needle.isBytes(this.#bytes, start, end);
      return needle.mayBeScalar && (needle.isString(scalarText(this.#bytes, kind, start, end)) || (kind === AnyValueField.double && doubleAt(this.#bytes, start) === number));
    }
    const value = numberAt(this.#bytes, kind, start, end);
    return operator === '>' ? value > number : operator === '>=' ? value >= number : operator === '<' ? value < number : value <= number;
  }

  #pairMatches(start: number, end: number): boolean {
    const pair = this.#pair.reset(start, end);
    let keyMatches = false;
    let valueStart = -1;
    let valueEnd = -1;
    while (pair.next()) {
      if (pair.wire !== Wire.bytes) continue;
      if (pair.field === KeyValueField.key) {
        keyMatches = sameBytes(this.#bytes, pair.start, pair.end, this.#test.key);
        if (!keyMatches) return false;
      } else if (pair.field === KeyValueField.value) {
        valueStart = pair.start;
        valueEnd = pair.end;
      }
    }
    return keyMatches && valueStart >= 0 && this.#values.any(valueStart, valueEnd) !== (this.#test.operator === '!=');
  }
}

/** AnyValues: whether a test holds for the value, or for any member of a list or map, however deep. */
class Values {
  readonly #bytes: Uint8Array;
  readonly #test: ValueTest;
  readonly #value: FieldCursor;
  /** Members still to be looked at: start, end. */
  readonly #queue: number[] = [];

  constructor(bytes: Uint8Array, test: ValueTest) {
    this.#bytes = bytes;
    this.#test = test;
    this.#value = new FieldCursor(bytes);
  }

  any(start: number, end: number): boolean {
    const queue = this.#queue;
    queue.length = 0;
    if (this.#one(start, end)) return true;
    while (queue.length > 0) {
      const to = queue.pop()!;
      if (this.#one(queue.pop()!, to)) return true;
    }
    return false;
  }

  #one(start: number, end: number): boolean {
    const value = this.#value.reset(start, end);
    while (value.next()) {
      if (value.wire === Wire.bytes && (value.field === AnyValueField.array || value.field === AnyValueField.map)) this.#members(value.field, value.start, value.end);
      else if (wireOf(value.field) === value.wire && this.#test.holds(value.field, value.start, value.end)) return true;
    }
    return false;
  }

  #members(kind: number, start: number, end: number): void {
    const list = new FieldCursor(this.#bytes, start, end);
    while (list.next()) {
      if (list.wire !== Wire.bytes || list.field !== ListField.values) continue;
      if (kind === AnyValueField.array) this.#queue.push(list.start, list.end);
      else {
        const pair = new FieldCursor(this.#bytes, list.start, list.end);
        while (pair.next()) if (pair.wire === Wire.bytes && pair.field === KeyValueField.value) this.#queue.push(pair.start, pair.end);
      }
    }
  }
}

/** What carries a scalar of this AnyValue field; -1 where it is not compared (bytes) or not known. */
function wireOf(field: number): number {
  if (field === AnyValueField.string) return Wire.bytes;
  if (field === AnyValueField.double) return Wire.fixed64;
  return field === AnyValueField.int || field === AnyValueField.bool ? Wire.varint : -1;
}

function scalarText(bytes: Uint8Array, kind: number, start: number, end: number): string {
  if (kind === AnyValueField.double) return String(doubleAt(bytes, start));
  if (kind === AnyValueField.int && end - start <= 4) return String(uint28At(bytes, start, end));
  const value = int64At(bytes, start, end);
  return kind === AnyValueField.int ? value.toString() : value === 0n ? 'false' : 'true';
}

/** NaN, which no comparison holds for, where the value is no number. Texts that are numbers count. */
function numberAt(bytes: Uint8Array, kind: number, start: number, end: number): number {
  if (kind === AnyValueField.int) return end - start <= 4 ? uint28At(bytes, start, end) : Number(int64At(bytes, start, end));
  if (kind === AnyValueField.double) return doubleAt(bytes, start);
  if (kind !== AnyValueField.string || end - start > MAX_NUMBER_LENGTH) return Number.NaN;
  const text = String.fromCharCode(...bytes.subarray(start, end)).trim();
  return text === '' ? Number.NaN : Number(text);
}

function sameBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let k = 0; k < wanted.length; k++) if (bytes[start + k] !== wanted[k]) return false;
  return true;
}
