// The database as a TraceStore: one connection of this process. The owner writes what arrives (traceWriter.ts) and keeps the size
// (retention.ts); every process lists, loads, pins and deletes. Must not know who listens on which port.
import type { TraceSummary } from '../../model/summary.ts';
import { announce, announced, type Announcement } from './announcement.ts';
import { EventParts } from './eventParts.ts';
import { Pacer } from './pacer.ts';
import { PartReader } from './partReader.ts';
import type { PinAccess } from './pinAccess.ts';
import { StoredRemotePins, type RemotePins } from './remotePins.ts';
import { Retention, type RetentionLimits } from './retention.ts';
import { pragma } from './schema.ts';
import { guarded, transaction, type Database } from './sqlite.ts';
import { isLogHeld, storeBytes } from './storeBytes.ts';
import { pageOf } from './summaryList.ts';
import { loadParts, markedEvents } from './traceLoader.ts';
import type { TraceQueries } from './traceQueries.ts';
import { StoreError, type BuiltSummary, type IncomingRequest, type Pin, type StoredTrace, type StorePage, type StoreQuery, type StoreSize, type TraceStore } from './traceStore.ts';
import { TraceWriter } from './traceWriter.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  readonly db: Database;
  readonly queries: TraceQueries;
  readonly pins: PinAccess;
  readonly limits: RetentionLimits;
  readonly now: () => number;
  /** A statement found the file damaged. */
  readonly damaged: (error: StoreError) => void;
}

/** Read at once when parts are copied to a pin. */
const COPY_BYTES = 2 << 20;

export class SqliteStore implements TraceStore {
  readonly #options: SqliteStoreOptions;
  readonly #db: Database;
  readonly #queries: TraceQueries;
  readonly #pins: PinAccess;
  readonly #reader: PartReader;
  readonly #events: EventParts;
  #writer: TraceWriter | undefined;
  #retention: Retention | undefined;
  #remotePins: RemotePins | undefined;
  #seen = '';
  #logHeld = false;
  #closed = false;

  constructor(options: SqliteStoreOptions) {
    this.#options = options;
    this.#db = options.db;
    this.#queries = options.queries;
    this.#pins = options.pins;
    this.#reader = new PartReader(options.db, options.pins);
    this.#events = new EventParts(options.db);
  }

