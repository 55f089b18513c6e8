// The collector of one process: opens the store, competes for being its owner, and is owner (listens), reader (follows what the
// owner stores, takes over when it goes) or, without a database, a collector in memory. Used by the engine worker and by `serve`.
import { statSync } from 'node:fs';
import type { CollectorState } from '../../protocol/messages.ts';
import { withoutCredentials } from '../../protocol/typedAddress.ts';
import { MemoryStore } from '../store/memoryStore.ts';
import { setAside } from '../store/openDatabase.ts';
import { openStore, type OpenedStore } from '../store/openStore.ts';
import { Ownership } from '../store/ownership.ts';
import { loadSqlite, type Sqlite } from '../store/sqlite.ts';
import { ownerPath } from '../store/storePath.ts';
import type { SqliteStore } from '../store/sqliteStore.ts';
import type { ReadableStore, TraceStore } from '../store/traceStore.ts';
import { ChangeNotifier } from './changeNotifier.ts';
import { completeOptions, MEMORY_MAX_BYTES, type CollectorOptions } from './collectorOptions.ts';
import { OwnerSession } from './ownerSession.ts';
import { StoreFollower } from './storeFollower.ts';

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

/** How often a reader looks for changes, and for a free ownership. */
const POLL_MS = 200;
const CLAIM_MS = 500;
const MOST_POLL_MS = 60_000;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

class CollectorProcess implements Collector {
  readonly #options: ReturnType<typeof completeOptions>;
  readonly #notifier: ChangeNotifier;
  readonly #follower: StoreFollower;
  #sqlite: Sqlite | undefined;
  #ownership: Ownership | undefined;
  #session: OwnerSession | undefined;
  /** The session's store, and the same where it is a database. */
  #own: TraceStore | undefined;
  #database: SqliteStore | undefined;
  #role: CollectorState['role'] = 'starting';
  #problem: string | undefined;
  #port: number;
  #timer: NodeJS.Timeout | undefined;
  #told = '';
  #mending = false;
  /** How often the database was not the one any more that was opened. */
  #replaced = 0;
  #closed = false;

  constructor(options: CollectorOptions) {
    this.#options = completeOptions(options);
    this.#port = this.#options.port;
    this.#notifier = new ChangeNotifier(this.#options.tracesChanged);
    this.#follower = new StoreFollower({ path: this.#options.storePath, open: () => this.#openStore(false), changed: (traceIds) => this.#notifier.add(traceIds) });
  }

  get store(): ReadableStore | undefined {
    return this.#own ?? this.#follower.store;
  }

  get state(): CollectorState {
    return { ...this.#standing(), ...this.#size() };
  }

  async start(): Promise<void> {
    const { memory, storePath, host } = this.#options;
    if (!LOOPBACK.has(host)) this.#options.log('warn', `The collector listens on ${host}: other machines can send it traces.`);
    this.#sqlite = memory ? undefined : await loadSqlite();
    if (this.#sqlite === undefined) return this.#collectInMemory(memory ? undefined : 'This Node.js has no SQLite (22.13 and newer have it).');
    this.#ownership = new Ownership(this.#sqlite, storePath);
    await this.#compete();
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
    await this.#endSession();
    this.#follower.close();
    this.#notifier.close();
    this.#ownership?.release();
    this.#role = 'off';
  }

  async #compete(): Promise<void> {
    let owner: boolean;
    try {
      owner = this.#ownership!.tryAcquire();
    } catch (error) {
      return this.#collectInMemory(`${this.#options.storePath} cannot be used (${messageOf(error)}): choose another place with tracefall.store.path, or --db.`);
    }
    if (owner) await this.#becomeOwner();
    else this.#follow();
  }

  async #becomeOwner(): Promise<void> {
    const opened = this.#openStore(true);
    if (opened.kind !== 'open') {
      const reason = opened.kind === 'refused' ? opened.problem : `${this.#options.storePath} could not be made.`;
      return this.#collectInMemory(reason);
    }
    this.#problem = [this.#mending ? this.#problem : undefined, opened.problem].filter((problem) => problem !== undefined).join(' ') || undefined;
    this.#database = opened.store;
    await this.#startSession('owner', opened.store);
    this.#watchFiles();
  }

  #collectInMemory(problem: string | undefined): Promise<void> {
    if (problem !== undefined && this.#options.needsDatabase) return this.#fail(problem);
    this.#problem = problem === undefined ? undefined : `${problem} Traces are kept in memory and go with this process.`;
    return this.#startSession('memory', new MemoryStore({ maxBytes: Math.min(this.#options.maxStoreBytes, MEMORY_MAX_BYTES), slow: this.#options.slow, now: Date.now }));
  }

