// Reads of the database's summaries and names: lists, single rows, groups. Statements only; must not know pins or who writes.
import type { TraceSummary } from '../../model/summary.ts';
import type { SlowRule } from '../../protocol/messages.ts';
import { cursorAfter, filterConditions, FROM_TRACE, LOWER, orderOf, pageCondition, SUMMARY_COLUMNS, summaryOfRow, whereOf, type Row, type SqlCondition } from './listQuery.ts';
import { SlowOperations, type SlowOperation } from './slowOperations.ts';
import { Statements, type Database } from './sqlite.ts';
import type { StoreQuery } from './traceStore.ts';

export interface FoundRow {
  readonly summary: TraceSummary;
  readonly usualNs: number | undefined;
}

export interface FoundPage {
  readonly rows: readonly FoundRow[];
  readonly total: number;
  readonly next: string | undefined;
}

export class TraceQueries {
  readonly #statements: Statements;
  readonly #slow: SlowOperations;

  constructor(db: Database, slow: SlowRule) {
    db.function(LOWER, { deterministic: true }, (text) => String(text).toLowerCase());
    this.#statements = new Statements(db);
    this.#slow = new SlowOperations(db, slow);
  }

  /** Every group but `pinned`. Throws RangeError for a cursor of another list. */
  page(query: StoreQuery): FoundPage {
    const conditions = filterConditions(query.group === 'errors' ? { ...query, errorsOnly: true } : query);
    const slow = query.group === 'slow' ? this.#slow.all() : undefined;
    if (slow !== undefined) conditions.push(slowCondition(slow));
    const where = whereOf([...conditions, ...pageCondition(query)]);
    // The page's ids first: sorting whole rows of all traces takes four times as long.
    const ids = `SELECT t.id FROM trace t ${where.sql} ${orderOf(query.sort)} LIMIT ?`;
    const sql = `SELECT ${SUMMARY_COLUMNS} FROM ${FROM_TRACE} WHERE t.id IN (${ids}) ${orderOf(query.sort)}`;
    const found: Row[] = this.#statements.of(sql, true).all(...where.values, query.limit + 1);
    const rows = found.slice(0, query.limit);
    const last = rows.at(-1);
    const usual = new Map(slow?.map(({ operation, medianNs }) => [operation, medianNs]));
    return {
      rows: rows.map((row) => ({ summary: summaryOfRow(row), usualNs: usual.get(Number(row['operation'])) })),
      total: this.count(conditions),
      next: found.length > rows.length && last !== undefined ? cursorAfter(query.sort, last) : undefined,
    };
  }

  count(conditions: readonly SqlCondition[] = []): number {
    const where = whereOf(conditions);
    return Number(this.#statements.of(`SELECT count(*) AS n FROM trace t ${where.sql}`).get(...where.values)?.['n'] ?? 0);
  }

  summary(traceId: string): TraceSummary | undefined {
    const row = this.#statements.of(`SELECT ${SUMMARY_COLUMNS} FROM ${FROM_TRACE} WHERE t.trace_id = ?`, true).get(traceId);
    return row === undefined ? undefined : summaryOfRow(row);
  }

  services(): readonly string[] {
    return this.#texts('SELECT name AS text FROM service WHERE name <> \'\' ORDER BY name');
  }

  operations(service: string): readonly string[] {
    return this.#texts('SELECT name AS text FROM operation WHERE service = ? ORDER BY name', service);
  }

  cohort(rootService: string, rootName: string, limit: number): readonly string[] {
    // The plus keeps the index on `operation`: the one on `start` would be walked through everyone else's traces.
    const sql = 'SELECT t.trace_id AS text FROM trace t WHERE t.operation = (SELECT id FROM operation WHERE service = ? AND name = ?) ORDER BY +t.start DESC, t.id DESC LIMIT ?';
    return this.#texts(sql, rootService, rootName, limit);
  }

  partCount(traceId: string): number {
    return Number(this.#statements.of('SELECT parts FROM trace WHERE trace_id = ?').get(traceId)?.['parts'] ?? 0);
  }

  provisional(after: number, limit: number): { readonly traceIds: readonly string[]; readonly next: number | undefined } {
    const rows = this.#statements.of('SELECT id, trace_id, provisional FROM trace WHERE id > ? ORDER BY id LIMIT ?').all(after, limit);
    const last = rows.at(-1);
    return { traceIds: rows.filter((row) => row['provisional'] === 1).map((row) => String(row['trace_id'])), next: last === undefined ? undefined : Number(last['id']) };
  }

  /** Traces with parts after the one named, the latest first, and the last part there is. */
  since(part: number, limit: number): { readonly traceIds: readonly string[]; readonly last: number } {
    const last = Number(this.#statements.of('SELECT max(id) AS n FROM part').get()?.['n'] ?? 0);
    const sql = 'SELECT DISTINCT t.trace_id AS text FROM (SELECT trace FROM part WHERE id > ? ORDER BY id DESC LIMIT ?) p JOIN trace t ON t.id = p.trace';
    return { traceIds: last <= part ? [] : this.#texts(sql, part, limit), last };
  }

  #texts(sql: string, ...values: readonly (string | number)[]): string[] {
    return this.#statements.of(sql).all(...values).map((row) => String(row['text']));
  }
}

function slowCondition(slow: readonly SlowOperation[]): SqlCondition {
  const limits = JSON.stringify(slow.map(({ operation, limitNs }) => ({ o: operation, d: limitNs })));
  return { sql: `t.id IN (SELECT s.id FROM json_each(?) j JOIN trace s ON s.operation = j.value ->> 'o' AND s.duration > j.value ->> 'd')`, values: [limits] };
}
