// Aligned columns for people. Cells are already safe text; must not know what they mean.
import { fitText, textWidth } from './safeText.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Cut beyond this many columns; never cut when absent. */
  readonly most?: number;
}

/** Every line ends with \n; trailing spaces are cut. */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, at) => {
    let widest = textWidth(column.title);
    for (const row of rows) widest = Math.max(widest, textWidth(row[at] ?? ''));
    return column.most === undefined ? widest : Math.min(widest, Math.max(column.most, textWidth(column.title)));
  });
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, at) => {
        const cell = cells[at] ?? '';
        const missing = widths[at]! - textWidth(cell);
        return column.align === 'right' && missing > 0 ? ' '.repeat(missing) + cell : fitText(cell, widths[at]!);
      })
      .join('  ')
      .trimEnd();
  return [columns.map((column) => column.title), ...rows].map((cells) => `${line(cells)}\n`).join('');
}
