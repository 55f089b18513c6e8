// Plain JSON (metadata that programs put in as they liked) → attribute values: objects are maps, whole numbers integers. Bounded as all
// nesting is; must not know whose JSON it is.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { MAX_VALUE_DEPTH, TOO_DEEP } from './anyValue.ts';
import { isObject } from './jsonFields.ts';
import { isWrittenDouble } from './jsonText.ts';

export function plainValue(value: unknown, depth = 0): AttributeValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? value : String(value);
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'object':
      break;
    default:
      return undefined;
  }
  if (depth >= MAX_VALUE_DEPTH) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((_item, k) => plainIn(value, k, depth + 1));
  if (isBuffer(value)) return Uint8Array.from(value.data);
  return isObject(value) ? { entries: plainEntries(value, depth + 1) } : undefined;
}

/** The value under a key of what was parsed: where it is known to have been written as a double, it is one. */
export function plainIn(holder: object, key: string | number, depth = 0): AttributeValue {
  const value = (holder as Readonly<Record<string | number, unknown>>)[key];
  return typeof value === 'number' && isWrittenDouble(holder, String(key)) ? value : plainValue(value, depth);
}

/** Bytes, as Node makes JSON of a Buffer. */
const isBuffer = (value: object | null): value is { readonly type: 'Buffer'; readonly data: readonly number[] } =>
  isObject(value) && value['type'] === 'Buffer' && Array.isArray(value['data']) && Object.keys(value).length === 2 && value['data'].every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);

export function plainEntries(object: object, depth = 0): Attribute[] {
  return Object.keys(object).map((key) => ({ key, value: plainIn(object, key, depth) }));
}

/** Objects within become dotted keys; lists stay values. */
export function dottedEntries(object: object, prefix: string): Attribute[] {
  const attributes: Attribute[] = [];
  const open: (readonly [prefix: string, object: object, depth: number])[] = [[prefix, object, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [at, inside, depth] = next;
    for (const [key, value] of Object.entries(inside) as [string, unknown][]) {
      if (isObject(value) && depth < MAX_VALUE_DEPTH) open.push([`${at}.${key}`, value, depth + 1]);
      else if (value !== null && value !== undefined) attributes.push({ key: `${at}.${key}`, value: plainIn(inside, key) });
    }
  }
  return attributes;
}