  async #fail(problem: string): Promise<void> {
    this.#role = 'failed';
    this.#problem = problem;
    this.#stateChanged();
  }

  async #startSession(role: 'owner' | 'memory', store: TraceStore): Promise<void> {
    this.#role = role;
    this.#own = store;
    this.#session = new OwnerSession({
      ...this.#options,
      port: this.#port,
      store,
      stateChanged: () => this.#stateChanged(),
      tracesChanged: (traceIds) => this.#notifier.add(traceIds),
    });
    await this.#session.start();
    this.#stateChanged();
  }

  async #endSession(): Promise<void> {
    await this.#session?.close();
    this.#announce({ endpoint: undefined, problem: undefined });
    this.#own?.close();
    this.#session = undefined;
    this.#own = undefined;
    this.#database = undefined;
    // Into the next database it is written anew.
    this.#told = '';
  }

  /** The file turned out to be damaged while in use: set it aside and go on with a new one. */
  #mend(found: string): Promise<void> {
    return this.#beginAnew(found, () => `The trace database was damaged and has been set aside as ${setAside(this.#options.storePath, new Date())}; a new one was started.`);
  }

  /** What is written into a file that was deleted or replaced goes nowhere, and whoever comes next takes the new one for free. */
  #watchFiles(): void {
    const { storePath } = this.#options;
    // undefined where the disk does not answer; that it is gone is an answer.
    const files = (): string | undefined => {
      try {
        return [storePath, ownerPath(storePath)].map((path) => statSync(path, { throwIfNoEntry: false })?.ino).join();
      } catch {
        return undefined;
      }
    };
    const opened = files();
    const look = (): void => {
      if (this.#closed || this.#role !== 'owner') return;
      if ((files() ?? opened) === opened) {
        // Some network disks number their files anew: the less often then.
        this.#timer = setTimeout(look, Math.min(MOST_POLL_MS, POLL_MS * 4 ** this.#replaced));
        return;
      }
      this.#replaced++;
      void this.#beginAnew(`${storePath} is not the file any more that was opened.`, () => {
        this.#ownership!.release();
        return 'The trace database was deleted or replaced while it was in use; what is there now is gone on with.';
      });
    };
    look();
  }

  async #beginAnew(found: string, prepare: () => string): Promise<void> {
    if (this.#mending || this.#closed || this.#role !== 'owner') return;
    this.#mending = true;
    clearTimeout(this.#timer);
    try {
      const port = this.#session?.listening.endpoint;
      if (port !== undefined) this.#port = Number(new URL(port).port);
      await this.#endSession();
      if (this.#closed) return;
      this.#problem = prepare();
      this.#options.log('error', `${found} ${this.#problem}`);
      await this.#compete();
    } catch (error) {
      await this.#collectInMemory(`${found} It could not be set aside (${messageOf(error)}): move it away by hand.`);
    } finally {
      this.#mending = false;
    }
  }

  /** Another process is the owner: show what it stores until it goes. */
  #follow(): void {
    this.#role = 'reader';
    this.#problem = undefined;
    let claimedAt = performance.now();
    let said = '';
    const poll = async (): Promise<void> => {
      try {
        if (performance.now() - claimedAt >= CLAIM_MS) {
          claimedAt = performance.now();
          if (this.#ownership!.tryAcquire()) return await this.#takeOver();
        }
        this.#follower.look();
        this.#stateChanged();
      } catch (error) {
        const failure = `The trace database could not be followed: ${messageOf(error)}`;
        if (failure !== said) this.#options.log('warn', failure);
        said = failure;
      }
      if (!this.#closed) this.#timer = setTimeout(() => void poll(), POLL_MS);
    };
    void poll();
  }

  /** Programs keep sending to where the last owner listened, so that port is taken over too. */
  async #takeOver(): Promise<void> {
    const { endpoint } = this.#follower.announcement;
    if (endpoint !== undefined) this.#port = Number(new URL(endpoint).port);
    this.#follower.close();
    await this.#becomeOwner();
  }

  #openStore(owner: boolean): OpenedStore {
    const { storePath, fullSync, slow, maxStoreBytes, maxAgeMs } = this.#options;
    return openStore(this.#sqlite!, {
      path: storePath, owner, fullSync, slow, maxBytes: maxStoreBytes, maxAgeMs, now: Date.now,
      damaged: ({ message }) => void setImmediate(() => void this.#mend(message)),
    });
  }

  #announce(announcement: { readonly endpoint: string | undefined; readonly problem: string | undefined }): void {
    try {
      this.#database?.announce(announcement);
    } catch (error) {
      this.#options.log('warn', `Other windows could not be told where the collector listens: ${messageOf(error)}`);
    }
  }

  #standing(): Omit<CollectorState, 'traces' | 'bytes'> {
    const listening = this.#session?.listening ?? { ...this.#follower.announcement, offeredPort: undefined };
    const grpc = this.#session?.grpc;
    const forwarding = this.#session?.forwarding;
    const url = withoutCredentials(this.#options.forwardTo ?? '');
    const sendingOn = forwarding?.problem === undefined ? undefined : `Sending on to ${url}: ${forwarding.problem}`;
    const following = this.#session === undefined ? this.#follower.problem : undefined;
    const database = this.#database ?? this.#follower.store;
    const problems = [this.#problem, following, this.#session?.storeProblem, database?.problem, listening.problem, sendingOn].filter((problem) => problem !== undefined);
    return {
      role: this.#role,
      endpoint: listening.endpoint,
      offeredPort: listening.offeredPort,
      ...(forwarding === undefined ? {} : { forwarding: { url, lost: forwarding.lost } }),
      ...(grpc?.endpoint === undefined ? {} : { grpcEndpoint: grpc.endpoint.replace('http://', '') }),
      ...(grpc?.problem === undefined ? {} : { grpcProblem: grpc.problem }),
      problem: problems.length === 0 ? undefined : problems.join(' '),
      storePath: database === undefined ? undefined : this.#options.storePath,
    };
  }

  /** Tells it where it is news; the owner tells other processes too. */
  #stateChanged(): void {
    if (this.#closed) return;
    const standing = this.#standing();
    const told = JSON.stringify(standing);
    if (told === this.#told) return;
    this.#told = told;
    this.#announce(standing);
    this.#options.stateChanged(this.state);
  }

  #size(): { readonly traces: number; readonly bytes: number } {
    try {
      return this.store?.size() ?? { traces: 0, bytes: 0 };
    } catch (error) {
      this.#options.log('warn', `The size of the store is not known: ${messageOf(error)}`);
      return { traces: 0, bytes: 0 };
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
