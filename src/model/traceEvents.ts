// When events happened, in row order: the ticks on the bars. What they say stays in the bytes.
import type { Steps } from './slices.ts';
import { SLICE_ROWS } from './slices.ts';
import type { SpanBatch } from './spanBatch.ts';
import { SpanFlag } from './spanBatch.ts';
import { nanosBetween } from './time.ts';
import type { Trace, TraceColumns } from './trace.ts';

export function* eventColumns(batches: readonly SpanBatch[], batch: Uint32Array, index: Uint32Array, columns: TraceColumns): Steps<Pick<Trace, 'eventStart' | 'eventTime'>> {
  const n = columns.count;
  const eventStart = new Uint32Array(n + 1);
  const firstEvent = new Uint32Array(n);
  for (let row = 0; row < n; row++) {
    let events = 0;
    if ((columns.flags[row]! & SpanFlag.events) !== 0) {
      const { eventSpan } = batches[batch[row]!]!;
      const i = index[row]!;
      const first = lowerBound(eventSpan, i);
      firstEvent[row] = first;
      while (eventSpan[first + events] === i) events++;
    }
    eventStart[row + 1] = eventStart[row]! + events;
    if (row % SLICE_ROWS === 0) yield;
  }
  const eventTime = new Float64Array(eventStart[n]!);
  for (let row = 0; row < n; row++) {
    const from = batches[batch[row]!]!;
    const i = index[row]!;
    for (let k = eventStart[row]!, e = firstEvent[row]!; k < eventStart[row + 1]!; k++, e++) {
      // By way of the span's own start, so that a neighbour's strange time costs no precision.
      const afterStart = nanosBetween(from.startTime[2 * i]!, from.startTime[2 * i + 1]!, from.eventTime[2 * e]!, from.eventTime[2 * e + 1]!);
      eventTime[k] = columns.start[row]! + afterStart;
    }
    if (row % SLICE_ROWS === 0) yield;
  }
  return { eventStart, eventTime };
}

/** First entry ≥ value in an ascending column. */
function lowerBound(column: Uint32Array, value: number): number {
  let from = 0;
  let to = column.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (column[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
