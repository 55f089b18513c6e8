// Writes what arrives, for the one owner: parts, provisional summaries, dictionaries; all requests of a batch in one transaction.
// Most traces of a batch are new, so they are inserted first and looked up only when that was refused.
import type { StatementSync } from 'node:sqlite';
import { encodeEvents } from '../../formats/spanEvents.ts';
import { EventParts } from './eventParts.ts';
import { MessageDictionary } from './messageDictionary.ts';
import { nanosOfOrdered, orderedOfNanos } from './orderedNanos.ts';
import { encodePart } from './partBytes.ts';
import { mergeProvisional, provisionalOf, type Provisional } from './provisional.ts';
import { QuickSummarizer } from './quickSummary.ts';
import { countsText, type Counts } from './summaryCounts.ts';
import { serviceListText, serviceNames } from './serviceList.ts';
import { OperationTable, ServiceTable } from './nameTables.ts';
import type { Database } from './sqlite.ts';
import { transaction } from './sqlite.ts';
import type { BuiltSummary, IncomingRequest } from './traceStore.ts';

export class TraceWriter {
  readonly #db: Database;
  readonly #quick = new QuickSummarizer();
  readonly #events: EventParts;
  readonly #messages: MessageDictionary;
  readonly #operations: OperationTable;
  readonly #services: ServiceTable;
  readonly #insertTrace: StatementSync;
  readonly #findTrace: StatementSync;
  readonly #updateTrace: StatementSync;
  readonly #insertPart: StatementSync;
  readonly #saveBuilt: StatementSync;
  #nextTrace: number;
  #nextPart: number;

