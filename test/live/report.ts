// What the live tests found out about each system: rows that tests append to the file named by TRACEFALL_LIVE_REPORT, and the table
// that `npm run test:live` prints of them. Rows of one system and one way of running are one line of the table.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export interface ReportRow {
  readonly system: string;
  readonly version: string;
  /** The running thing, its recorded answers, or a stand-in that rejects what its documentation rejects. */
  readonly how: 'live' | 'recorded' | 'fake';
  readonly passed: number;
  readonly failed: number;
  /** What the system itself does not give back, in a few words each. */
  readonly losses?: readonly string[];
  readonly skippedWhy?: string;
}

/** Without a file (a test that is run by hand) it is told nobody. */
export function row(found: ReportRow): void {
  const file = process.env.TRACEFALL_LIVE_REPORT;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(found)}\n`);
}

export function readRows(file: string): readonly ReportRow[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as ReportRow);
}

/** One row per system and way, in the order in which they were first seen. */
export function mergeRows(rows: readonly ReportRow[]): readonly ReportRow[] {
  const merged = new Map<string, ReportRow>();
  for (const next of rows) {
    const key = `${next.system}\n${next.how}`;
    const before = merged.get(key);
    if (before === undefined) merged.set(key, next);
    else {
      const reasons = [...new Set([before.skippedWhy, next.skippedWhy].filter((why) => why !== undefined))];
      merged.set(key, {
        ...before, version: before.version || next.version, passed: before.passed + next.passed, failed: before.failed + next.failed,
        losses: [...new Set([...(before.losses ?? []), ...(next.losses ?? [])])], ...(reasons.length === 0 ? {} : { skippedWhy: reasons.join('; ') }),
      });
    }
  }
  return [...merged.values()];
}

/** `losses` by their number; what they are is lossList. */
export function table(rows: readonly ReportRow[]): string {
  const lines = [
    ['system', 'version', 'live, recorded or fake', 'rows passed', 'losses', 'skipped why'],
    ...rows.map(({ system, version, how, passed, failed, losses = [], skippedWhy = '' }) => [system, version, how, `${passed} of ${passed + failed}`, passed + failed === 0 ? '' : String(losses.length), skippedWhy]),
  ].map((cells) => cells.map((cell) => cell.replaceAll(/\s+/g, ' ').trim()));
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  return lines.map((cells) => cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!))).join(' | ').trimEnd()).join('\n');
}

/** What the systems themselves do not give back, by their names. Systems that lose the same are named together. */
export function lossList(rows: readonly ReportRow[]): string {
  const systems = new Map<string, string[]>();
  for (const { system, how, losses = [] } of rows) {
    if (losses.length === 0) continue;
    const text = losses.map((loss) => `  ${loss.replaceAll(/\s+/g, ' ').trim()}`).join('\n');
    systems.set(text, [...(systems.get(text) ?? []), `${system} (${how})`]);
  }
  return [...systems].map(([text, names]) => `Not given back by ${names.join(', ')}:\n${text}`).join('\n');
}
