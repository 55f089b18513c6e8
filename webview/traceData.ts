// The opened trace as the page holds it: the columns that have arrived, and, once known, critical path and events by row.
// Must not know how they travelled.
import type { TraceColumns } from '../src/model/trace.ts';

/** Entries grouped by row: those of `row` are first[row] … first[row+1]-1. */
export interface ByRow {
  readonly first: Uint32Array;
  readonly a: Float64Array;
  /** Ends, where the entries are intervals. */
  readonly b: Float64Array | undefined;
}

export interface TraceData {
  readonly columns: TraceColumns;
  /** Own time per row, ns. */
  readonly self: Float64Array;
  /** Rows 0 … loaded-1 have arrived. */
  readonly loaded: number;
  readonly criticalPath: ByRow | undefined;
  readonly events: ByRow | undefined;
}

/** Counting sort of points or intervals by row; they keep their order within one. */
export function groupByRow(rows: Int32Array, a: Float64Array, count: number, b?: Float64Array): ByRow {
  const first = new Uint32Array(count + 1);
  for (const row of rows) first[row + 1]!++;
  for (let row = 0; row < count; row++) first[row + 1]! += first[row]!;
  const next = first.slice();
  const starts = new Float64Array(rows.length);
  const ends = b === undefined ? undefined : new Float64Array(rows.length);
  for (let k = 0; k < rows.length; k++) {
    const at = next[rows[k]!]!++;
    starts[at] = a[k]!;
    if (ends !== undefined) ends[at] = b![k]!;
  }
  return { first, a: starts, b: ends };
}
