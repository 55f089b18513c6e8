// Self time: a span's duration minus the union of its children, each cut to the span (DESIGN §9). Pure, O(n).
import type { TraceColumns } from '../model/trace.ts';

/** ns per row. Needs siblings in order of start, as in every Trace. */
export function selfTimes({ count, parent, start, duration }: TraceColumns): Float64Array {
  const self = Float64Array.from(duration.subarray(0, count));
  // Up to where each span's children, seen so far, cover it.
  const covered = start.slice(0, count);
  for (let row = 0; row < count; row++) {
    const p = parent[row]!;
    if (p < 0) continue;
    const from = Math.max(start[row]!, covered[p]!);
    const to = Math.min(start[row]! + duration[row]!, start[p]! + duration[p]!);
    if (to <= from) continue;
    // Never below 0: sums of doubles past 2^53 ns are not exact.
    self[p] = Math.max(0, self[p]! - (to - from));
    covered[p] = to;
  }
  return self;
}
