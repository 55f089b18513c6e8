// Which rows are on show, in order: all but those under collapsed rows, outside the focused subtree or filtered away.
// O(rows shown), or O(rows) with a filter. Must not know elements.
import type { TraceColumns } from '../src/model/trace.ts';

export interface VisibleRows {
  readonly count: number;
  /** Row shown at a position. */
  rowAt(position: number): number;
  /** Position of a row, -1 where it is not shown. */
  positionOf(row: number): number;
  /** 1 per row that passed the filter; undefined without one. Rows on show that did not are ancestors, shown as context. */
  readonly passed: Uint8Array | undefined;
}

/** Which rows are collapsed. Replaced, never changed. */
export interface Collapsed {
  /** 1 per collapsed row, for every row of the trace. */
  readonly flags: Uint8Array;
  readonly size: number;
}

export const NONE_COLLAPSED: Collapsed = { flags: new Uint8Array(0), size: 0 };

export function withCollapsed(before: Collapsed, rows: Iterable<number>, collapsed: boolean, total: number): Collapsed {
  const flags = new Uint8Array(total);
  flags.set(before.flags.subarray(0, total));
  let { size } = before;
  for (const row of rows) {
    if (row < 0 || row >= total || (flags[row] === 1) === collapsed) continue;
    flags[row] = collapsed ? 1 : 0;
    size += collapsed ? 1 : -1;
  }
  return { flags, size };
}

export interface RowsWish {
  readonly columns: TraceColumns;
  readonly loaded: number;
  readonly collapsed: Collapsed;
  /** -1: all. */
  readonly focusRoot: number;
  /** 1 per row to keep; undefined keeps all. */
  readonly passed: Uint8Array | undefined;
}

export const NO_ROWS: VisibleRows = { count: 0, rowAt: () => -1, positionOf: () => -1, passed: undefined };

export function visibleRows(wish: RowsWish): VisibleRows {
  const { columns, loaded, collapsed, focusRoot, passed } = wish;
  const from = Math.max(0, focusRoot);
  const to = focusRoot >= 0 ? Math.min(loaded, columns.subtreeEnd[focusRoot]!) : loaded;
  if (passed === undefined && collapsed.size === 0) {
    return {
      count: Math.max(0, to - from),
      rowAt: (position) => (position >= 0 && from + position < to ? from + position : -1),
      positionOf: (row) => (row >= from && row < to ? row - from : -1),
      passed,
    };
  }
  const keep = passed === undefined ? undefined : withAncestors(columns, passed, loaded);
  const shown = new Int32Array(Math.max(0, to - from));
  let count = 0;
  for (let row = from; row < to; ) {
    if (keep !== undefined && keep[row] === 0) {
      // No descendant of a row that is not kept is kept either.
      row = columns.subtreeEnd[row]!;
      continue;
    }
    shown[count++] = row;
    row = collapsed.flags[row] === 1 ? columns.subtreeEnd[row]! : row + 1;
  }
  const rows = shown.subarray(0, count);
  return { count, rowAt: (position) => rows[position] ?? -1, positionOf: (row) => positionIn(rows, row), passed };
}

function withAncestors(columns: TraceColumns, passed: Uint8Array, loaded: number): Uint8Array {
  const keep = new Uint8Array(loaded);
  for (let row = 0; row < loaded; row++) {
    if (passed[row] !== 1) continue;
    for (let up = row; up >= 0 && keep[up] === 0; up = columns.parent[up]!) keep[up] = 1;
  }
  return keep;
}

function positionIn(rows: Int32Array, row: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = rows[middle]!;
    if (found === row) return middle;
    if (found < row) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
