// An attribute value as people read it: its type by name and its text, exact to the bit. Must not know where it is shown.
import type { AttributeMap, AttributeValue } from './attributes.ts';

export type AttributeType = 'string' | 'bool' | 'int' | 'double' | 'bytes' | 'array' | 'map' | 'empty';

/** Decoders stop at 64 levels; this only bounds our own recursion. */
const MAX_DEPTH = 100;
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function attributeType(value: AttributeValue): AttributeType {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'undefined':
      return 'empty';
    case 'object':
      return value instanceof Uint8Array ? 'bytes' : isList(value) ? 'array' : 'map';
  }
}

/** Strings bare, bytes in base64, lists and maps as JSON with 64-bit integers exact, an empty value "". */
export function attributeText(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return base64(value);
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'object' ? jsonText(value, 0) : String(value);
}

function jsonText(value: AttributeValue, depth: number): string {
  if (value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value) : `"${value}"`;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if (depth >= MAX_DEPTH) return '"(nested too deeply to show)"';
  if (isList(value)) return `[${value.map((item) => jsonText(item, depth + 1)).join(',')}]`;
  return `{${value.entries.map((entry) => `${JSON.stringify(entry.key)}:${jsonText(entry.value, depth + 1)}`).join(',')}}`;
}

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function isList(value: readonly AttributeValue[] | AttributeMap): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let k = 0; k < bytes.length; k += 3) {
    const left = bytes.length - k;
    const word = (bytes[k]! << 16) | ((bytes[k + 1] ?? 0) << 8) | (bytes[k + 2] ?? 0);
    text += BASE64[word >>> 18]! + BASE64[(word >>> 12) & 63]! + (left > 1 ? BASE64[(word >>> 6) & 63]! : '=') + (left > 2 ? BASE64[word & 63]! : '=');
  }
  return text;
}
