// The whole trace in a few thousand cells: which service shows in each cell of the minimap. Pure, O(rows + cells).
// Children cover their parents (they say more), errors cover both; a cell is painted once, found by skipping what is painted.
import { SpanFlag } from '../model/spanBatch.ts';
import type { TraceColumns } from '../model/trace.ts';

export interface MinimapCells {
  readonly width: number;
  readonly height: number;
  /** 0 empty, 1 error, otherwise index of the service in `strings` + 2. Row by row. */
  readonly cells: Uint32Array;
}

/** `lines`: how many lines of cells the rows are spread over (at most one row a line when there are few). */
export function minimapCells(columns: TraceColumns, loaded: number, total: number, width: number, lines: number): MinimapCells {
  const height = Math.max(1, Math.min(lines, loaded));
  const cells = new Uint32Array(width * height);
  // skip[c]: the next unpainted cell at or after c, within a line of width + 1.
  const skip = new Uint32Array((width + 1) * height);
  for (let c = 0; c < skip.length; c++) skip[c] = c;
  const scale = width / Math.max(1, total);
  const paint = (row: number, value: number): void => {
    const line = Math.min(height - 1, Math.floor((row * height) / Math.max(1, loaded)));
    const first = Math.min(width - 1, Math.max(0, Math.floor(columns.start[row]! * scale)));
    const last = Math.min(width - 1, Math.max(first, Math.ceil((columns.start[row]! + columns.duration[row]!) * scale) - 1));
    const base = line * (width + 1);
    for (let c = find(skip, base + first); c <= base + last; c = find(skip, c)) {
      cells[line * width + (c - base)] = value;
      skip[c] = c + 1;
    }
  };
  for (let row = loaded - 1; row >= 0; row--) if ((columns.flags[row]! & SpanFlag.error) !== 0) paint(row, 1);
  for (let row = loaded - 1; row >= 0; row--) if ((columns.flags[row]! & SpanFlag.error) === 0) paint(row, columns.service[row]! + 2);
  return { width, height, cells };
}

/** With path halving; the cell after a line's last is never painted and stops every walk. */
function find(skip: Uint32Array, from: number): number {
  let c = from;
  while (skip[c] !== c) {
    skip[c] = skip[skip[c]!]!;
    c = skip[c]!;
  }
  return c;
}
