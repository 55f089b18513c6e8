// The database as a TraceStore: one connection of this process. The owner writes what arrives (traceWriter.ts) and keeps the size
// (retention.ts); every process lists, loads, pins and deletes. Must not know who listens on which port.
import type { StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TraceSummary } from '../../model/summary.ts';
import { countsText } from './summaryCounts.ts';
import { cursorAfter, filterConditions, FROM_TRACE, LOWER, orderOf, pageCondition, SUMMARY_COLUMNS, summaryOfRow, whereOf, type Row, type SqlCondition } from './listQuery.ts';
import { orderedOfNanos } from './orderedNanos.ts';
import { PartReader } from './partReader.ts';
import type { PinStore } from './pinStore.ts';
import { Retention, type RetentionLimits } from './retention.ts';
import { serviceListText } from './serviceList.ts';
import { SlowOperations, type SlowOperation } from './slowOperations.ts';
import { guarded, Statements, transaction, type Database } from './sqlite.ts';
import { announce, announced, type Announcement } from './announcement.ts';
import { pragma } from './schema.ts';
import { pageOf } from './summaryList.ts';
import type { SlowRule } from '../../protocol/messages.ts';
import { StoreError, type BuiltSummary, type IncomingRequest, type Pin, type StoredRow, type StoredTrace, type StorePage, type StoreQuery, type StoreSize, type TraceStore } from './traceStore.ts';
import { loadParts } from './traceLoader.ts';
import { TraceWriter } from './traceWriter.ts';
import { storeBytes } from './storeBytes.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  readonly db: Database;
  /** undefined: pins cannot be read; `pinsProblem` says why. */
  readonly pins: PinStore | undefined;
  readonly pinsProblem: string | undefined;
  readonly slow: SlowRule;
  readonly limits: RetentionLimits;
  readonly now: () => number;
  /** A statement found the file damaged. */
  readonly damaged?: (error: StoreError) => void;
}

export class SqliteStore implements TraceStore {
  readonly #options: SqliteStoreOptions;
  readonly #db: Database;
  readonly #pins: PinStore | undefined;
  readonly #slow: SlowOperations;
  readonly #reader: PartReader;
  readonly #statements: Statements;
  readonly #bySummary: StatementSync;
  #writer: TraceWriter | undefined;
  #retention: Retention | undefined;

  constructor(options: SqliteStoreOptions) {
    this.#options = options;
    this.#db = options.db;
    this.#pins = options.pins;
    this.#statements = new Statements(options.db);
    this.#db.function(LOWER, { deterministic: true }, (text) => String(text).toLowerCase());
    this.#slow = new SlowOperations(options.db, options.slow);
    this.#reader = new PartReader(options.db, options.pins);
    this.#bySummary = this.#statements.of(`SELECT ${SUMMARY_COLUMNS} FROM ${FROM_TRACE} WHERE t.trace_id = ?`, true);
  }

  list(query: StoreQuery): StorePage {
    return this.#guarded(() => {
      const known = this.#count([]);
      if (query.group === 'pinned') return { ...this.#listPinned(query), known };
      const conditions = filterConditions(query.group === 'errors' ? { ...query, errorsOnly: true } : query);
      const slow = query.group === 'slow' ? this.#slow.all() : undefined;
      if (slow !== undefined) conditions.push(slowCondition(slow));
      const where = whereOf([...conditions, ...pageCondition(query)]);
      const rows: Row[] = this.#statements.of(`SELECT ${SUMMARY_COLUMNS} FROM ${FROM_TRACE} ${where.sql} ${orderOf(query.sort)} LIMIT ?`, true).all(...where.values, query.limit + 1);
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      const usual = new Map(slow?.map(({ operation, medianNs }) => [operation, medianNs]));
      return {
        traces: page.map((row) => this.#stored(summaryOfRow(row), usual.get(Number(row['operation'])))),
        total: conditions.length === 0 ? known : this.#count(conditions),
        known,
        next: rows.length > page.length && last !== undefined ? cursorAfter(query.sort, last) : undefined,
      };
    });
  }

