// Moments as people read them: the reader's own clock on the screen, ISO and exact nanoseconds behind it. Pure.
// Times come from spans and may lie outside of what a calendar holds. (Durations: model/time.ts.)
import { NS_PER_MS } from '../model/time.ts';

/** What Date can hold, ms to either side of 1970. */
const MOST_MS = 8.64e15;

/** Whole ms since 1970, rounded towards the past: a moment is never shown before it began. */
export function unixMs(unixNano: bigint): number {
  const perMs = BigInt(NS_PER_MS);
  const ms = unixNano / perMs;
  return Number(unixNano < 0n && ms * perMs !== unixNano ? ms - 1n : ms);
}

/** `14:31:19`, with its date in front where that is not today's; local. */
export function clockText(ms: number, nowMs: number): string {
  if (!inRange(ms)) return 'time unknown';
  const date = new Date(ms);
  const isToday = new Date(nowMs).toDateString() === date.toDateString();
  return `${isToday ? '' : `${dayText(date)} `}${timeText(date)}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Beyond this many days nobody counts them: the day itself says more. */
const MOST_DAYS = 30;

/** `now`, `2 min ago`, `3 h ago`, `12 d ago`, then the day, local: `2018-11-05`. Clocks that run ahead by less than a minute are forgiven. */
export function ageText(thenMs: number, nowMs: number): string {
  if (!inRange(thenMs)) return 'time unknown';
  const age = nowMs - thenMs;
  if (age < -MINUTE) return 'in the future';
  if (age < MINUTE) return 'now';
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`;
  if (age < 2 * DAY) return `${Math.floor(age / HOUR)} h ago`;
  const days = Math.floor(age / DAY);
  return days <= MOST_DAYS ? `${days} d ago` : dayText(new Date(thenMs));
}

/** `14:31:19, 2 min ago`; of a moment whose age is its day, the day once. */
export function clockAndAge(ms: number, nowMs: number): string {
  const clock = clockText(ms, nowMs);
  const age = ageText(ms, nowMs);
  return clock.startsWith(age) ? clock : `${clock}, ${age}`;
}

/** `2026-11-21 14:31:19.042`, local. */
export function dateTimeText(ms: number): string {
  if (!inRange(ms)) return 'time unknown';
  const date = new Date(ms);
  return `${dayText(date)} ${timeText(date)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `2026-11-21T13:31:19.042Z (1795221079042000000 ns since 1970)`. */
export function exactMoment(unixNano: bigint): string {
  const ms = unixMs(unixNano);
  return `${inRange(ms) ? new Date(ms).toISOString() : 'outside of what a calendar shows'} (${unixNano} ns since 1970)`;
}

const inRange = (ms: number): boolean => Math.abs(ms) <= MOST_MS;

const two = (value: number): string => String(value).padStart(2, '0');

const dayText = (date: Date): string => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

const timeText = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
