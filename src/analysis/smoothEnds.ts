// Spans that follow one another overlap a little in real traces: a client's span ends after the next call has begun. The
// critical path takes only children that ended before the next began, so a whole long call would be lost to its parent.
// Here such a span ends where the next begins. Pure, O(n log n); what truly runs side by side is left alone.
import type { TraceColumns } from '../model/trace.ts';

/** A span may run this share of its time into the next and still count as being followed by it. */
const RUNS_INTO = 0.1;
/** Siblings looked at that begin in a span's last stretch. */
const LOOKED_AT = 8;

/** The same columns where nothing overlaps so. */
export function smoothEnds(trace: TraceColumns): TraceColumns {
  const { start, duration } = trace;
  const endOf = (row: number): number => start[row]! + duration[row]!;
  let smoothed: Float64Array | undefined;
  for (const siblings of siblingLists(trace)) {
    siblings.sort((a, b) => start[a]! - start[b]! || a - b);
    for (let i = 0; i + 1 < siblings.length; i++) {
      const row = siblings[i]!;
      const end = endOf(row);
      if (start[siblings[i + 1]!]! >= end) continue;
      const from = firstFrom(siblings, start, end - RUNS_INTO * duration[row]!, i + 1);
      for (let j = from; j < Math.min(from + LOOKED_AT, siblings.length) && start[siblings[j]!]! < end; j++) {
        if (endOf(siblings[j]!) <= end) continue;
        smoothed ??= duration.slice();
        smoothed[row] = start[siblings[j]!]! - start[row]!;
        break;
      }
    }
  }
  return smoothed === undefined ? trace : { ...trace, duration: smoothed };
}

/** Children of each row that has more than one. */
function siblingLists({ count, parent }: TraceColumns): Iterable<number[]> {
  const lists = new Map<number, number[]>();
  const only = new Int32Array(count).fill(-1);
  for (let row = 0; row < count; row++) {
    const above = parent[row]!;
    if (above < 0) continue;
    const list = lists.get(above);
    if (list !== undefined) list.push(row);
    else if (only[above]! < 0) only[above] = row;
    else lists.set(above, [only[above]!, row]);
  }
  return lists.values();
}

/** Index of the first sibling, from `low` on, that begins at `time` or later. */
function firstFrom(siblings: readonly number[], start: Float64Array, time: number, low: number): number {
  let high = siblings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (start[siblings[middle]!]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
