// ISO 8601 instants ("2025-10-30T08:45:43.214Z") ⇄ epoch ns, to the last digit given: Date knows milliseconds only. Must not know whose they are.
import { digitsBetween } from './jsonFields.ts';

const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?$/i;

/** Without a zone it is UTC. undefined for what is no instant since 1970. */
export function isoNanos(value: unknown): bigint | undefined {
  if (typeof value !== 'string') return undefined;
  return utcNanos(value) ?? anyNanos(value);
}

/** "2025-10-30T08:45:43Z", with up to nine digits of a second, as nearly all write it; undefined for what is written otherwise. */
function utcNanos(text: string): bigint | undefined {
  const { length } = text;
  if (length < 20 || length > 30 || text.charCodeAt(length - 1) !== 0x5a || text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return undefined;
  if (length > 20 && (length === 21 || text[19] !== '.')) return undefined;
  const year = digitsBetween(text, 0, 4);
  const month = digitsBetween(text, 5, 7);
  const day = digitsBetween(text, 8, 10);
  const hour = digitsBetween(text, 11, 13);
  const minute = digitsBetween(text, 14, 16);
  const second = digitsBetween(text, 17, 19);
  const fraction = length === 20 ? 0 : digitsBetween(text, 20, length - 1);
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59 && fraction >= 0)) return undefined;
  return BigInt(Date.UTC(year, month - 1, day, hour, minute, second) / 1000) * 1_000_000_000n + BigInt(fraction * 10 ** (30 - length));
}

function anyNanos(value: string): bigint | undefined {
  const match = INSTANT.exec(value.trim());
  if (match === null) return undefined;
  const [, day, time, fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(ms) || ms < 0 ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** Milliseconds, rounded down or up. */
export const isoDown = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
export const isoUp = (ns: bigint): string => isoDown(ns + 999_999n);
