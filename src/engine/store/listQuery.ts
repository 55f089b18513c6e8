// A list query as SQL over `trace` and `operation`, and its rows as summaries. Pages are found by key, not by offset.
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { TraceSummary } from '../../model/summary.ts';
import { nanosOfOrdered, orderedOfNanos } from './orderedNanos.ts';
import { decodeCursor, encodeCursor } from './pageCursor.ts';
import { countsOf, NO_COUNTS } from './summaryCounts.ts';
import { exactNeedle, partNeedle, serviceNames } from './serviceList.ts';
import type { StoreFilter, StoreQuery, TraceSort } from './traceStore.ts';

export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

export const SUMMARY_COLUMNS =
  't.id, t.trace_id, t.start, t.end, t.duration, t.spans, t.errors, t.provisional, t.services, t.counts, t.operation, o.service AS root_service, o.name AS root_name';
export const FROM_TRACE = 'trace t JOIN operation o ON o.id = t.operation';

const SORT_KEY: Readonly<Record<TraceSort, string>> = { newest: 'start', slowest: 'duration', spans: 'spans' };

/** `lower` in SQL knows ASCII only; this function is registered for other texts. */
export const LOWER = 'tracefall_lower';
// eslint-disable-next-line no-control-regex
const ASCII = /^[\u0000-\u007f]*$/;

export function filterConditions(filter: StoreFilter): SqlCondition[] {
  const conditions: SqlCondition[] = [];
  if (filter.errorsOnly === true) conditions.push({ sql: 't.errors > 0', values: [] });
  if (filter.minDurationNs !== undefined) conditions.push({ sql: 't.duration >= ?', values: [filter.minDurationNs] });
  if (filter.window !== undefined) conditions.push({ sql: 't.start >= ? AND t.start < ?', values: [orderedOfNanos(filter.window.startNs), orderedOfNanos(filter.window.endNs)] });
  if (filter.service !== undefined) conditions.push({ sql: 'instr(t.services, ?)', values: [exactNeedle(filter.service)] });
  if (filter.operation !== undefined) conditions.push({ sql: 't.operation IN (SELECT id FROM operation WHERE name = ?)', values: [filter.operation] });
  if (filter.text !== undefined && filter.text !== '') {
    const text = filter.text.toLowerCase();
    const lower = ASCII.test(text) ? 'lower' : LOWER;
    conditions.push({
      sql: `(t.operation IN (SELECT id FROM operation WHERE instr(search, ?)) OR instr(t.trace_id, ?) OR instr(${lower}(t.services), ?))`,
      values: [text, text, partNeedle(text)],
    });
  }
  return conditions;
}

export function whereOf(conditions: readonly SqlCondition[]): SqlCondition {
  return { sql: conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`, values: conditions.flatMap(({ values }) => values) };
}

/** Rows after the cursor, if there is one, in the sort's order. */
export function pageCondition({ sort, cursor }: Pick<StoreQuery, 'sort' | 'cursor'>): SqlCondition[] {
  if (cursor === undefined) return [];
  const { key, id } = decodeCursor(sort, cursor);
  const value = sort === 'newest' ? bigintOf(key) : Number(key);
  return [{ sql: `(t.${SORT_KEY[sort]}, t.id) < (?, ?)`, values: [value, bigintOf(id)] }];
}

export const orderOf = (sort: TraceSort): string => `ORDER BY t.${SORT_KEY[sort]} DESC, t.id DESC`;

/** Rows are read with bigints. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

export function cursorAfter(sort: TraceSort, row: Row): string {
  return encodeCursor(sort, { key: String(row[SORT_KEY[sort]]), id: String(row['id']) });
}

export function summaryOfRow(row: Row): TraceSummary {
  const start = nanosOfOrdered(row['start'] as bigint);
  return {
    traceId: row['trace_id'] as string,
    rootService: row['root_service'] as string,
    rootName: row['root_name'] as string,
    startUnixNano: start,
    durationNs: nanosOfOrdered(row['end'] as bigint) - start,
    spans: Number(row['spans']),
    errors: Number(row['errors']),
    services: serviceNames(row['services'] as string),
    ...(countsOf(row['counts']) ?? NO_COUNTS),
    provisional: row['provisional'] === 1n,
  };
}

function bigintOf(text: string): bigint {
  return /^-?\d{1,20}$/.test(text) ? BigInt.asIntN(64, BigInt(text)) : 0n;
}
