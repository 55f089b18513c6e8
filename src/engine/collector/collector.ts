// The collector of one process: opens the store, competes for being its owner, and is owner (listens), reader (follows what the
// owner stores, takes over when it goes) or, without a database, a collector in memory. Used by the engine worker and by `serve`.
import { statSync } from 'node:fs';
import type { CollectorState } from '../../protocol/messages.ts';
import { MemoryStore } from '../store/memoryStore.ts';
import { openStore } from '../store/openStore.ts';
import { Ownership } from '../store/ownership.ts';
import { loadSqlite, type Sqlite } from '../store/sqlite.ts';
import type { SqliteStore } from '../store/sqliteStore.ts';
import type { ReadableStore, TraceStore } from '../store/traceStore.ts';
import { ChangeNotifier } from './changeNotifier.ts';
import { completeOptions, MEMORY_MAX_BYTES, type CollectorOptions } from './collectorOptions.ts';
import type { ListenerState } from './listener.ts';
import { OwnerSession } from './ownerSession.ts';

export type { CollectorOptions } from './collectorOptions.ts';

export interface Collector {
  readonly state: CollectorState;
  /** Changes with the role; undefined while another process is about to make the database, and after close. */
  readonly store: ReadableStore | undefined;
  /** Listens on this port from now on: the offered one, accepted. */
  listen(port: number): Promise<CollectorState>;
  /** Drains what was acknowledged and frees everything. */
  close(): Promise<void>;
}

/** Resolves when the role is known and, for the owner, when it listens or knows why it cannot. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const collector = new CollectorProcess(options);
  await collector.start();
  return collector;
}

/** How often a reader looks for changes and for a free ownership. */
const POLL_MS = 200;
const CLAIM_MS = 500;
const NEWS_LIMIT = 5_000;

class CollectorProcess implements Collector {
  readonly #options: ReturnType<typeof completeOptions>;
  readonly #notifier: ChangeNotifier;
  #sqlite: Sqlite | undefined;
  #ownership: Ownership | undefined;
  #session: OwnerSession | undefined;
  #store: TraceStore | undefined;
  /** The store, where it is a database. */
  #database: SqliteStore | undefined;
  #role: CollectorState['role'] = 'starting';
  #problem: string | undefined;
  #announced: { readonly endpoint: string | undefined; readonly problem: string | undefined } = { endpoint: undefined, problem: undefined };
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #port: number;
  #seenVersion = -1;
  #seenPart = 0;
  #claimedAt = 0;
  #file = -1;

  constructor(options: CollectorOptions) {
    this.#options = completeOptions(options);
    this.#port = this.#options.port;
    this.#notifier = new ChangeNotifier(this.#options.tracesChanged);
  }

  get store(): ReadableStore | undefined {
    return this.#store;
  }