  constructor(db: Database) {
    this.#db = db;
    this.#events = new EventParts(db);
    this.#messages = new MessageDictionary(db);
    this.#operations = new OperationTable(db);
    this.#services = new ServiceTable(db);
    this.#insertTrace = db.prepare(`
      INSERT INTO trace (id, trace_id, start, end, duration, operation, spans, errors, provisional, parts, bytes, created, root_rank, root_start, services, counts)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT (trace_id) DO NOTHING`);
    this.#findTrace = db.prepare(`
      SELECT t.id, t.start, t.end, t.spans, t.errors, t.root_rank, t.root_start, t.services, o.service, o.name
      FROM trace t JOIN operation o ON o.id = t.operation WHERE t.trace_id = ?`);
    this.#findTrace.setReadBigInts(true);
    this.#updateTrace = db.prepare(`
      UPDATE trace SET start = ?, end = ?, duration = ?, operation = ?, spans = ?, errors = ?, provisional = 1, parts = parts + 1,
        bytes = bytes + ?, root_rank = ?, root_start = ?, services = ?, counts = NULL WHERE id = ?`);
    this.#insertPart = db.prepare('INSERT INTO part (id, trace, bytes) VALUES (?, ?, ?)');
    this.#saveBuilt = db.prepare(`
      UPDATE trace SET start = ?, end = ?, duration = ?, operation = ?, spans = ?, errors = ?, services = ?, counts = ?, provisional = 0
      WHERE trace_id = ? AND parts = ?`);
    const highest = (sql: string): number => Number(db.prepare(sql).get()?.['n'] ?? 0);
    this.#nextTrace = 1 + Math.max(highest('SELECT max(id) AS n FROM trace'), highest('SELECT max(trace) AS n FROM doomed'), highest('SELECT max(trace) AS n FROM part'));
    this.#nextPart = 1 + highest('SELECT max(id) AS n FROM part');
  }

  /** Answers the traces whose summaries are provisional. */
  write(requests: readonly IncomingRequest[], nowMs: number): string[] {
    const provisional: string[] = [];
    try {
      transaction(this.#db, () => {
        for (const request of requests) {
          this.#writeRequest(request, nowMs, provisional);
          for (const trace of request.events ?? []) this.#events.add(trace.traceId, encodeEvents(trace.events), nowMs);
        }
      });
      return provisional;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** All in one transaction. Answers how many were replaced: not those with more parts by now. */
  saveSummaries(built: readonly BuiltSummary[]): number {
    try {
      return transaction(this.#db, () => built.filter((one) => this.#saveSummary(one)).length);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** What is remembered of dictionary rows: after a rollback, or when rows were removed. */
  forget(): void {
    this.#messages.forget();
    this.#operations.forget();
    this.#services.forget();
  }

  #saveSummary({ summary, parts }: BuiltSummary): boolean {
    const { startUnixNano, durationNs, rootService, rootName, spans, errors, services, traceId } = summary;
    const saved = this.#saveBuilt.run(
      orderedOfNanos(startUnixNano), orderedOfNanos(startUnixNano + durationNs), Number(durationNs), this.#operations.idOf(rootService, rootName), spans, errors,
      serviceListText(services), countsText(summary), traceId, parts,
    );
    return Number(saved.changes) > 0;
  }

  #writeRequest({ batch, parts }: IncomingRequest, nowMs: number, provisional: string[]): void {
    const body = ({ offset, length }: { readonly offset: number; readonly length: number }): Uint8Array => batch.bytes.subarray(offset, offset + length);
    const resourceIds = batch.resources.map((resource) => this.#messages.idOf(body(resource), this.#nextPart));
    const scopeIds = batch.scopes.map((scope) => this.#messages.idOf(body(scope), this.#nextPart));
    for (const { service } of batch.resources) this.#services.see(service, this.#nextPart);
    for (const { traceId, selections } of parts) {
      if (traceId === '') continue;
      for (const selection of selections) {
        if (selection.batch.count === 0) continue;
        const bytes = encodePart(selection, resourceIds, scopeIds);
        const whole = selections.length === 1 ? this.#quick.summarize(selection) : undefined;
        const trace = this.#writeTrace(traceId, whole ?? provisionalOf(selection), whole?.counts, bytes.length, nowMs, provisional);
        this.#insertPart.run(this.#nextPart++, trace, bytes);
      }
    }
  }

  /** `counts`: what came is a whole trace, and its exact summary unless there were parts of it before. */
  #writeTrace(traceId: string, added: Provisional, counts: Counts | undefined, bytes: number, nowMs: number, provisional: string[]): number {
    const id = this.#nextTrace;
    const p = added;
    const inserted = this.#insertTrace.run(
      id, traceId, orderedOfNanos(p.start), orderedOfNanos(p.end), Number(p.end - p.start), this.#operations.idOf(p.rootService, p.rootName),
      p.spans, p.errors, counts === undefined ? 1 : 0, bytes, nowMs, p.rootRank, orderedOfNanos(p.rootStart), serviceListText(p.services), counts === undefined ? null : countsText(counts),
    );
    if (inserted.changes !== 0) {
      if (counts === undefined) provisional.push(traceId);
      this.#nextTrace++;
      return id;
    }
    provisional.push(traceId);
    const row = this.#findTrace.get(traceId)!;
    const known: Provisional = {
      start: nanosOfOrdered(row['start'] as bigint),
      end: nanosOfOrdered(row['end'] as bigint),
      spans: Number(row['spans']),
      errors: Number(row['errors']),
      services: serviceNames(row['services'] as string),
      rootService: row['service'] as string,
      rootName: row['name'] as string,
      rootRank: row['root_rank'] === 2n ? 2 : 1,
      rootStart: nanosOfOrdered(row['root_start'] as bigint),
    };
    const m = mergeProvisional(known, added);
    this.#updateTrace.run(
      orderedOfNanos(m.start), orderedOfNanos(m.end), Number(m.end - m.start), this.#operations.idOf(m.rootService, m.rootName), m.spans, m.errors,
      bytes, m.rootRank, orderedOfNanos(m.rootStart), serviceListText(m.services), row['id'] as bigint,
    );
    return Number(row['id']);
  }
}
