// Summaries as `inspect` and `list` print them: one line of JSON each, or a table with the same numbers (design "Numbers").
import { summaryToJson, type TraceSummary } from '../model/summary.ts';
import { formatDuration } from '../model/time.ts';
import type { CliIo } from './cliIo.ts';
import { jsonLine, safeText } from './safeText.ts';
import { tableText, type Column } from './table.ts';

/** By start, then id; what has no trace id comes last. */
export function sortSummaries(summaries: readonly TraceSummary[]): TraceSummary[] {
  return summaries.toSorted((a, b) => {
    if ((a.traceId === '') !== (b.traceId === '')) return a.traceId === '' ? 1 : -1;
    if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1;
    return a.traceId < b.traceId ? -1 : a.traceId > b.traceId ? 1 : 0;
  });
}

export function printSummaries(summaries: readonly TraceSummary[], json: boolean, io: CliIo): void {
  const sorted = sortSummaries(summaries);
  if (json) {
    for (const summary of sorted) io.write(jsonLine(summaryToJson(summary)));
    return;
  }
  const { text, leftOut } = tableText(COLUMNS, sorted.map(cellsOf), io.tableColumns);
  io.write(text);
  if (leftOut.length > 0 && sorted.length > 0) io.warn(`The terminal is too narrow for ${leftOut.join(' and ')}; --json has everything.`);
  for (const line of warningLines(sorted)) io.write(`${line}\n`);
}

/** A sentence that many traces share is said once: it must not push their table off the screen. */
function warningLines(summaries: readonly TraceSummary[]): string[] {
  const named = new Map<string, string[]>();
  for (const summary of summaries) {
    for (const warning of new Set(summary.warnings)) named.set(warning, [...(named.get(warning) ?? []), idText(summary)]);
  }
  return [...named].map(([warning, ids]) => {
    const shown = ids.length > MOST_IDS ? `${ids.slice(0, MOST_IDS).join(', ')} and ${ids.length - MOST_IDS} more` : ids.join(', ');
    return `${shown}: ${safeText(warning)}`;
  });
}

const MOST_IDS = 3;

const idText = ({ traceId }: TraceSummary): string => (traceId === '' ? '(no trace id)' : safeText(traceId));

const COLUMNS: readonly Column[] = [
  { title: 'TRACE', align: 'left' },
  { title: 'ROOT', align: 'left', most: 48, least: 16 },
  { title: 'START (UTC)', align: 'left' },
  { title: 'DURATION', align: 'right' },
  { title: 'SPANS', align: 'right' },
  { title: 'ERRORS', align: 'right', usual: '0' },
  { title: 'ORPHANS', align: 'right', usual: '0' },
  { title: 'ROOTS', align: 'right', usual: '1' },
  { title: 'DEPTH', align: 'right', mayGo: true },
  { title: 'DUPLICATES', align: 'right', usual: '0' },
  { title: 'REJECTED', align: 'right', usual: '0' },
  { title: 'SERVICES', align: 'left', most: 60, least: 10, mayGo: true },
];

function cellsOf(summary: TraceSummary): string[] {
  const shown = summary.spans > 0;
  const root = summary.rootService === '' ? summary.rootName : `${summary.rootService}: ${summary.rootName}`;
  return [
    idText(summary),
    safeText(root),
    shown ? utcText(summary.startUnixNano) : '',
    shown ? formatDuration(Number(summary.durationNs)) : '',
    ...[summary.spans, summary.errors, summary.orphans, summary.roots, summary.maxDepth, summary.duplicates, summary.rejected].map(String),
    safeText(summary.services.join(', ')),
  ];
}

/** To the millisecond. Any unsigned 64-bit nanosecond fits a Date. */
export function utcText(unixNano: bigint): string {
  return new Date(Number(unixNano / 1_000_000n)).toISOString().replace('T', ' ').replace('Z', '');
}
