// What JSON of single spans has in common that SDKs and their relatives write (Python's and JavaScript's OpenTelemetry, Phoenix): attributes are a
// plain object, ids may begin with "0x", and fields nobody knows are kept. Must not know whose JSON it is.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { type ForeignSpan, ForeignSpans } from './foreignSpans.ts';
import { FormatError } from './formatError.ts';
import { isObject, type JsonObject, text } from './jsonFields.ts';
import { plainEntries, plainValue } from './plainValue.ts';

export type PlainWarn = (sentence: string) => void;

/** The spans of one writer. */
export interface PlainSpanKind {
  /** For the sentence about what holds none of them: "no span of …: … were expected". */
  readonly expected: string;
  readonly isSpan: (value: unknown) => value is JsonObject;
  readonly spanOf: (span: JsonObject, warn: PlainWarn) => ForeignSpan;
}

/** Takes any number of documents and gives one batch. */
export class PlainSpansConverter {
  readonly #kind: PlainSpanKind;
  readonly #spans = new ForeignSpans();

  constructor(kind: PlainSpanKind) {
    this.#kind = kind;
  }

  /** Throws FormatError when it holds none of its kind's spans. */
  add(document: unknown, where = ''): void {
    const { expected, isSpan, spanOf } = this.#kind;
    const spans = spansIn(document, isSpan);
    if (spans === undefined) throw new FormatError(`${where}${expected}.`, 0);
    spans.forEach((span, k) => {
      const place = spans.length > 1 ? `${where}span ${k}` : `${where}span`;
      if (isSpan(span)) this.#spans.add(spanOf(span, (sentence) => this.#spans.warnings.add(`${place}: ${sentence}`)), place);
      else this.#spans.reject(place, 'it is none of the SDK');
    });
  }

  finish(): SpanBatch {
    return this.#spans.finish();
  }
}

/** Hex digits of an id, which may stand behind "0x". */
export const idText = (value: unknown): string => text(value).replace(/^0x/i, '');

/** `what`: whose they are, for the sentence where they are no object. */
export function plainAttributes(value: unknown, what: string, warn: PlainWarn): Attribute[] {
  if (isObject(value)) return plainEntries(value);
  if (value !== undefined && value !== null) warn(`${what} that are no object were left out.`);
  return [];
}

/** The items of a list that are objects; others are said. */
export function objectsIn(value: unknown, what: string, warn: PlainWarn): JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    warn(`${what} that are no list were left out.`);
    return [];
  }
  const objects = (value as readonly unknown[]).filter(isObject);
  if (objects.length < value.length) warn(`${value.length - objects.length} of its ${what} were no objects and were left out.`);
  return objects;
}

/** Fields besides the known ones that say something, as attributes under `prefix`. */
export function otherFields(object: JsonObject, known: ReadonlySet<string>, prefix: string): Attribute[] {
  return Object.entries(object)
    .filter(([key, value]) => !known.has(key) && saysSomething(value))
    .map(([key, value]) => ({ key: `${prefix}${key}`, value: plainValue(value) }));
}

function saysSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : value !== undefined && value !== null && value !== '';
}

/** The spans of a document: one, a list with some among it, or such a list under one of the names. */
export function spansIn(document: unknown, isSpan: (value: unknown) => boolean, ...names: readonly string[]): readonly unknown[] | undefined {
  if (isSpan(document)) return [document];
  const lists = [document, ...(isObject(document) ? names.map((name) => document[name]) : [])];
  return lists.find((list): list is unknown[] => Array.isArray(list) && list.some(isSpan));
}
