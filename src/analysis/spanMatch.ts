// Whether a span's bytes hold a text anywhere or an attribute with a certain value. Reads them in place, decodes nothing that
// is not compared. Lists and maps match by any of their members. Must not know rows or queries.
import type { Operator } from './searchQuery.ts';
import { AnyValueField, doubleAt, EventField, FieldCursor, int64At, KeyValueField, ListField, SpanField, StatusField, Wire } from './spanFields.ts';
import type { TextNeedle } from './textNeedle.ts';

export interface AttributeTest {
  readonly key: Uint8Array;
  readonly operator: Operator;
  readonly needle: TextNeedle;
  readonly number: number;
}

/** Answers for the spans of one buffer; keeps its cursors, so that a million spans allocate nothing. */
export class SpanMatcher {
  readonly #bytes: Uint8Array;
  readonly #span: FieldCursor;
  readonly #inner: FieldCursor;
  readonly #pair: FieldCursor;
  readonly #value: FieldCursor;
  /** Values still to be looked at: start, end. */
  readonly #queue: number[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#span = new FieldCursor(bytes);
    this.#inner = new FieldCursor(bytes);
    this.#pair = new FieldCursor(bytes);
    this.#value = new FieldCursor(bytes);
  }

  /** Attribute keys and values of the span and its events, event names, the status message. */
  hasText(start: number, end: number, needle: TextNeedle): boolean {
    const span = this.#span.reset(start, end);
    while (span.next()) {
      if (span.wire !== Wire.bytes) continue;
      if (span.field === SpanField.attributes) {
        if (this.#pairHasText(span.start, span.end, needle)) return true;
      } else if (span.field === SpanField.events) {
        const event = this.#inner.reset(span.start, span.end);
        while (event.next()) {
          if (event.wire !== Wire.bytes) continue;
          if (event.field === EventField.name && needle.inBytes(this.#bytes, event.start, event.end)) return true;
          if (event.field === EventField.attributes && this.#pairHasText(event.start, event.end, needle)) return true;
        }
      } else if (span.field === SpanField.status) {
        const status = this.#inner.reset(span.start, span.end);
        while (status.next()) if (status.wire === Wire.bytes && status.field === StatusField.message && needle.inBytes(this.#bytes, status.start, status.end)) return true;
      }
    }
    return false;
  }

  /** An attribute of the span or of one of its events. */
  hasAttribute(start: number, end: number, test: AttributeTest): boolean {
    const span = this.#span.reset(start, end);
    while (span.next()) {
      if (span.wire !== Wire.bytes) continue;
      if (span.field === SpanField.attributes) {
        if (this.#pairMatches(span.start, span.end, test)) return true;
      } else if (span.field === SpanField.events && this.#listMatches(span.start, span.end, EventField.attributes, test)) return true;
    }
    return false;
  }

  /** An attribute among the key/value pairs in `field` of a message (a resource). */
  messageHasAttribute(start: number, end: number, field: number, test: AttributeTest): boolean {
    return this.#listMatches(start, end, field, test);
  }

  #listMatches(start: number, end: number, field: number, test: AttributeTest): boolean {
    const list = this.#inner.reset(start, end);
    while (list.next()) if (list.wire === Wire.bytes && list.field === field && this.#pairMatches(list.start, list.end, test)) return true;
    return false;
  }

  #pairHasText(start: number, end: number, needle: TextNeedle): boolean {
    const pair = this.#pair.reset(start, end);
    while (pair.next()) {
      if (pair.wire !== Wire.bytes) continue;
      if (pair.field === KeyValueField.key && needle.inBytes(this.#bytes, pair.start, pair.end)) return true;
      if (pair.field === KeyValueField.value && this.#anyValue(pair.start, pair.end, (kind, from, to) => this.#valueHasText(kind, from, to, needle))) return true;
    }
    return false;
  }

  #valueHasText(kind: number, start: number, end: number, needle: TextNeedle): boolean {
    return kind === AnyValueField.string ? needle.inBytes(this.#bytes, start, end) : needle.inString(this.#scalarText(kind, start, end));
  }

  #pairMatches(start: number, end: number, test: AttributeTest): boolean {
    const pair = this.#pair.reset(start, end);
    let keyMatches = false;
    let valueStart = -1;
    let valueEnd = -1;
    while (pair.next()) {
      if (pair.wire !== Wire.bytes) continue;
      if (pair.field === KeyValueField.key) {
        keyMatches = sameBytes(this.#bytes, pair.start, pair.end, test.key);
        if (!keyMatches) return false;
      } else if (pair.field === KeyValueField.value) {
        valueStart = pair.start;
        valueEnd = pair.end;
      }
    }
    if (!keyMatches || valueStart < 0) return false;
    const equal = (kind: number, from: number, to: number): boolean => this.#valueIs(kind, from, to, test);
    return test.operator === '!=' ? !this.#anyValue(valueStart, valueEnd, equal) : this.#anyValue(valueStart, valueEnd, equal);
  }

  /** For `!=`: whether it is equal. */
  #valueIs(kind: number, start: number, end: number, { operator, needle, number }: AttributeTest): boolean {
    const isText = kind === AnyValueField.string;
    if (operator === ':') return this.#valueHasText(kind, start, end, needle);
    if (operator === '=' || operator === '!=') {
      if (isText ? needle.isBytes(this.#bytes, start, end) : needle.isString(this.#scalarText(kind, start, end))) return true;
      return kind === AnyValueField.double && doubleAt(this.#bytes, start) === number;
    }
    const value = this.#number(kind, start, end);
    return operator === '>' ? value > number : operator === '>=' ? value >= number : operator === '<' ? value < number : value <= number;
  }

  /** NaN, which compares as false, for what is no number. */
  #number(kind: number, start: number, end: number): number {
    if (kind === AnyValueField.int) return Number(int64At(this.#bytes, start, end));
    if (kind === AnyValueField.double) return doubleAt(this.#bytes, start);
    if (kind !== AnyValueField.string || start === end) return Number.NaN;
    return Number(String.fromCharCode(...this.#bytes.subarray(start, Math.min(end, start + 64))));
  }

  #scalarText(kind: number, start: number, end: number): string {
    if (kind === AnyValueField.int) return int64At(this.#bytes, start, end).toString();
    if (kind === AnyValueField.bool) return int64At(this.#bytes, start, end) === 0n ? 'false' : 'true';
    return kind === AnyValueField.double ? String(doubleAt(this.#bytes, start)) : '';
  }

  /** Whether `test` holds for the value, or for any member of a list or map, however deep. */
  #anyValue(start: number, end: number, test: (kind: number, start: number, end: number) => boolean): boolean {
    const queue = this.#queue;
    queue.length = 0;
    queue.push(start, end);
    while (queue.length > 0) {
      const to = queue.pop()!;
      const value = this.#value.reset(queue.pop()!, to);
      while (value.next()) {
        if (value.field === AnyValueField.array || value.field === AnyValueField.map) this.#members(value.field, value.start, value.end);
        else if (wireOf(value.field) === value.wire && test(value.field, value.start, value.end)) return true;
      }
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

function sameBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let k = 0; k < wanted.length; k++) if (bytes[start + k] !== wanted[k]) return false;
  return true;
}
