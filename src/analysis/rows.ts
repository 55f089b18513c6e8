// Which rows a waterfall shows when some are collapsed: an ascending list that a toggle changes in place, O(visible).
// Rows may still be arriving. Must not know pixels.
import type { TraceColumns } from '../model/trace.ts';

export class VisibleRows {
  #columns: TraceColumns;
  #collapsed: Uint8Array;
  #rows: Int32Array;
  #count = 0;
  /** Where the walk over all rows would go on: past the last one, or past a collapsed subtree that reaches beyond it. */
  #next = 0;

  constructor(columns: TraceColumns) {
    this.#columns = columns;
    this.#collapsed = new Uint8Array(columns.count);
    this.#rows = new Int32Array(columns.count);
    this.#walkOn();
  }

  /** How many rows are visible. */
  get count(): number {
    return this.#count;
  }

  /** Row at a visible position; -1 outside. */
  rowAt(position: number): number {
    return position >= 0 && position < this.#count ? this.#rows[position]! : -1;
  }

  /** Visible position of a row; -1 where it is inside a collapsed one. */
  positionOf(row: number): number {
    const position = this.#lowerBound(row);
    return this.rowAt(position) === row ? position : -1;
  }

  /** The row itself, or the collapsed ancestor that stands for it; -1 for rows that are not there. */
  standIn(row: number): number {
    if (row < 0 || row >= this.#columns.count) return -1;
    const position = this.#lowerBound(row);
    return this.rowAt(position) === row ? row : this.rowAt(position - 1);
  }

  isCollapsed(row: number): boolean {
    return this.#collapsed[row] === 1;
  }

  hasChildren(row: number): boolean {
    return (this.#columns.subtreeEnd[row] ?? 0) > row + 1;
  }

  /** Says whether anything changed; leaves cannot be collapsed. */
  setCollapsed(row: number, collapsed: boolean): boolean {
    if (row < 0 || row >= this.#columns.count || !this.hasChildren(row) || this.isCollapsed(row) === collapsed) return false;
    this.#collapsed[row] = collapsed ? 1 : 0;
    const position = this.positionOf(row);
    if (position < 0) return true;
    const end = this.#columns.subtreeEnd[row]!;
    if (end >= this.#columns.count) {
      // The subtree is the tail, maybe of rows still to come.
      this.#count = position + 1;
      this.#next = collapsed ? end : row + 1;
      this.#walkOn();
    } else if (collapsed) this.#replace(position + 1, this.#lowerBound(end), new Int32Array());
    else this.#replace(position + 1, position + 1, this.#walk(row + 1, end));
    return true;
  }

  toggle(row: number): boolean {
    return this.setCollapsed(row, !this.isCollapsed(row));
  }

  /** Only the top rows stay. */
  collapseAll(): void {
    for (let row = 0; row < this.#columns.count; row++) this.#collapsed[row] = this.hasChildren(row) ? 1 : 0;
    this.#restart();
  }

  expandAll(): void {
    this.#collapsed.fill(0);
    this.#restart();
  }

  /** Expands every ancestor. Says whether anything changed. */
  reveal(row: number): boolean {
    let changed = false;
    for (let up = this.#columns.parent[row] ?? -1; up >= 0; up = this.#columns.parent[up]!) {
      if (this.#collapsed[up] === 0) continue;
      this.#collapsed[up] = 0;
      changed = true;
    }
    if (changed) this.#restart();
    return changed;
  }

  /** More rows of the same trace; what is collapsed stays so. */
  extend(columns: TraceColumns): void {
    const collapsed = new Uint8Array(columns.count);
    collapsed.set(this.#collapsed.subarray(0, columns.count));
    const rows = new Int32Array(columns.count);
    rows.set(this.#rows.subarray(0, this.#count));
    this.#columns = columns;
    this.#collapsed = collapsed;
    this.#rows = rows;
    this.#walkOn();
  }

  #restart(): void {
    this.#count = 0;
    this.#next = 0;
    this.#walkOn();
  }

  #walkOn(): void {
    const { count, subtreeEnd } = this.#columns;
    let row = this.#next;
    while (row < count) {
      this.#rows[this.#count++] = row;
      row = this.#collapsed[row] === 1 ? subtreeEnd[row]! : row + 1;
    }
    this.#next = row;
  }

  /** Visible rows from … end-1. */
  #walk(from: number, end: number): Int32Array {
    const found = new Int32Array(end - from);
    let count = 0;
    for (let row = from; row < end; row = this.#collapsed[row] === 1 ? this.#columns.subtreeEnd[row]! : row + 1) found[count++] = row;
    return found.subarray(0, count);
  }

  #replace(from: number, to: number, rows: Int32Array): void {
    this.#rows.copyWithin(from + rows.length, to, this.#count);
    this.#rows.set(rows, from);
    this.#count += rows.length - (to - from);
  }

  /** First visible position whose row is ≥ row. */
  #lowerBound(row: number): number {
    let from = 0;
    let to = this.#count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#rows[middle]! < row) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