  get state(): CollectorState {
    const listening: ListenerState = this.#session?.listenerState ?? { ...this.#announced, offeredPort: undefined };
    const problems = [this.#problem, listening.problem].filter((problem) => problem !== undefined);
    return {
      role: this.#role,
      endpoint: listening.endpoint,
      offeredPort: listening.offeredPort,
      problem: problems.length === 0 ? undefined : problems.join(' '),
      storePath: this.#database === undefined ? undefined : this.#options.storePath,
      ...this.#size(),
    };
  }

  async start(): Promise<void> {
    this.#sqlite = this.#options.memory ? undefined : await loadSqlite();
    if (this.#sqlite === undefined) {
      return this.#collectInMemory(this.#options.memory ? undefined : 'This Node.js has no SQLite (22.13 or newer has), so traces are kept in memory until this window closes.');
    }
    this.#ownership = new Ownership(this.#sqlite, this.#options.storePath);
    let owner: boolean;
    try {
      owner = this.#ownership.tryAcquire();
    } catch (error) {
      return this.#collectInMemory(`${this.#options.storePath} cannot be used (${messageOf(error)}), so traces are kept in memory: choose another place with tracefall.store.path, or --db.`);
    }
    if (owner) await this.#own();
    else this.#follow();
  }

  async listen(port: number): Promise<CollectorState> {
    this.#port = port;
    await this.#session?.listen(port);
    return this.state;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#session?.close();
    if (this.#role === 'owner') this.#announce({ endpoint: undefined, problem: undefined });
    this.#notifier.close();
    this.#closeStore();
    this.#ownership?.release();
    this.#role = 'off';
  }

  async #own(): Promise<void> {
    const opened = openStore(this.#sqlite!, { ...this.#storeOptions(), owner: true });
    if (opened.kind !== 'open') return this.#collectInMemory(`${opened.kind === 'refused' ? opened.problem : 'The database could not be made.'} Until then traces are kept in memory.`);
    this.#problem = opened.problem;
    this.#useDatabase(opened.store);
    await this.#beOwner('owner', opened.store);
  }

  async #collectInMemory(problem: string | undefined): Promise<void> {
    this.#problem = problem;
    const store = new MemoryStore({ maxBytes: Math.min(this.#options.maxStoreBytes, MEMORY_MAX_BYTES), slow: this.#options.slow, now: Date.now });
    this.#store = store;
    await this.#beOwner('memory', store);
  }

  async #beOwner(role: 'owner' | 'memory', store: TraceStore): Promise<void> {
    this.#session = new OwnerSession({
      ...this.#options,
      port: this.#port,
      store,
      listening: (state) => {
        this.#announce(state);
        this.#stateChanged();
      },
      changed: (traceIds) => this.#notifier.add(traceIds),
    });
    this.#role = role;
    await this.#session.start();
    this.#stateChanged();
  }

  /** Another process is the owner: show what it stores until it goes. */
  #follow(): void {
    this.#role = 'reader';
    this.#claimedAt = performance.now();
    this.#look();
    this.#stateChanged();
    this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  async #poll(): Promise<void> {
    try {
      if (performance.now() - this.#claimedAt >= CLAIM_MS) {
        this.#claimedAt = performance.now();
        if (this.#ownership!.tryAcquire()) return await this.#takeOver();
      }
      this.#look();
    } catch (error) {
      this.#options.log('warn', `The trace database could not be followed: ${messageOf(error)}`);
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  /** What the owner has written since the last look. */
  #look(): void {
    const file = fileNumber(this.#options.storePath);
    if (this.#database !== undefined && file !== this.#file) this.#closeStore();
    if (this.#database === undefined) {
      const opened = openStore(this.#sqlite!, { ...this.#storeOptions(), owner: false });
      this.#problem = opened.kind === 'absent' ? undefined : opened.problem;
      if (opened.kind !== 'open') return;
      this.#useDatabase(opened.store);
      this.#seenPart = opened.store.tracesSince(0, 0).last;
    }
    const database = this.#database!;
    const version = database.dataVersion();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    const news = database.tracesSince(this.#seenPart, NEWS_LIMIT);
    this.#seenPart = news.last;
    this.#notifier.add(news.traceIds);
    const announced = database.announced();
    if (announced.endpoint === this.#announced.endpoint && announced.problem === this.#announced.problem) return;
    this.#announced = announced;
    this.#stateChanged();
  }

  /** Programs keep sending to where the last owner listened, so that port is taken over too. */
  async #takeOver(): Promise<void> {
    const endpoint = this.#announced.endpoint;
    const port = endpoint === undefined ? NaN : Number(new URL(endpoint).port);
    if (port > 0) this.#port = port;
    this.#announced = { endpoint: undefined, problem: undefined };
    this.#closeStore();
    await this.#own();
  }

  #storeOptions() {
    const { storePath, fullSync, slow, maxStoreBytes, maxAgeMs } = this.#options;
    return { path: storePath, fullSync, slow, maxBytes: maxStoreBytes, maxAgeMs, now: Date.now };
  }

  #useDatabase(store: SqliteStore): void {
    this.#database = store;
    this.#store = store;
    this.#file = fileNumber(this.#options.storePath);
    this.#seenVersion = -1;
  }

  #closeStore(): void {
    this.#store?.close();
    this.#store = undefined;
    this.#database = undefined;
  }

  #announce({ endpoint, problem }: Pick<ListenerState, 'endpoint' | 'problem'>): void {
    try {
      this.#database?.announce({ endpoint, problem });
    } catch (error) {
      this.#options.log('warn', `The endpoint could not be told to other windows: ${messageOf(error)}`);
    }
  }

  #stateChanged(): void {
    if (!this.#closed) this.#options.stateChanged(this.state);
  }

  #size(): { readonly traces: number; readonly bytes: number } {
    try {
      return this.#store?.size() ?? { traces: 0, bytes: 0 };
    } catch {
      return { traces: 0, bytes: 0 };
    }
  }
}

/** Tells a replaced file from the one that is open. */
const fileNumber = (path: string): number => statSync(path, { throwIfNoEntry: false })?.ino ?? -1;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
