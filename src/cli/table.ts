// Aligned columns for people. Cells are already safe text; must not know what they mean.
import { fitText, textWidth } from './safeText.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Cut beyond this many columns; never cut when absent. */
  readonly most?: number;
  /** Where the table is too wide, cut down to as little as this. */
  readonly least?: number;
  /** Where the table is too wide, left out if it says nothing but this. */
  readonly usual?: string;
  /** Where the table is still too wide, left out, the last of them first. */
  readonly mayGo?: boolean;
}

const GAP = '  ';

interface Shown {
  readonly column: Column;
  readonly at: number;
  readonly width: number;
}

export interface Table {
  /** Every line ends with \n; trailing spaces are cut. */
  readonly text: string;
  /** Titles of columns that say something and found no room. */
  readonly leftOut: readonly string[];
}

/** Made narrower than `columns` as far as the columns of the table allow. */
export function tableText(given: readonly Column[], rows: readonly (readonly string[])[], columns = Infinity): Table {
  let shown: readonly Shown[] = given.map((column, at) => ({ column, at, width: widthOf(column, at, rows) }));
  if (excess(shown, columns) > 0 && rows.length > 0) shown = shown.filter(({ column, at }) => column.usual === undefined || rows.some((row) => row[at] !== column.usual));
  let cut = cutDown(shown, columns);
  let leftOut: readonly string[] = [];
  const whole = cut;
  for (const entry of shown.filter(({ column }) => column.mayGo === true).toReversed()) {
    if (excess(cut, columns) <= 0) break;
    shown = shown.filter((other) => other !== entry);
    leftOut = [entry.column.title, ...leftOut];
    cut = cutDown(shown, columns);
  }
  // Where nothing helps, nothing is left out.
  if (excess(cut, columns) > 0) [cut, leftOut] = [whole, []];
  const line = (cells: readonly string[]): string => cut.map(({ column, at, width }) => cellText(cells[at] ?? '', column, width)).join(GAP).trimEnd();
  return { text: [given.map((column) => column.title), ...rows].map((cells) => `${line(cells)}\n`).join(''), leftOut };
}

const excess = (shown: readonly Shown[], columns: number): number => shown.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - columns;

/** The last first, each as far as it may be. */
function cutDown(shown: readonly Shown[], columns: number): readonly Shown[] {
  let over = excess(shown, columns);
  return shown.toReversed().map((entry) => {
    if (over <= 0 || entry.column.least === undefined) return entry;
    const width = Math.max(Math.min(entry.width, entry.column.least), entry.width - over);
    over -= entry.width - width;
    return { ...entry, width };
  }).toReversed();
}

function widthOf({ title, most }: Column, at: number, rows: readonly (readonly string[])[]): number {
  let widest = textWidth(title);
  for (const row of rows) widest = Math.max(widest, textWidth(row[at] ?? ''));
  return most === undefined ? widest : Math.min(widest, Math.max(most, textWidth(title)));
}

function cellText(cell: string, { align }: Column, width: number): string {
  const missing = width - textWidth(cell);
  return align === 'right' && missing > 0 ? ' '.repeat(missing) + cell : fitText(cell, width);
}
