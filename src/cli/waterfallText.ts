// A trace as a waterfall of text: labels by depth, durations, bars to scale with the critical path in them, errors, code.
// Pure. Rows are drawn one by one, so a million of them cost no more memory than one. Must not know a terminal.
import type { CriticalPath } from '../analysis/criticalPath.ts';
import { SpanFlag } from '../model/spanBatch.ts';
import { formatDuration } from '../model/time.ts';
import type { Trace } from '../model/trace.ts';
import { fitEnd, fitText, safeText, textWidth } from './safeText.ts';

export interface WaterfallOptions {
  /** Columns to fill. */
  readonly columns: number;
  readonly colour: boolean;
  /** `file:line` as the span names it; undefined where it names none. */
  codeOf(row: number): string | undefined;
}

const DURATION_WIDTH = 9;
const LEAST_BAR = 16;
/** From here on the code has a column of its own; narrower, a line of its own. */
const WIDE = 110;
/** Below this the service has no column. */
const MEDIUM = 80;

interface Layout {
  readonly label: number;
  readonly service: number;
  readonly bar: number;
  /** 0: the code has a line of its own. */
  readonly code: number;
}

function layoutOf(columns: number): Layout {
  const code = columns >= WIDE ? Math.floor(columns / 4) : 0;
  const service = columns >= MEDIUM ? 14 : 0;
  // Marks and gaps between the columns that there are.
  const rest = columns - DURATION_WIDTH - 6 - (service === 0 ? 0 : service + 1) - (code === 0 ? 0 : code + 1);
  const bar = Math.max(LEAST_BAR, Math.floor(rest / 2));
  return { label: Math.max(12, rest - bar), service, bar, code };
}

/** Lines without their line ends. */
export function* waterfallLines(trace: Trace, path: CriticalPath, options: WaterfallOptions): Generator<string> {
  const layout = layoutOf(options.columns);
  const segments = segmentsByRow(trace.count, path);
  const paint = options.colour ? (code: number, text: string): string => `\u001b[${code}m${text}\u001b[0m` : (_code: number, text: string): string => text;
  const total = Number(trace.durationNs);
  yield axisLine(layout, total);
  for (let row = 0; row < trace.count; row++) {
    const flags = trace.flags[row]!;
    const error = (flags & SpanFlag.error) !== 0;
    const critical = segments.first[row]! < segments.first[row + 1]!;
    const label = fitText(labelOf(trace, row, layout.label), layout.label);
    const service = layout.service === 0 ? '' : `${fitText(safeText(trace.strings[trace.service[row]!]!), layout.service)} `;
    const duration = (flags & SpanFlag.inProgress) !== 0 ? 'running' : formatDuration(trace.duration[row]!);
    const code = options.codeOf(row);
    const marks = `${error ? paint(31, '✗') : ' '}${critical ? '*' : ' '}`;
    const bar = barOf(trace, row, segments, path, layout.bar, total);
    const line = `${marks} ${error ? paint(31, label) : label} ${service}${duration.padStart(DURATION_WIDTH)}  ${bar}`;
    yield (code !== undefined && layout.code > 0 ? `${line} ${fitEnd(safeText(code), layout.code)}` : line).trimEnd();
    if (code !== undefined && layout.code === 0) yield codeLine(trace.depth[row]!, code, options.columns, layout);
  }
}

function codeLine(depth: number, code: string, columns: number, layout: Layout): string {
  const indent = 5 + Math.min(2 * (depth - 1), layout.label >> 1);
  return `${' '.repeat(indent)}at ${fitEnd(safeText(code), columns - indent - 3)}`;
}

function axisLine(layout: Layout, total: number): string {
  const end = formatDuration(total);
  const left = ' '.repeat(3 + layout.label + 1 + (layout.service === 0 ? 0 : layout.service + 1) + DURATION_WIDTH + 2);
  return `${left}0${' '.repeat(Math.max(1, layout.bar - 1 - textWidth(end)))}${end}`;
}

/** Deep rows keep half of the column for the name; how deep they are is then a number. */
function labelOf(trace: Trace, row: number, width: number): string {
  const depth = trace.depth[row]!;
  const name = safeText(trace.strings[trace.name[row]!]!);
  const shown = name === '' ? '(no name)' : name;
  const remark = remarkOf(trace.flags[row]!);
  const indent = 2 * (depth - 1);
  return `${indent <= width >> 1 ? ' '.repeat(indent) : `${' '.repeat((width >> 1) - 6)}⋯${depth} `}${shown}${remark}`;
}

function remarkOf(flags: number): string {
  if ((flags & SpanFlag.orphan) !== 0) return ' (parent missing)';
  if ((flags & SpanFlag.cycle) !== 0) return ' (loop cut)';
  if ((flags & SpanFlag.conflict) !== 0) return ' (id used twice)';
  if ((flags & SpanFlag.negative) !== 0) return ' (ends before it starts)';
  return '';
}

interface RowSegments {
  /** Segments of row r: order[first[r]] … order[first[r+1]-1], indices into the path. */
  readonly first: Uint32Array;
  readonly order: Uint32Array;
}

function segmentsByRow(rows: number, path: CriticalPath): RowSegments {
  const first = new Uint32Array(rows + 1);
  for (const row of path.row) first[row + 1]!++;
  for (let row = 0; row < rows; row++) first[row + 1]! += first[row]!;
  const next = first.slice();
  const order = new Uint32Array(path.row.length);
  path.row.forEach((row, at) => {
    order[next[row]!++] = at;
  });
  return { first, order };
}

/** ░ the span's time, █ the part of it on the critical path; at least one cell. */
function barOf(trace: Trace, row: number, segments: RowSegments, path: CriticalPath, width: number, total: number): string {
  const scale = total > 0 ? width / total : 0;
  const cells = (start: number, end: number): [from: number, to: number] => {
    const from = Math.min(width - 1, Math.max(0, Math.floor(start * scale)));
    return [from, Math.min(width, Math.max(from + 1, Math.round(end * scale)))];
  };
  const start = trace.start[row]!;
  const [from, to] = cells(start, start + trace.duration[row]!);
  const bar = Array.from({ length: to - from }, () => '░');
  for (let k = segments.first[row]!; k < segments.first[row + 1]!; k++) {
    const at = segments.order[k]!;
    const [left, right] = cells(path.start[at]!, path.end[at]!);
    for (let cell = Math.max(left, from); cell < Math.min(right, to); cell++) bar[cell - from] = '█';
  }
  return ' '.repeat(from) + bar.join('') + ' '.repeat(width - to);
}
