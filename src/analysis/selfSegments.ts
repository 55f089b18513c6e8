// Where a span worked itself: its interval without its children's (the pieces behind self time, DESIGN §9). Pure, O(children).
import type { TraceColumns } from '../model/trace.ts';

/** [start, end, start, end …], ns relative to the trace's start, ascending and disjoint. `loaded`: rows that have arrived. */
export function selfSegments(columns: TraceColumns, row: number, loaded: number = columns.count): Float64Array {
  const from = columns.start[row]!;
  const to = from + columns.duration[row]!;
  const end = Math.min(columns.subtreeEnd[row]!, loaded);
  const starts: number[] = [];
  const ends: number[] = [];
  let sorted = true;
  for (let child = row + 1; child < end; child = columns.subtreeEnd[child]!) {
    const start = Math.max(from, columns.start[child]!);
    const stop = Math.min(to, columns.start[child]! + columns.duration[child]!);
    if (stop <= start) continue;
    sorted &&= starts.length === 0 || starts.at(-1)! <= start;
    starts.push(start);
    ends.push(stop);
  }
  const order = sorted ? undefined : Array.from(starts.keys()).sort((a, b) => starts[a]! - starts[b]!);
  const segments: number[] = [];
  let covered = from;
  for (let k = 0; k < starts.length; k++) {
    const at = order === undefined ? k : order[k]!;
    if (starts[at]! > covered) segments.push(covered, starts[at]!);
    covered = Math.max(covered, ends[at]!);
  }
  if (covered < to) segments.push(covered, to);
  return Float64Array.from(segments);
}

/** First segment whose end is after `time`: where drawing begins. */
export function firstSegmentAfter(segments: Float64Array, time: number): number {
  let low = 0;
  let high = segments.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[2 * middle + 1]! > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
