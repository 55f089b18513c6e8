// Ids of stores that keep them as any text → hex digits of the right length. What is hex stays what it is; anything else gets digits that
// are always the same for it, and its own text is kept beside them. Must not know whose ids they are.
import { createHash } from 'node:crypto';
import { padHex } from '../model/ids.ts';

/** 32 digits, "" for none; UUIDs keep theirs. Where they are not the text itself, `native` learns it. */
export function traceIdOf(id: string, native: Map<string, string>): string {
  // Nearly all.
  if (id.length === 32 && padHex(id, 32) === id) return id;
  if (isNone(id)) return '';
  const hex = padHex(UUID.test(id) ? id.replaceAll('-', '') : id, 32) ?? hashHex(id, 16);
  if (id.length !== 32 || hex !== id.toLowerCase()) native.set(hex, id);
  return hex;
}

/** 16 digits, "" for none. `traceId`: other traces may use the same text. */
export const spanIdOf = (id: string, traceId: string): string => padHex(id, 16) ?? (isNone(id) ? '' : hashHex(`${traceId}\u0000${id}`, 8));

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const isNone = (id: string): boolean => id === '' || /^0+$/.test(id);

function hashHex(value: string, bytes: 8 | 16): string {
  return createHash('sha256').update(value).digest().subarray(0, bytes).toString('hex');
}
