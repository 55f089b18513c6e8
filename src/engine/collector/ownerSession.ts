// What the owner does while it is one: listens, commits, makes summaries exact, keeps the size. Given a store that it may write; must
// not know how ownership was won.
import { Settler } from '../store/settler.ts';
import { StoreError, type IncomingRequest, type TraceStore } from '../store/traceStore.ts';
import type { CollectorEvents, ForwardOptions } from './collectorOptions.ts';
import { forwarderTo } from './forwardTransport.ts';
import { forwarding, type Forwarder, type ForwarderState } from './forwarder.ts';
import { GrpcServer } from './grpcServer.ts';
import { IngestQueue } from './ingestQueue.ts';
import { Listener, type ListenerState } from './listener.ts';
import { OtlpServer } from './otlpServer.ts';
import type { GuardRules } from './requestGuard.ts';
import { signalHandlers } from './signals.ts';

export interface OwnerOptions extends Omit<GuardRules, 'port'>, ForwardOptions {
  /** Base address of another OTLP/HTTP endpoint. */
  readonly forwardTo?: string;
  readonly store: TraceStore;
  readonly host: string;
  readonly port: number;
  /** Negative: gRPC is not served. */
  readonly grpcPort: number;
  readonly log: NonNullable<CollectorEvents['log']>;
  /** Listens somewhere else or no longer; can or cannot store. */
  readonly stateChanged: () => void;
  readonly tracesChanged: (traceIds: Iterable<string>) => void;
}

const QUEUE_BYTES = 64 << 20;
const MAINTAIN_MS = 250;
/** After so many stored bytes a step of upkeep is due at once, so that retention keeps up with any rate. */
const MAINTAIN_BYTES = 1 << 20;
const PROVISIONAL_PAGE = 2_000;

export class OwnerSession {
  readonly #options: OwnerOptions;
  readonly #queue: IngestQueue;
  readonly #listener: Listener;
  readonly #settler: Settler;
  readonly #grpc: Listener | undefined;
  readonly #forwarder: Forwarder | undefined;
  #maintenance: NodeJS.Timeout | undefined;
  #unmaintained = 0;
  #storeProblem: string | undefined;
  /** Of upkeep, which is tried four times a second. */
  #saidFailure = '';
  #closed = false;

  constructor(options: OwnerOptions) {
    this.#options = options;
    const { store, log } = options;
    this.#queue = new IngestQueue({
      maxBytes: QUEUE_BYTES,
      commit: (requests) => this.#commit(requests),
      committed: (requests, provisional) => this.#committed(requests, provisional),
    });
    this.#settler = new Settler({
      store,
      // Not the clock's time, which may be set back.
      now: () => performance.now(),
      settled: () => options.tracesChanged([]),
      failed: (error) => log('warn', `A summary could not be made exact: ${messageOf(error)}`),
    });
    this.#forwarder = forwarderTo(options);
    const own = signalHandlers({ queue: this.#queue, log: (message) => log('info', message) });
    const handlers = this.#forwarder === undefined ? own : forwarding(own, this.#forwarder);
    this.#listener = new Listener({
      host: options.host,
      port: options.port,
      makeServer: () => new OtlpServer({ ...options, handlers, queue: this.#queue }),
      changed: options.stateChanged,
    });
    if (options.grpcPort >= 0) this.#grpc = new Listener({ host: options.host, port: options.grpcPort, makeServer: () => new GrpcServer({ ...options, handlers, queue: this.#queue }), changed: options.stateChanged });
  }

  get listening(): ListenerState {
    return this.#listener.state;
  }

  /** Over gRPC; undefined where that is not served. */
  get grpc(): ListenerState | undefined {
    return this.#grpc?.state;
  }

  get forwarding(): ForwarderState | undefined {
    return this.#forwarder?.state;
  }

  /** Why spans cannot be stored at present, e.g. a full disk. */
  get storeProblem(): string | undefined {
    return this.#storeProblem;
  }

  async start(): Promise<void> {
    await this.#listener.start();
    // Its library takes a moment to load; nobody waits for it.
    void this.#grpc?.start();
    this.#maintain();
    void this.#settleLeftovers();
  }

  listen(port: number): Promise<void> {
    return this.#listener.start(port);
  }

  /** What was acknowledged is committed already; what is being received is answered first. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#maintenance);
    await Promise.all([this.#listener.close(), this.#grpc?.close()]);
    await Promise.all([this.#queue.drained(), this.#forwarder?.close()]);
    this.#settler.close();
  }

  #commit(requests: readonly IncomingRequest[]): readonly string[] {
    try {
      const provisional = this.#options.store.write(requests);
      this.#setStoreProblem(undefined);
      return provisional;
    } catch (error) {
      if (error instanceof StoreError && error.kind !== 'busy') this.#setStoreProblem(error.message);
      if (error instanceof StoreError && error.kind === 'full') this.#maintain();
      throw error;
    }
  }

  #committed(requests: readonly IncomingRequest[], provisional: readonly string[]): void {
    this.#settler.touched(provisional);
    for (const { batch, parts, events } of requests) {
      this.#options.tracesChanged([...parts, ...(events ?? [])].map(({ traceId }) => traceId));
      this.#unmaintained += batch.bytes.length;
    }
    if (this.#unmaintained >= MAINTAIN_BYTES) this.#maintain();
  }

  /** Small steps with a turn for others after each while there is something to do; else a look four times a second. */
  #maintain(): void {
    clearTimeout(this.#maintenance);
    if (this.#closed) return;
    this.#unmaintained = 0;
    let more = false;
    try {
      more = this.#options.store.maintain(Date.now());
      if (this.#options.store.changedElsewhere()) this.#options.tracesChanged([]);
      this.#saidFailure = '';
    } catch (error) {
      const failure = `Upkeep of the store failed: ${messageOf(error)}`;
      if (failure !== this.#saidFailure) this.#options.log('warn', failure);
      this.#saidFailure = failure;
    }
    this.#maintenance = setTimeout(() => this.#maintain(), more ? 1 : MAINTAIN_MS);
  }

  /** Summaries that an earlier owner left provisional. */
  async #settleLeftovers(): Promise<void> {
    try {
      for (let after: number | undefined = 0; after !== undefined && !this.#closed; ) {
        const page = this.#options.store.provisional(after, PROVISIONAL_PAGE);
        if (page.traceIds.length > 0) this.#settler.touched(page.traceIds);
        after = page.next;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      if (!this.#closed) this.#options.log('warn', `Summaries of an earlier run could not be read: ${messageOf(error)}`);
    }
  }

  #setStoreProblem(problem: string | undefined): void {
    if (this.#storeProblem === problem) return;
    this.#storeProblem = problem;
    this.#options.stateChanged();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