  summary(traceId: string): TraceSummary | undefined {
    return this.#guarded(() => {
      const row = this.#bySummary.get(traceId);
      return row === undefined ? this.#pins?.all().get(traceId)?.summary : summaryOfRow(row);
    });
  }

  loadTrace(traceId: string, signal?: AbortSignal): Promise<StoredTrace | undefined> {
    return this.#reader.isStored(traceId) || this.#pins?.all().has(traceId) === true ? loadParts(this.#reader.source(traceId), signal) : Promise.resolve(undefined);
  }

  services(): readonly string[] {
    return this.#guarded(() => this.#statements.of('SELECT name FROM service ORDER BY name').all().map((row) => String(row['name'])));
  }

  operations(service: string): readonly string[] {
    return this.#guarded(() => this.#statements.of('SELECT name FROM operation WHERE service = ? ORDER BY name').all(service).map((row) => String(row['name'])));
  }

  cohort(rootService: string, rootName: string, limit: number): readonly string[] {
    const sql = `SELECT t.trace_id FROM trace t WHERE t.operation = (SELECT id FROM operation WHERE service = ? AND name = ?) ORDER BY +t.start DESC, t.id DESC LIMIT ?`;
    return this.#guarded(() => this.#statements.of(sql).all(rootService, rootName, limit).map((row) => String(row['trace_id'])));
  }

  pins(): readonly Pin[] {
    return [...(this.#pins?.all().values() ?? [])];
  }

  pinOf(traceId: string): Pin | undefined {
    return this.#pins?.all().get(traceId);
  }

  async pin(traceId: string, note: string, signal?: AbortSignal): Promise<boolean> {
    const pins = this.#usablePins();
    const summary = this.summary(traceId);
    if (summary === undefined) return false;
    await this.#copyToPins(pins, traceId, signal);
    pins.keep(this.summary(traceId) ?? summary, note, this.#options.now());
    return true;
  }

  unpin(traceId: string): boolean {
    return this.#usablePins().remove([traceId]) > 0;
  }

  deleteTraces(traceIds: readonly string[]): number {
    return this.#guarded(() => {
      const doom = this.#statements.of('INSERT OR IGNORE INTO doomed SELECT id FROM trace WHERE trace_id = ?');
      const remove = this.#statements.of('DELETE FROM trace WHERE trace_id = ?');
      const pinned = new Set(traceIds.filter((traceId) => this.#pins?.all().has(traceId) === true));
      const removed = new Set<string>(pinned);
      transaction(this.#db, () => {
        for (const traceId of traceIds) {
          doom.run(traceId);
          if (Number(remove.run(traceId).changes) > 0) removed.add(traceId);
        }
      });
      if (pinned.size > 0) this.#pins?.remove([...pinned]);
      return removed.size;
    });
  }

  size(): StoreSize {
    return this.#guarded(() => ({ traces: this.#count([]), bytes: storeBytes(this.#options.path) }));
  }

  write(requests: readonly IncomingRequest[]): readonly string[] {
    return this.#guarded(() => this.#writing().write(requests, this.#options.now()));
  }

  saveSummaries(built: readonly BuiltSummary[]): number {
    return this.#guarded(() => transaction(this.#db, () => built.filter((one) => this.#saveSummary(one)).length));
  }

  partCount(traceId: string): number {
    return this.#guarded(() => Number(this.#statements.of('SELECT parts FROM trace WHERE trace_id = ?').get(traceId)?.['parts'] ?? 0));
  }

  provisional(after: number, limit: number): { readonly traceIds: readonly string[]; readonly next: number | undefined } {
    return this.#guarded(() => {
      const rows = this.#statements.of('SELECT id, trace_id, provisional FROM trace WHERE id > ? ORDER BY id LIMIT ?').all(after, limit);
      const last = rows.at(-1);
      return { traceIds: rows.filter((row) => row['provisional'] === 1).map((row) => String(row['trace_id'])), next: last === undefined ? undefined : Number(last['id']) };
    });
  }

  maintain(nowMs: number): boolean {
    return this.#guarded(() => (this.#retention ??= new Retention(this.#db, this.#options.path, this.#options.limits)).step(nowMs, () => this.#writer?.forget()));
  }

  /** Changes when another connection has committed. */
  dataVersion(): number {
    return this.#guarded(() => pragma(this.#db, 'data_version'));
  }

  announce(announcement: Announcement): void {
    this.#guarded(() => announce(this.#db, announcement));
  }

  announced(): Announcement {
    return this.#guarded(() => announced(this.#db));
  }

  /** Traces with parts after the one named, and the last part there is. */
  tracesSince(part: number, limit: number): { readonly traceIds: readonly string[]; readonly last: number } {
    return this.#guarded(() => {
      const last = Number(this.#statements.of('SELECT max(id) AS n FROM part').get()?.['n'] ?? 0);
      const sql = 'SELECT DISTINCT t.trace_id FROM (SELECT trace FROM part WHERE id > ? ORDER BY id DESC LIMIT ?) p JOIN trace t ON t.id = p.trace';
      return { traceIds: last <= part ? [] : this.#statements.of(sql).all(part, limit).map((row) => String(row['trace_id'])), last };
    });
  }

  close(): void {
    this.#pins?.close();
    this.#db.close();
  }

  #writing(): TraceWriter {
    return (this.#writer ??= new TraceWriter(this.#db));
  }

  #saveSummary({ summary, parts }: BuiltSummary): boolean {
    const { startUnixNano, durationNs, rootService, rootName, spans, errors, services, traceId } = summary;
    const operation = this.#writing().operationId(rootService, rootName);
    const saved = this.#statements
      .of('UPDATE trace SET start = ?, end = ?, duration = ?, operation = ?, spans = ?, errors = ?, services = ?, counts = ?, provisional = 0 WHERE trace_id = ? AND parts = ?')
      .run(
        orderedOfNanos(startUnixNano), orderedOfNanos(startUnixNano + durationNs), Number(durationNs), operation, spans, errors,
        serviceListText(services), countsText(summary), traceId, parts,
      );
    return Number(saved.changes) > 0;
  }

  #guarded<T>(work: () => T): T {
    try {
      return guarded(this.#options.path, work);
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'damaged') this.#options.damaged?.(error);
      throw error;
    }
  }

  #stored(summary: TraceSummary, usualNs: number | undefined): StoredRow {
    const pin = this.#pins?.all().get(summary.traceId);
    return { summary, usualNs, pinned: pin !== undefined, note: pin?.note ?? '' };
  }

  #count(conditions: readonly SqlCondition[]): number {
    const where = whereOf(conditions);
    return Number(this.#statements.of(`SELECT count(*) AS n FROM trace t ${where.sql}`).get(...where.values)?.['n'] ?? 0);
  }

  #listPinned(query: StoreQuery): Omit<StorePage, 'known'> {
    const pins = this.#pins?.all();
    if (pins === undefined) return { traces: [], total: 0 };
    const summaries = [...pins.values()].map((pin) => {
      const row = this.#bySummary.get(pin.traceId);
      return row === undefined ? pin.summary : summaryOfRow(row);
    });
    const page = pageOf(summaries, query);
    return { traces: page.summaries.map((summary) => this.#stored(summary, undefined)), total: page.total, next: page.next };
  }

  async #copyToPins(pins: PinStore, traceId: string, signal: AbortSignal | undefined): Promise<void> {
    for (let after = 0; ; ) {
      signal?.throwIfAborted();
      const { requests, last } = this.#reader.wholeRequests(traceId, after, 4 << 20);
      if (last === undefined) return;
      pins.addParts(traceId, requests);
      after = last;
      await nextTurn();
    }
  }

  #usablePins(): PinStore {
    if (this.#pins === undefined) throw new StoreError('io', this.#options.pinsProblem ?? 'Pins cannot be kept: their file could not be opened.');
    return this.#pins;
  }
}

function slowCondition(slow: readonly SlowOperation[]): SqlCondition {
  const limits = JSON.stringify(slow.map(({ operation, limitNs }) => ({ o: operation, d: limitNs })));
  return { sql: `t.id IN (SELECT s.id FROM json_each(?) j JOIN trace s ON s.operation = j.value ->> 'o' AND s.duration > j.value ->> 'd')`, values: [limits] };
}
