// Attributes of a column: Map(String, String), or JSON, which ClickHouse gives back as nested objects. Beside a JSON column stand the keys
// as they were (`…Keys`), and where we asked ourselves the types of its paths (`…Types`): whole doubles and large integers stay what they
// are by them. Must not know what the column is for.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { MAX_VALUE_DEPTH, TOO_DEEP } from './anyValue.ts';
import type { RowWarn } from './clickhouseRow.ts';
import { int64, isObject, items, type JsonObject, text } from './jsonFields.ts';
import { plainValue } from './plainValue.ts';

/** `column`: what it is called in the sentence where its value is no map. */
export function columnAttributes(value: unknown, keys: unknown, typesOf: unknown, column: string, warn: RowWarn): Attribute[] {
  if (!isObject(value)) {
    if (value !== undefined && value !== null) warn(`${column} is no map and was left out.`);
    return [];
  }
  const types = isObject(typesOf) ? typesOf : undefined;
  return Array.isArray(keys) && keys.length > 0 ? named(value, items(keys).map(text), types) : dotted(value, types);
}

function named(object: JsonObject, keys: readonly string[], types: JsonObject | undefined): Attribute[] {
  const attributes: Attribute[] = [];
  for (const key of keys) {
    const value = within(object, key);
    // What is empty (a map without entries) has no path in a JSON column: only its key is known.
    attributes.push({ key, value: value === undefined || value === null ? undefined : typed(value, key, types, 0) });
  }
  return attributes;
}

/** The key as it is, else as a path. */
function within(object: JsonObject, key: string): unknown {
  if (Object.hasOwn(object, key)) return object[key];
  let at: unknown = object;
  for (const part of key.split('.')) {
    if (!isObject(at) || !Object.hasOwn(at, part)) return undefined;
    at = at[part];
  }
  return at;
}

/** Keys were not kept: every path to a value is one. */
function dotted(object: JsonObject, types: JsonObject | undefined): Attribute[] {
  const attributes: Attribute[] = [];
  // A map, as nearly all are.
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (isObject(value)) return nested(object, types);
    if (value !== null && value !== undefined) attributes.push({ key, value: typed(value, key, types, 0) });
  }
  return attributes;
}

function nested(object: JsonObject, types: JsonObject | undefined): Attribute[] {
  const attributes: Attribute[] = [];
  const open: (readonly [path: string, value: unknown, depth: number])[] = Object.entries(object).map(([key, value]) => [key, value, 0] as const).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, value, depth] = next;
    if (isObject(value) && depth < MAX_VALUE_DEPTH) open.push(...Object.entries(value).map(([key, inner]) => [`${path}.${key}`, inner, depth + 1] as const).toReversed());
    else if (value !== null && value !== undefined) attributes.push({ key: path, value: typed(value, path, types, depth) });
  }
  return attributes;
}

function typed(value: unknown, path: string, types: JsonObject | undefined, depth: number): AttributeValue {
  if (depth > MAX_VALUE_DEPTH) return TOO_DEEP;
  if (isObject(value)) return { entries: Object.entries(value).map(([key, inner]) => ({ key, value: typed(inner, `${path}.${key}`, types, depth + 1) })) };
  const type = types !== undefined && Object.hasOwn(types, path) ? text(types[path]) : '';
  return Array.isArray(value) ? value.map((item) => ofType(item, ELEMENT.exec(type)?.[1] ?? '')) : ofType(value, type);
}

const ELEMENT = /^Array\((?:Nullable\()?(\w+)/;

function ofType(value: unknown, type: string): AttributeValue {
  if (type === '') return plainValue(value);
  if (typeof value === 'number' && type.startsWith('Float')) return value;
  // Integers beyond 2^53 come as their digits.
  if (typeof value === 'string' && /^U?Int/.test(type)) return int64(value, { rounded: false }) ?? value;
  return plainValue(value);
}
