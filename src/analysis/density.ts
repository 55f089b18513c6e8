// How crowded the time below a collapsed row is: one count a pixel column. Pure, O(subtree + columns).
import type { TraceColumns } from '../model/trace.ts';
import type { Viewport } from './viewport.ts';

/** Spans running in each of `width` equal pieces of the view, for rows `from` ≤ row < `to`. Spans narrower than a piece count once. */
export function density(columns: TraceColumns, from: number, to: number, view: Viewport, width: number): Uint32Array {
  const edges = new Int32Array(width + 1);
  const scale = width / (view.end - view.start);
  for (let row = from; row < to; row++) {
    const left = (columns.start[row]! - view.start) * scale;
    const right = left + columns.duration[row]! * scale;
    if (right < 0 || left >= width || (right === 0 && left < 0)) continue;
    const first = Math.max(0, Math.floor(left));
    const last = Math.min(width - 1, Math.max(first, Math.ceil(right) - 1));
    edges[first]!++;
    edges[last + 1]!--;
  }
  const counts = new Uint32Array(width);
  let running = 0;
  for (let x = 0; x < width; x++) {
    running += edges[x]!;
    counts[x] = running;
  }
  return counts;
}
