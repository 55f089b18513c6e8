// Which spans a trace has and in which order: all selected spans sorted by start, then end (latest first), then id, then
// content; identical ones (same bytes, same service) collapse. The order does not depend on how the spans arrived.
// Must not know parents.
import type { SpanSelection } from './splitByTrace.ts';
import type { SpanBatch } from './spanBatch.ts';
import { nanosBetween } from './time.ts';
import type { Steps } from './slices.ts';
import { SLICE_ROWS } from './slices.ts';

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
}

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
  const start = relativeStarts(batches, batch, index);
  yield;
  const compare = comparison(batches, batch, index, start);
  const order = new Uint32Array(given);
  for (let i = 0; i < given; i++) order[i] = i;
  yield* sortSteps(order, compare.order);

  let count = 0;
  for (let i = 0; i < given; i++) {
    const row = order[i]!;
    if (count === 0 || !compare.identical(order[count - 1]!, row)) order[count++] = row;
  }
  yield;
  const ordered = { batch: new Uint32Array(count), index: new Uint32Array(count), start: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const row = order[i]!;
    ordered.batch[i] = batch[row]!;
    ordered.index[i] = index[row]!;
    ordered.start[i] = start[row]!;
  }
  yield;
  return { count, batches, ...ordered, duplicates: given - count };
}

function relativeStarts(batches: readonly SpanBatch[], batch: Uint32Array, index: Uint32Array): Float64Array {
  let low = 0xffffffff;
  let high = 0xffffffff;
  for (let row = 0; row < batch.length; row++) {
    const times = batches[batch[row]!]!.startTime;
    const i = 2 * index[row]!;
    const h = times[i + 1]!;
    if (h > high || (h === high && times[i]! >= low)) continue;
    high = h;
    low = times[i]!;
  }
  const start = new Float64Array(batch.length);
  for (let row = 0; row < batch.length; row++) {
    const times = batches[batch[row]!]!.startTime;
    const i = 2 * index[row]!;
    start[row] = nanosBetween(low, high, times[i]!, times[i + 1]!);
  }
  return start;
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
      compareContent(first, i, second, j)
    );
  };
  return {
    order: (a, b) => start[a]! - start[b]! || exact(a, b),
    identical: (a, b) => start[a] === start[b] && exact(a, b) === 0,
  };
}

function compareContent(first: SpanBatch, i: number, second: SpanBatch, j: number): number {
  const length = first.spanLength[i]!;
  const difference = length - second.spanLength[j]!;
  if (difference !== 0) return difference;
  const a = first.spanOffset[i]!;
  const b = second.spanOffset[j]!;
  for (let k = 0; k < length; k++) {
    const bytes = first.bytes[a + k]! - second.bytes[b + k]!;
    if (bytes !== 0) return bytes;
  }
  const service = serviceOf(first, i);
  const other = serviceOf(second, j);
  return service === other ? 0 : service < other ? -1 : 1;
}

/** "" where the resource says none. */
export function serviceOf(batch: SpanBatch, i: number): string {
  return batch.resources[batch.resource[i]!]?.service ?? '';
}

/** Stable bottom-up merge sort; stretches already in order cost one comparison. */
function* sortSteps(order: Uint32Array, compare: (a: number, b: number) => number): Steps<void> {
  const n = order.length;
  const block = 8;
  for (let from = 0; from < n; from += block) {
    insertionSort(order, from, Math.min(from + block, n), compare);
    if (from % SLICE_ROWS === 0) yield;
  }
  const spare = new Uint32Array(n);
  for (let width = block; width < n; width *= 2) {
    let done = 0;
    for (let from = 0; from + width < n; from += 2 * width) {
      const middle = from + width;
      if (compare(order[middle - 1]!, order[middle]!) > 0) {
        const to = Math.min(middle + width, n);
        spare.set(order.subarray(from, middle), from);
        merge(order, spare, from, middle, to, compare);
        done += to - from;
      }
      if (done < SLICE_ROWS) continue;
      done = 0;
      yield;
    }
  }
}

function insertionSort(order: Uint32Array, from: number, to: number, compare: (a: number, b: number) => number): void {
  for (let i = from + 1; i < to; i++) {
    const row = order[i]!;
    let k = i;
    while (k > from && compare(order[k - 1]!, row) > 0) {
      order[k] = order[k - 1]!;
      k--;
    }
    order[k] = row;
  }
}

/** Merges spare[from…middle) with order[middle…to) into order[from…to). */
function merge(order: Uint32Array, spare: Uint32Array, from: number, middle: number, to: number, compare: (a: number, b: number) => number): void {
  let left = from;
  let right = middle;
  let at = from;
  while (left < middle && right < to) order[at++] = compare(spare[left]!, order[right]!) <= 0 ? spare[left++]! : order[right++]!;
  while (left < middle) order[at++] = spare[left++]!;
}
