// The engine as its caller sees it: every method of EngineMethods, put together from its parts. Owns the collector's life and the
// store that is read; must not know how it is reached (main.ts) nor what any method does with the store.
import { isDeepStrictEqual } from 'node:util';
import type { CollectorState, EngineConfig, EngineEvents, EngineMethods } from '../protocol/messages.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { Backends, COLLECTOR } from './backends/registry.ts';
import { startCollector, type Collector } from './collector/collector.ts';
import { headersOf } from './collector/forwardTransport.ts';
import { DEFAULT_CONFIG } from './defaultConfig.ts';
import { fileMethods } from './fileMethods.ts';
import { connectionMethods } from './connectionMethods.ts';
import { Connections } from './connections.ts';
import { listMethods, pinOf } from './listMethods.ts';
import { connectionTransport } from './network/connectionTransport.ts';
import type { AskHost } from './network/editorTransport.ts';
import { OpenTraces } from './openTraces.ts';
import { sendSampleTrace } from './sampleTrace.ts';
import { MemoryStore } from './store/memoryStore.ts';
import type { ReadableStore } from './store/traceStore.ts';
import { openReader, storePathOf } from './storeReader.ts';
import { loadFrom, traceMethods } from './traceMethods.ts';

export type Tell = <K extends keyof EngineEvents & string>(event: K, payload: EngineEvents[K]) => void;

const OFF: CollectorState = { role: 'off', endpoint: undefined, offeredPort: undefined, problem: undefined, storePath: undefined, traces: 0, bytes: 0 };

export class Engine {
  readonly handlers: Handlers<EngineMethods>;
  readonly #tell: Tell;
  readonly #traces: OpenTraces;
  readonly #connections: Connections;
  readonly #backends: Backends;
  #config: EngineConfig = DEFAULT_CONFIG;
  /** In the order they were asked for: one start, stop or change at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #collector: Collector | undefined;
  /** The offered port, accepted: for as long as the configured one is the same. */
  #acceptedPort: number | undefined;
  #reader: Promise<ReadableStore | undefined> | undefined;

  /** `askHost`: the editor's fetch, where there is an editor. */
  constructor(tell: Tell, askHost?: AskHost) {
    this.#tell = tell;
    this.#connections = new Connections({ transport: (config, network, secrets) => connectionTransport(config, network, secrets, { askHost }), slow: () => this.#config.slow, stateChanged: (state) => tell('connectionState', state), tracesChanged: (connection) => tell('tracesChanged', { connection, traceIds: [] }) });
    this.#backends = new Backends({ store: () => this.#openStore(), connect: (config) => this.#connections.connect(config) });
    const load = loadFrom(this.#backends, () => this.#openStore());
    this.#traces = new OpenTraces(load);
    this.handlers = {
      ...traceMethods({ traces: this.#traces, backends: this.#backends, load, pinOf: async (key) => pinOf(await this.#openStore(), key) }),
      ...listMethods({ backends: this.#backends, store: () => this.#openStore(), changed: (connection, traceIds) => tell('tracesChanged', { connection, traceIds }) }),
      ...connectionMethods({ backends: this.#backends, connections: this.#connections }),
      ...fileMethods(this.#backends.openedFiles),
      configure: (config) => this.#inTurn(() => this.#configure(config)),
      startCollector: ({ port }) => this.#inTurn(() => this.#start(port)),
      collectorState: () => this.#state(),
      sendSample: async (_params, signal) => ({ connection: COLLECTOR, traceId: await sendSampleTrace(this.#state().endpoint, signal) }),
      shutdown: () => this.#inTurn(() => this.#shutdown()),
    };
  }

  #state(): CollectorState {
    return this.#collector?.state ?? OFF;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #configure(config: EngineConfig): Promise<CollectorState> {
    if (isDeepStrictEqual(config, this.#config)) return this.#state();
    if (config.port !== this.#config.port) this.#acceptedPort = undefined;
    this.#config = config;
    // Not closed: something may be loading from it. It goes when that is done.
    this.#reader = undefined;
    if (this.#collector !== undefined) {
      await this.#stop();
      await this.#start(undefined);
    }
    return this.#state();
  }

  async #start(port: number | undefined): Promise<CollectorState> {
    this.#acceptedPort = port ?? this.#acceptedPort;
    if (this.#collector !== undefined) return port === undefined ? this.#state() : this.#collector.listen(port);
    this.#tell('collectorState', { ...OFF, role: 'starting' });
    try {
      this.#collector = await startCollector({
        ...this.#config,
        port: this.#acceptedPort ?? this.#config.port,
        transport: () => this.#connections.transportTo(this.#config.forwardTo ?? ''),
        forwardHeaders: headersOf(process.env['OTEL_EXPORTER_OTLP_HEADERS']),
        stateChanged: (state) => this.#tell('collectorState', state),
        tracesChanged: (traceIds) => this.#tell('tracesChanged', { connection: COLLECTOR, traceIds }),
        log: (level, message) => this.#tell('log', { level, message }),
      });
    } catch (error) {
      this.#tell('collectorState', { ...OFF, role: 'failed', problem: `The collector could not be started: ${error instanceof Error ? error.message : String(error)}` });
      throw error;
    }
    return this.#state();
  }

  async #stop(): Promise<void> {
    const collector = this.#collector;
    this.#collector = undefined;
    await collector?.close();
  }

  async #shutdown(): Promise<void> {
    this.#traces.closeAll();
    await this.#backends.close();
    await this.#stop();
    await this.#closeReader();
  }

  /** The collector's store while it runs, before that the database as others left it; where there is none, an empty one. */
  async #openStore(): Promise<ReadableStore> {
    await this.#turn;
    const running = this.#collector?.store;
    if (running !== undefined) return running;
    const read = this.#collector === undefined ? await this.#openReader() : undefined;
    return read ?? new MemoryStore({ maxBytes: 0, slow: this.#config.slow, now: Date.now });
  }

  async #openReader(): Promise<ReadableStore | undefined> {
    this.#reader ??= openReader(storePathOf(this.#config.storePath), this.#config.slow).then((opened) => {
      if (opened?.problem !== undefined) this.#tell('log', { level: 'warn', message: opened.problem });
      return opened?.store;
    });
    const opening = this.#reader;
    const forget = (): void => {
      if (this.#reader === opening) this.#reader = undefined;
    };
    try {
      const store = await opening;
      // Not there yet: look again next time.
      if (store === undefined) forget();
      return store;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #closeReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    const store = await reader?.catch(() => undefined);
    store?.close();
  }
}