  get remotePins(): RemotePins {
    return (this.#remotePins ??= new StoredRemotePins(this.#pins, this.#options.now));
  }

  get problem(): string | undefined {
    return this.#pins.problem;
  }

  list(query: StoreQuery): StorePage {
    return this.#guarded(() => {
      const pins = this.#pins.all();
      const known = this.#queries.count();
      const found = query.group === 'pinned' ? this.#pinned(query) : this.#queries.page(query);
      const traces = found.rows.map(({ summary, usualNs }) => {
        const pin = pins.get(summary.traceId);
        return { summary, usualNs, pinned: pin !== undefined, note: pin?.note ?? '' };
      });
      return { traces, total: found.total, known, next: found.next };
    });
  }

  summary(traceId: string): TraceSummary | undefined {
    return this.#guarded(() => this.#queries.summary(traceId)) ?? this.#pins.all().get(traceId)?.summary;
  }

  async loadTrace(traceId: string, signal?: AbortSignal): Promise<StoredTrace | undefined> {
    try {
      const key = this.#guarded(() => this.#reader.key(traceId));
      const pinned = this.#pins.all().has(traceId);
      if (key === undefined && !pinned) return undefined;
      const source = this.#reader.source(traceId);
      const { batches, notes } = await loadParts({
        read: (after, bytes) => this.#guarded(() => source.read(after, bytes)),
        pinned: (after, bytes) => this.#guarded(() => source.pinned(after, bytes)),
        message: (id) => this.#guarded(() => source.message(id)),
        events: () => this.#guarded(() => this.#events.of(traceId)),
      }, signal);
      const went = !pinned && this.#guarded(() => this.#reader.key(traceId)) !== key;
      return { batches, notes: went ? [...notes, 'This trace was removed from the store while it was read: some of it may be missing.'] : notes };
    } catch (error) {
      throw this.#closed ? new StoreError('io', 'The store was closed while the trace was read: open it again.') : error;
    }
  }

  services(): readonly string[] {
    return this.#guarded(() => this.#queries.services());
  }

  operations(service: string): readonly string[] {
    return this.#guarded(() => this.#queries.operations(service));
  }

  cohort(rootService: string, rootName: string, limit: number): readonly string[] {
    return this.#guarded(() => this.#queries.cohort(rootService, rootName, limit));
  }

  pins(): readonly Pin[] {
    return [...this.#pins.all().values()].filter(({ key }) => key === undefined);
  }

  pinOf(traceId: string): Pin | undefined {
    return this.#pins.all().get(traceId);
  }

  async pin(traceId: string, note: string, signal?: AbortSignal): Promise<boolean> {
    let kept = this.#pins.forWriting().all().has(traceId);
    try {
      await this.#copyToPins(traceId, signal);
      const summary = this.summary(traceId);
      if (summary === undefined) return false;
      this.#pins.forWriting().keep(summary, note, this.#options.now());
      kept = true;
      return true;
    } finally {
      // Cancelled, or deleted meanwhile: what was copied is nobody's.
      if (!kept) this.#pins.read((pins) => pins.remove([traceId]));
    }
  }

  unpin(traceId: string): boolean {
    return this.#pins.forWriting().remove([traceId]) > 0;
  }

  deleteTraces(traceIds: readonly string[]): number {
    const pinned = traceIds.filter((traceId) => this.#pins.all().has(traceId));
    const removed = new Set(pinned);
    this.#guarded(() => {
      // Parts are removed by the owner, step by step (retention.ts).
      const doom = this.#db.prepare('INSERT OR IGNORE INTO doomed SELECT id FROM trace WHERE trace_id = ?');
      const remove = this.#db.prepare('DELETE FROM trace WHERE trace_id = ?');
      transaction(this.#db, () => {
        for (const traceId of traceIds) {
          doom.run(traceId);
          this.#events.remove(traceId);
          if (Number(remove.run(traceId).changes) > 0) removed.add(traceId);
        }
      });
    });
    if (pinned.length > 0) this.#pins.forWriting().remove(pinned);
    return removed.size;
  }

  size(): StoreSize {
    return this.#guarded(() => ({ traces: this.#queries.count(), bytes: storeBytes(this.#options.path) }));
  }

  write(requests: readonly IncomingRequest[]): readonly string[] {
    if (this.#logHeld) throw new StoreError('full', `${this.#options.path}-wal cannot be written back and has grown too large: another program holds an old state of the database open (a database browser?); close it.`);
    const provisional = this.#guarded(() => this.#writing().write(requests, this.#options.now()));
    const pins = this.#pins.all();
    if (pins.size === 0) return provisional;
    // What comes for a pinned trace belongs to its pin too, though the summary be exact.
    const pinned = requests.flatMap(({ parts }) => parts.map(({ traceId }) => traceId)).filter((traceId) => pins.has(traceId));
    return [...new Set([...provisional, ...pinned])];
  }

  saveSummaries(built: readonly BuiltSummary[]): number {
    return this.#guarded(() => this.#writing().saveSummaries(built));
  }

  async refreshPin(traceId: string): Promise<void> {
    if (!this.#pins.all().has(traceId)) return;
    await this.#copyToPins(traceId, undefined);
    const summary = this.#closed ? undefined : this.summary(traceId);
    if (summary === undefined) return;
    const pins = this.#pins.forWriting();
    // Unpinned while it was copied: it stays so, and what was copied goes.
    if (!pins.update(summary)) pins.remove([traceId]);
  }

  partCount(traceId: string): number {
    return this.#guarded(() => this.#queries.partCount(traceId));
  }

  provisional(after: number, limit: number): { readonly traceIds: readonly string[]; readonly next: number | undefined } {
    return this.#guarded(() => this.#queries.provisional(after, limit));
  }

  maintain(nowMs: number): boolean {
    return this.#guarded(() => {
      this.#logHeld = isLogHeld(this.#db, this.#options.path, this.#options.limits.maxBytes);
      this.#retention ??= new Retention(this.#db, this.#options.limits, () => this.#writer?.forget(), this.#events);
      return this.#retention.step(nowMs);
    });
  }

  changedElsewhere(): boolean {
    const version = `${this.#guarded(() => pragma(this.#db, 'data_version'))} ${this.#pins.read((pins) => pins.dataVersion()) ?? ''}`;
    const changed = this.#seen !== version;
    this.#seen = version;
    return changed;
  }

  announce(announcement: Announcement): void {
    this.#guarded(() => announce(this.#db, announcement));
  }

  announced(): Announcement {
    return this.#guarded(() => announced(this.#db));
  }

  /** Traces with parts after the one named, and the last part there is. */
  tracesSince(part: number, limit: number): { readonly traceIds: readonly string[]; readonly last: number } {
    return this.#guarded(() => this.#queries.since(part, limit));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pins.close();
    this.#db.close();
  }

  #writing(): TraceWriter {
    return (this.#writer ??= new TraceWriter(this.#db));
  }

  #guarded<T>(work: () => T): T {
    if (this.#closed) throw new StoreError('io', 'The store is closed.');
    try {
      return guarded(this.#options.path, work);
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'damaged') this.#options.damaged(error);
      throw error;
    }
  }

  #pinned(query: StoreQuery): ReturnType<TraceQueries['page']> {
    const summaries = [...this.#pins.all().values()].filter(({ key }) => key === undefined).map((pin) => this.#queries.summary(pin.traceId) ?? pin.summary);
    const page = pageOf(summaries, query);
    return { rows: page.summaries.map((summary) => ({ summary, usualNs: undefined })), total: page.total, next: page.next };
  }

  async #copyToPins(traceId: string, signal: AbortSignal | undefined): Promise<void> {
    const pacer = new Pacer();
    for (let after = 0; ; ) {
      signal?.throwIfAborted();
      const { requests, last } = this.#guarded(() => this.#reader.wholeRequests(traceId, after, COPY_BYTES));
      if (last === undefined) break;
      this.#pins.forWriting().addParts(traceId, requests);
      after = last;
      await pacer.pause();
    }
    const { parts } = this.#guarded(() => this.#events.of(traceId));
    if (parts.length > 0) this.#pins.forWriting().addParts(traceId, parts.map(markedEvents));
  }
}
