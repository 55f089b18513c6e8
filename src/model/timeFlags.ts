// What is odd about a span's times, alone and against its parent. Times are flagged and shown as sent, never corrected.
import type { SpanBatch } from './spanBatch.ts';
import { SpanFlag } from './spanBatch.ts';
import { NS_PER_MS, nanosBetween } from './time.ts';

const EARLIEST = 946_684_800n * 1_000_000_000n; // 2000-01-01
const LATEST = 7_258_118_400n * 1_000_000_000n; // 2200-01-01
const EARLIEST_LOW = Number(EARLIEST & 0xffffffffn);
const EARLIEST_HIGH = Number(EARLIEST >> 32n);
const LATEST_LOW = Number(LATEST & 0xffffffffn);
const LATEST_HIGH = Number(LATEST >> 32n);

const SERVER = 2;
const CLIENT = 3;

/** inProgress, negative and strangeTime of one span. */
export function ownTimeFlags(batch: SpanBatch, i: number): number {
  const endLow = batch.endTime[2 * i]!;
  const endHigh = batch.endTime[2 * i + 1]!;
  const startLow = batch.startTime[2 * i]!;
  const startHigh = batch.startTime[2 * i + 1]!;
  const strange = isStrange(startLow, startHigh) ? SpanFlag.strangeTime : 0;
  if (endLow === 0 && endHigh === 0) return strange | SpanFlag.inProgress;
  const negative = endHigh < startHigh || (endHigh === startHigh && endLow < startLow);
  return strange | (negative ? SpanFlag.negative : 0) | (isStrange(endLow, endHigh) ? SpanFlag.strangeTime : 0);
}

function isStrange(low: number, high: number): boolean {
  return high < EARLIEST_HIGH || (high === EARLIEST_HIGH && low < EARLIEST_LOW) || high > LATEST_HIGH || (high === LATEST_HIGH && low > LATEST_LOW);
}

/** ns; 0 where the span is in progress or ends before it starts. Exact below 2^53 whatever the other spans' times are. */
export function durationOf(batch: SpanBatch, i: number): number {
  const low = batch.endTime[2 * i]!;
  const high = batch.endTime[2 * i + 1]!;
  if (low === 0 && high === 0) return 0;
  return Math.max(0, nanosBetween(batch.startTime[2 * i]!, batch.startTime[2 * i + 1]!, low, high));
}

/** One span as the skew rule sees it. */
export interface SpanTimes {
  readonly start: number;
  readonly duration: number;
  readonly kind: number;
  readonly service: string | number;
  /** with ownTimeFlags */
  readonly flags: number;
}

/** Clocks of one machine differ by this much without anything being wrong: many SDKs read whole milliseconds. */
const CLOCK_GRAIN_NS = 2 * NS_PER_MS;

const UNKNOWN_END = SpanFlag.inProgress | SpanFlag.negative;

/**
 * Whether two clocks must disagree about a child and its parent, by more than the grain of clocks:
 * - it starts before its parent: nothing begins before what caused it, whatever the kinds;
 * - it is the server's half of a call, in another service, that took no longer than the client's half and yet ends after it.
 * A server that took longer was given up by its client; internal, producer and consumer spans may outlive their parent.
 * Nothing is said where either span's times are strange or, for the second rule, its end is not known.
 */
export function isSkewed(child: SpanTimes, parent: SpanTimes): boolean {
  if (((child.flags | parent.flags) & SpanFlag.strangeTime) !== 0) return false;
  if (child.start < parent.start - CLOCK_GRAIN_NS) return true;
  if (child.kind !== SERVER || parent.kind !== CLIENT || child.service === parent.service) return false;
  if (((child.flags | parent.flags) & UNKNOWN_END) !== 0) return false;
  return child.duration <= parent.duration && child.start + child.duration > parent.start + parent.duration + CLOCK_GRAIN_NS;
}
