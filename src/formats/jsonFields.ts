// Reads typed values out of parsed JSON that nobody has checked: numbers that may be text, ids in hex or base64, missing parts.
// Answers undefined for what is not there or not so; must not know any format.
import { padHex } from '../model/ids.ts';

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NO_ITEMS: readonly unknown[] = [];

/** The items of a list; none when it is not one. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : NO_ITEMS;
}

/** Text; numbers and booleans as they are written. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : '';
}

const INTEGER = /^-?\d{1,25}$/;
const MAX_INT64 = (1n << 63n) - 1n;
const MIN_INT64 = -(1n << 63n);
const MAX_UINT64 = (1n << 64n) - 1n;

/** Tells the reader of the text that a bare number was rounded by JSON.parse, so that it parses the text again, exactly. */
export interface Exactness {
  rounded: boolean;
}

/** An integer of any size given as text or number; undefined when it is neither. */
export function integer(value: unknown, exactness: Exactness): bigint | undefined {
  if (typeof value === 'string') return smallInteger(value) ?? (INTEGER.test(value) ? BigInt(value) : undefined);
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  if (!Number.isSafeInteger(value)) exactness.rounded = true;
  return BigInt(value);
}

/** Of up to 24 digits, in two numbers: needs no check and no bigint's own parser. */
function smallInteger(digits: string): bigint | undefined {
  const { length } = digits;
  if (length === 0 || length > 24) return undefined;
  if (length <= 15) {
    const number = digitsBetween(digits, 0, length);
    return number < 0 ? undefined : BigInt(number);
  }
  const [high, low] = [digitsBetween(digits, 0, length - 9), digitsBetween(digits, length - 9, length)];
  return high < 0 || low < 0 ? undefined : BigInt(high) * 1_000_000_000n + BigInt(low);
}

/** Up to 15 digits as a number; -1 where something else stands among them. */
export function digitsBetween(text: string, from: number, to: number): number {
  let number = 0;
  for (let k = from; k < to; k++) {
    const digit = text.charCodeAt(k) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = 10 * number + digit;
  }
  return number;
}

export function int64(value: unknown, exactness: Exactness): bigint | undefined {
  const whole = integer(value, exactness);
  return whole === undefined || whole > MAX_INT64 || whole < MIN_INT64 ? undefined : whole;
}

export function uint64(value: unknown, exactness: Exactness): bigint | undefined {
  const whole = integer(value, exactness);
  return whole === undefined || whole < 0n || whole > MAX_UINT64 ? undefined : whole;
}

/** The latest that 64 bits of ns can say, in the year 2554. */
export const LATEST_UNIX_NANO = MAX_UINT64;
export const TOO_LATE = 'is later than 64 bits of nanoseconds can say (the year 2554); the latest they can is shown';

/** A time in units of `unitNs` that has to be shown as LATEST_UNIX_NANO: taken for none it would begin its trace in 1970. */
export function isTooLate(value: unknown, unitNs: 1n | 1000n): boolean {
  if (Number.isSafeInteger(value)) return false;
  const whole = integer(value, { rounded: false });
  return whole !== undefined && whole * unitNs > LATEST_UNIX_NANO;
}

/** The end of a span by its duration, which may lie beyond. */
export function endAfter(start: bigint, duration: bigint): bigint {
  return duration > LATEST_UNIX_NANO - start ? LATEST_UNIX_NANO : start + duration;
}

/** The collector's exporters write end − start without a sign: of a span that has not ended, whose end is 0, it wraps around. */
export const isOpen = (start: bigint, duration: bigint): boolean => start > 0n && BigInt.asUintN(64, start + duration) === 0n;

/** Microseconds, also with a fraction → ns; undefined when it is no number a clock could show. */
export function microseconds(value: unknown, exactness: Exactness): bigint | undefined {
  // Nearly all: none of them is too late.
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return BigInt(value) * 1000n;
  const whole = uint64(value, exactness);
  if (whole !== undefined) return whole * 1000n > MAX_UINT64 ? undefined : whole * 1000n;
  if (typeof value !== 'number' || !(value >= 0) || value >= Number.MAX_SAFE_INTEGER) return undefined;
  return BigInt(Math.floor(value)) * 1000n + BigInt(Math.round((value % 1) * 1000));
}

/** A count: 0 when it is missing or odd. */
export function count(value: unknown): number {
  const n = typeof value === 'string' ? Number(value) : value;
  return typeof n === 'number' && n > 0 && n <= 0xffffffff ? Math.floor(n) : 0;
}

const ZEROS = /^0+$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * An id of `bytes` bytes as lower-case hex digits, from hex (padded on the left) or base64 of exactly that many bytes (protobuf's
 * own JSON); what is hex is never read as base64. "" for an absent or all-zero id, undefined for one that cannot be read.
 */
export function idHex(value: unknown, bytes: 8 | 16): string | undefined {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value !== 'string') return undefined;
  const digits = bytes === 8 ? 16 : 32;
  const hex = padHex(value, digits);
  if (hex !== undefined) return hex;
  if (value.length <= digits && ZEROS.test(value)) return '';
  if (value.length > 1.5 * bytes + 1 || !BASE64.test(value)) return undefined;
  const raw = Buffer.from(value, 'base64');
  return raw.length === bytes ? (padHex(raw.toString('hex'), digits) ?? '') : undefined;
}
