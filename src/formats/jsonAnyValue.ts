// AnyValue and attribute lists as OTLP/JSON has them (backends.md §3.2) → AttributeValue. Nesting is bounded as in anyValue.ts.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { MAX_VALUE_DEPTH, TOO_DEEP } from './anyValue.ts';
import { plainEntries } from './plainValue.ts';
import { type Exactness, int64, isObject, type JsonObject, text } from './jsonFields.ts';

/** `warn` is told of entries that are no attribute, without their content. Some keep a plain map of values instead of a list (AWS in its log groups). */
export function attributesOf(value: unknown, exactness: Exactness, warn: (sentence: string) => void, depth = 0): Attribute[] {
  if (isObject(value)) return plainEntries(value, depth);
  if (!Array.isArray(value)) {
    if (value !== undefined && value !== null) warn('attributes that are not a list were left out.');
    return [];
  }
  const attributes: Attribute[] = [];
  for (const entry of value as readonly unknown[]) {
    if (isObject(entry) && typeof entry['key'] === 'string') attributes.push({ key: entry['key'], value: anyValue(entry['value'], exactness, warn, depth) });
    else warn('an attribute without a key was left out.');
  }
  return attributes;
}

function anyValue(value: unknown, exactness: Exactness, warn: (sentence: string) => void, depth: number): AttributeValue {
  if (!isObject(value)) return bare(value);
  const string = value['stringValue'] ?? value['string_value'];
  if (string !== undefined && string !== null) return text(string);
  const int = value['intValue'] ?? value['int_value'];
  if (int !== undefined && int !== null) return integerOrText(int, exactness);
  const bool = value['boolValue'] ?? value['bool_value'];
  if (bool !== undefined && bool !== null) return bool === true || bool === 'true';
  const double = value['doubleValue'] ?? value['double_value'];
  if (double !== undefined && double !== null) return doubleOrText(double);
  const bytes = value['bytesValue'] ?? value['bytes_value'];
  if (typeof bytes === 'string') return new Uint8Array(Buffer.from(bytes, 'base64'));
  const list = value['arrayValue'] ?? value['array_value'];
  if (isObject(list)) {
    if (depth >= MAX_VALUE_DEPTH) return TOO_DEEP;
    return listOf(list).map((item) => anyValue(item, exactness, warn, depth + 1));
  }
  const map = value['kvlistValue'] ?? value['kvlist_value'];
  if (!isObject(map)) return undefined;
  return depth >= MAX_VALUE_DEPTH ? TOO_DEEP : { entries: attributesOf(map['values'] ?? [], exactness, warn, depth + 1) };
}

const listOf = (list: JsonObject): readonly unknown[] => (Array.isArray(list['values']) ? list['values'] : []);

/** Some producers write the value itself where an AnyValue belongs. */
function bare(value: unknown): AttributeValue {
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' ? value : undefined;
}

/** What does not fit an int64 is shown as it was written. */
function integerOrText(value: unknown, exactness: Exactness): AttributeValue {
  return int64(value, exactness) ?? (typeof value === 'number' ? value : text(value));
}

function doubleOrText(value: unknown): AttributeValue {
  if (typeof value === 'number') return value;
  const written = text(value);
  const number = written.trim() === '' ? Number.NaN : Number(written);
  return Number.isNaN(number) && written !== 'NaN' ? written : number;
}
