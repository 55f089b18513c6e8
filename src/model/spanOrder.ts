// Which spans a trace has and in which order: all selected spans sorted by start, then end (latest first), then id, then
// service, content; identical ones (same content and service) collapse. The order does not depend on how the spans arrived.
// Must not know parents.
import { compareContent } from './spanContent.ts';
import type { SpanSelection } from './splitByTrace.ts';
import type { SpanBatch } from './spanBatch.ts';
import { nanosBetween } from './time.ts';
import type { Steps } from './slices.ts';
import { SLICE_ROWS } from './slices.ts';
import { mergeSort, radixSort } from './spanSort.ts';

/** Spans in order; position s is span index[s] of batches[batch[s]]. */
export interface OrderedSpans {
  readonly count: number;
  readonly batches: readonly SpanBatch[];
  readonly batch: Uint32Array;
  readonly index: Uint32Array;
  /** ns after the first start */
  readonly start: Float64Array;
  /** Identical spans left out. */
  readonly duplicates: number;
  /** All spans as they were given, batch after batch: which one, and its position (a duplicate's is that of the one kept). */
  readonly given: { readonly batch: Uint32Array; readonly index: Uint32Array; readonly position: Uint32Array };
  /** Literal, however strange: the earliest start, and the time from it to the latest end (or start, where that is later). */
  readonly startUnixNano: bigint;
  readonly durationNs: bigint;
}

/** Fewer are compared one with another; more are sorted by their digits. */
const RADIX_FROM = 1_024;

export function* orderSpans(selections: readonly SpanSelection[]): Steps<OrderedSpans> {
  const batches = [...new Set(selections.map((selection) => selection.batch))];
  const numberOf = new Map(batches.map((batch, at) => [batch, at]));
  const given = selections.reduce((sum, { batch, rows }) => sum + (rows?.length ?? batch.count), 0);
  const batch = new Uint32Array(given);
  const index = new Uint32Array(given);
  let at = 0;
  for (const selection of selections) {
    const count = selection.rows?.length ?? selection.batch.count;
    batch.fill(numberOf.get(selection.batch)!, at, at + count);
    if (selection.rows !== undefined) index.set(selection.rows, at);
    else for (let i = 0; i < count; i++) index[at + i] = i;
    at += count;
  }
  yield;
  const extent = extentOf(batches, batch, index);
  yield;
  const start = new Float64Array(given);
  const words = relativeStarts(batches, batch, index, extent, start);
  yield;
  const order = new Uint32Array(given);
  for (let i = 0; i < given; i++) order[i] = i;
  const compare = comparison(batches, batch, index, start);
  if (given < RADIX_FROM) yield* mergeSort(order, compare.order);
  else {
    yield* radixSort(order, words);
    yield* sortTies(order, start, compare.order);
  }

  let count = 0;
  const position = new Uint32Array(given);
  for (let i = 0; i < given; i++) {
    const row = order[i]!;
    if (count === 0 || !compare.identical(order[count - 1]!, row)) order[count++] = row;
    position[row] = count - 1;
    if (i % SLICE_ROWS === 0) yield;
  }
  yield;
  const ordered = { batch: new Uint32Array(count), index: new Uint32Array(count), start: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const row = order[i]!;
    ordered.batch[i] = batch[row]!;
    ordered.index[i] = index[row]!;
    ordered.start[i] = start[row]!;
    if (i % SLICE_ROWS === 0) yield;
  }
  yield;
  return { count, batches, ...ordered, duplicates: given - count, given: { batch, index, position }, ...lengthOf(extent) };
}

/** Orders the stretches of equal start by everything else. */
function* sortTies(order: Uint32Array, start: Float64Array, compare: (a: number, b: number) => number): Steps<void> {
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && start[order[to]!] === start[order[from]!]) to++;
    if (to - from > 1) yield* mergeSort(order.subarray(from, to), compare);
    from = to;
  }
}

