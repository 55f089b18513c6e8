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
  /** Where the table is still too wide, left out, the first of them first. */
  readonly mayGo?: boolean;
}

const GAP = '  ';

/** Every line ends with \n; trailing spaces are cut. Made narrower than `columns` as far as the columns of the table allow. */
export function tableText(given: readonly Column[], rows: readonly (readonly string[])[], columns = Infinity): string {
  let shown = given.map((column, at) => ({ column, at, width: widthOf(column, at, rows) }));
  const excess = (): number => shown.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - columns;
  if (excess() > 0 && rows.length > 0) shown = shown.filter(({ column, at }) => column.usual === undefined || rows.some((row) => row[at] !== column.usual));
  for (const entry of shown.toReversed()) {
    const over = excess();
    if (over > 0 && entry.column.least !== undefined) entry.width = Math.max(Math.min(entry.width, entry.column.least), entry.width - over);
  }
  for (const entry of shown) if (excess() > 0 && entry.column.mayGo === true) shown = shown.filter((other) => other !== entry);
  const line = (cells: readonly string[]): string => shown.map(({ column, at, width }) => cellText(cells[at] ?? '', column, width)).join(GAP).trimEnd();
  return [given.map((column) => column.title), ...rows].map((cells) => `${line(cells)}\n`).join('');
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
