// Attribute values as they are shown: type by name, text exact to the bit, cut at 64 kB with the full length said.
// Must not know where they are drawn.
import type { Attribute, AttributeMap, AttributeValue } from '../model/attributes.ts';
import type { WireAttribute } from '../protocol/messages.ts';

/** UTF-16 units. */
export const MAX_TEXT = 65_536;
/** Decoders stop earlier (64); this only bounds our own recursion. */
const MAX_DEPTH = 100;

export function wireAttributes(attributes: readonly Attribute[]): WireAttribute[] {
  return attributes.map(({ key, value }) => {
    const full = valueText(value);
    const text = cutText(full);
    return { key: cutText(key), type: typeOf(value), text, ...(text.length < full.length ? { fullLength: full.length } : {}) };
  });
}

/** At most MAX_TEXT units, never half of a surrogate pair. */
export function cutText(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  const last = text.charCodeAt(MAX_TEXT - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? MAX_TEXT - 1 : MAX_TEXT);
}

function typeOf(value: AttributeValue): WireAttribute['type'] {
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
      return value instanceof Uint8Array ? 'bytes' : Array.isArray(value) ? 'array' : 'map';
  }
}

/** Text of a value on its own: strings bare, bytes in base64, lists and maps as JSON. */
export function valueText(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return base64(value);
  return typeof value === 'object' ? jsonText(value, 0) : String(value);
}

/** JSON with 64-bit integers exact and NaN, ±Infinity as text. */
function jsonText(value: AttributeValue, depth: number): string {
  if (value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return `"${base64(value)}"`;
  if (depth >= MAX_DEPTH) return '"(nested too deeply to show)"';
  if (isList(value)) return `[${value.map((item) => jsonText(item, depth + 1)).join(',')}]`;
  return `{${value.entries.map((entry) => `${JSON.stringify(entry.key)}:${jsonText(entry.value, depth + 1)}`).join(',')}}`;
}

function isList(value: readonly AttributeValue[] | AttributeMap): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