/** Words of the earliest start and of the latest time. */
interface Extent {
  firstLow: number;
  firstHigh: number;
  lastLow: number;
  lastHigh: number;
}

function extentOf(batches: readonly SpanBatch[], batch: Uint32Array, index: Uint32Array): Extent {
  const extent: Extent = { firstLow: 0xffffffff, firstHigh: 0xffffffff, lastLow: 0, lastHigh: 0 };
  for (let row = 0; row < batch.length; row++) {
    const { startTime, endTime } = batches[batch[row]!]!;
    const i = 2 * index[row]!;
    const low = startTime[i]!;
    const high = startTime[i + 1]!;
    if (high < extent.firstHigh || (high === extent.firstHigh && low < extent.firstLow)) {
      extent.firstLow = low;
      extent.firstHigh = high;
    }
    stretch(extent, low, high);
    stretch(extent, endTime[i]!, endTime[i + 1]!);
  }
  return extent;
}

function stretch(extent: Extent, low: number, high: number): void {
  if (high < extent.lastHigh || (high === extent.lastHigh && low <= extent.lastLow)) return;
  extent.lastLow = low;
  extent.lastHigh = high;
}

function lengthOf({ firstLow, firstHigh, lastLow, lastHigh }: Extent): Pick<OrderedSpans, 'startUnixNano' | 'durationNs'> {
  const first = (BigInt(firstHigh) << 32n) | BigInt(firstLow);
  const last = (BigInt(lastHigh) << 32n) | BigInt(lastLow);
  return last < first ? { startUnixNano: 0n, durationNs: 0n } : { startUnixNano: first, durationNs: last - first };
}

/** ns after the first start, as doubles into `start` and exactly as [low, high] words. */
function relativeStarts(batches: readonly SpanBatch[], batch: Uint32Array, index: Uint32Array, { firstLow, firstHigh }: Extent, start: Float64Array): Uint32Array {
  const words = new Uint32Array(2 * batch.length);
  for (let row = 0; row < batch.length; row++) {
    const { startTime } = batches[batch[row]!]!;
    const i = 2 * index[row]!;
    const low = startTime[i]!;
    const high = startTime[i + 1]!;
    words[2 * row] = low - firstLow;
    words[2 * row + 1] = high - firstHigh - (low < firstLow ? 1 : 0);
    start[row] = nanosBetween(firstLow, firstHigh, low, high);
  }
  return words;
}

interface Comparison {
  /** < 0 where a comes first; equal spans stay as given. */
  order(this: void, a: number, b: number): number;
  identical(this: void, a: number, b: number): boolean;
}

function comparison(batches: readonly SpanBatch[], batch: Uint32Array, index: Uint32Array, start: Float64Array): Comparison {
  const exact = (a: number, b: number): number => {
    const first = batches[batch[a]!]!;
    const second = batches[batch[b]!]!;
    const i = index[a]!;
    const j = index[b]!;
    return (
      first.startTime[2 * i + 1]! - second.startTime[2 * j + 1]! ||
      first.startTime[2 * i]! - second.startTime[2 * j]! ||
      second.endTime[2 * j + 1]! - first.endTime[2 * i + 1]! ||
      second.endTime[2 * j]! - first.endTime[2 * i]! ||
      first.spanId[2 * i]! - second.spanId[2 * j]! ||
      first.spanId[2 * i + 1]! - second.spanId[2 * j + 1]! ||
      compareService(first, i, second, j) ||
      compareContent(first, i, second, j)
    );
  };
  return {
    order: (a, b) => start[a]! - start[b]! || exact(a, b),
    identical: (a, b) => start[a] === start[b] && exact(a, b) === 0,
  };
}

function compareService(first: SpanBatch, i: number, second: SpanBatch, j: number): number {
  const service = serviceOf(first, i);
  const other = serviceOf(second, j);
  return service === other ? 0 : service < other ? -1 : 1;
}

/** "" where the resource says none. */
export function serviceOf(batch: SpanBatch, i: number): string {
  return batch.resources[batch.resource[i]!]?.service ?? '';
}
