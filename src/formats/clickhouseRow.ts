// What a row of either of ClickHouse's trace tables gives, and how its values are written in JSON: times, columns that are lists side by
// side. Must not know the names of columns.
import { endAfter, type Exactness, isOpen, isTooLate, items, LATEST_UNIX_NANO, TOO_LATE, uint64 } from './jsonFields.ts';
import { isoNanos } from './isoTime.ts';

export type RowWarn = (sentence: string) => void;

const SECONDS = /^(\d{1,10})(?:\.(\d{1,9}))?$/;

/** DateTime64 as its formats write it: text without a zone (read as UTC), ISO, seconds with a fraction; or whole ns, as our own queries ask. */
export function nanos(value: unknown, exactness: Exactness): bigint | undefined {
  if (typeof value !== 'string') return typeof value === 'number' && value < 1e11 ? BigInt(Math.round(value * 1e6)) * 1000n : uint64(value, exactness);
  const whole = value.length > 10 ? uint64(value, exactness) : undefined;
  if (whole !== undefined) return whole;
  const seconds = SECONDS.exec(value);
  if (seconds !== null) return BigInt(seconds[1]!) * 1_000_000_000n + BigInt((seconds[2] ?? '').padEnd(9, '0'));
  return uint64(value, exactness) ?? isoNanos(value);
}

/** When a span was, from its start as it is written and its duration in ns. */
export function timesOf(startText: unknown, durationText: unknown, exactness: Exactness, warn: RowWarn): { readonly start: bigint | undefined; readonly end: bigint } {
  const start = nanos(startText, exactness);
  const duration = uint64(durationText, exactness);
  const late = start === undefined && isTooLate(startText, 1n);
  if (late) warn(`its start time ${TOO_LATE}.`);
  const from = late ? LATEST_UNIX_NANO : start;
  return { start: from, end: duration === undefined || isOpen(from ?? 0n, duration) ? 0n : endAfter(from ?? 0n, duration) };
}

/** The first list says how many there are. */
export function zipped(first: unknown, ...more: readonly unknown[]): readonly (readonly unknown[])[] {
  const list = items(first);
  if (list.length === 0) return NO_ROWS;
  const lists = more.map(items);
  return list.map((value, k) => [value, ...lists.map((list) => list[k])]);
}

const NO_ROWS: readonly (readonly unknown[])[] = [];
