// The host's end of the engine: starts it when first asked, gives its calls and events, starts a dead one again.
// Pending calls of a dead engine reject; calls made while it restarts wait for the new one. The third death within a minute stops it.
import type { CollectorState, EditorMethods, EngineConfig, EngineEvents, EngineMethods } from '../protocol/messages.ts';
import { patiently } from '../protocol/patience.ts';
import { Rpc, RpcError, type Handlers } from '../protocol/rpc.ts';
import { Signal } from './disposables.ts';
import type { EngineThread, LaunchEngine } from './engineThread.ts';
import { hostFetch } from './hostFetch.ts';

type EngineRpc = Rpc<EditorMethods, EngineMethods, EngineEvents, Record<never, never>>;
type Params<K extends keyof EngineMethods> = EngineMethods[K]['params'];
type Result<K extends keyof EngineMethods> = EngineMethods[K]['result'];

export type EngineStatus =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'running' }
  | { readonly kind: 'restarting'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

export interface EngineClientOptions {
  readonly launch: LaunchEngine;
  /** Read anew for every engine that starts. */
  readonly config: () => EngineConfig;
  /** The configured connections with their secrets, read anew for every engine that starts; undefined: none. */
  readonly connections?: () => Promise<Params<'setConnections'> | undefined>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly now?: () => number;
  /** ms before the first and the second restart. */
  readonly restartDelaysMs?: readonly number[];
}

/** What the engine may ask of the editor. */
const EDITOR: Handlers<EditorMethods> = { hostFetch };
const DEATHS_ALLOWED = 3;
const DEATH_WINDOW_MS = 60_000;
const RESTART_DELAYS_MS = [50, 500];
const CALL_TIMEOUT_MS = 30_000;
const SHUTDOWN_MS = 4000;

const OFF: CollectorState = { role: 'off', endpoint: undefined, offeredPort: undefined, problem: undefined, storePath: undefined, traces: 0, bytes: 0 };

export class EngineClient {
  readonly onStatus = new Signal<EngineStatus>();
  readonly onCollectorState = new Signal<CollectorState>();
  readonly onConnectionState = new Signal<EngineEvents['connectionState']>();
  readonly onTracesChanged = new Signal<EngineEvents['tracesChanged']>();
  /** A new engine runs after one died: whatever was opened in the old one must be opened again. */
  readonly onRestarted = new Signal<void>();
  readonly #options: EngineClientOptions;
  readonly #deaths: number[] = [];
  #status: EngineStatus = { kind: 'stopped' };
  #collector: CollectorState = OFF;
  #thread: EngineThread | undefined;
  #rpc: EngineRpc | undefined;
  #ready: Promise<EngineRpc> | undefined;
  #restartTimer: { readonly timer: NodeJS.Timeout; readonly cancel: () => void } | undefined;
  #collectorWanted = false;
  /** The offered port, accepted: for as long as the configured one is the same. */
  #port: number | undefined;
  #configuredPort: number | undefined;
  #connecting: Promise<void> = Promise.resolve();
  /** The running engine knows of connections. */
  #connected = false;
  #disposed = false;

  constructor(options: EngineClientOptions) {
    this.#options = options;
  }

  get status(): EngineStatus {
    return this.#status;
  }

  get collector(): CollectorState {
    return this.#collector;
  }

  /** Starts the engine when it does not run. Rejects with RpcError; `code` is the engine's own error kind. */
  call<K extends keyof EngineMethods & string>(method: K, params: Params<K>, signal?: AbortSignal, timeoutMs = CALL_TIMEOUT_MS): Promise<Result<K>> {
    // Its time runs while the engine gets ready, too.
    return patiently(method, { signal, timeoutMs }, async (over) => {
      const rpc = await this.#running();
      // Whatever is asked after a change of the connections is answered by the changed ones.
      await this.#connecting;
      return (await rpc.call(method, params as never, over, 0)) as Result<K>;
    });
  }

  /** Opens the store and listens; again after every restart. `port`: the offered one, accepted. */
  async startCollector(port?: number): Promise<CollectorState> {
    const first = !this.#collectorWanted;
    this.#collectorWanted = true;
    const changed = port !== undefined && port !== this.#port;
    if (port !== undefined) this.#port = port;
    const fresh = this.#ready === undefined;
    const rpc = await this.#running();
    // Asked for again by hand: one that could not start may be able to now.
    const failed = this.#collector.role === 'failed';
    if (!fresh && (first || changed || failed)) this.#setCollector(await this.#startCollectorOf(rpc));
    return this.#collector;
  }

  /** Tells a running engine that the settings changed. */
  async reconfigure(): Promise<void> {
    if (this.#rpc === undefined) return;
    this.#setCollector(await this.#configure(await this.#running()));
  }

  /** Tells a running engine which connections there are now. */
  async reconnect(): Promise<void> {
    if (this.#rpc !== undefined) await this.#connect(await this.#running());
  }

  /** The button: forgets earlier deaths and starts anew; what still runs, or hangs, is ended first. */
  async restart(): Promise<void> {
    this.#deaths.length = 0;
    if (this.#thread !== undefined) {
      await this.#thread.terminate();
      await this.#running();
      return;
    }
    const failed = this.#status.kind === 'failed';
    if (failed) this.#ready = undefined;
    await this.#running();
    if (failed) this.onRestarted.fire();
  }

  /** Drains what was acknowledged, then ends the thread. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#restartTimer?.cancel();
    const { rpc, thread } = { rpc: this.#rpc, thread: this.#thread };
    if (rpc !== undefined) {
      await rpc.call('shutdown', {}, undefined, SHUTDOWN_MS).catch((error: unknown) => this.#options.log('warn', `The engine did not shut down cleanly: ${sentence(error)}`));
      rpc.dispose('Tracefall is shutting down.');
    }
    await thread?.terminate();
    this.#rpc = undefined;
    this.#thread = undefined;
  }

  #running(): Promise<EngineRpc> {
    if (this.#disposed) return Promise.reject(new RpcError('disposed', 'Tracefall is shutting down.'));
    if (this.#status.kind === 'failed' && this.#deaths.length >= DEATHS_ALLOWED) return Promise.reject(new RpcError('disposed', this.#status.why));
    this.#ready ??= this.#start();
    return this.#ready;
  }

  async #start(): Promise<EngineRpc> {
    const thread = this.#options.launch();
    this.#connected = false;
    const rpc: EngineRpc = new Rpc(thread.port, {
      handlers: EDITOR,
      events: {
        collectorState: (state) => this.#setCollector(state),
        connectionState: (state) => this.onConnectionState.fire(state),
        tracesChanged: (change) => this.onTracesChanged.fire(change),
        log: ({ level, message }) => this.#options.log(level, message),
      },
      onBadMessage: (what) => this.#options.log('warn', `The engine sent something unexpected: ${what}`),
    });
    this.#thread = thread;
    this.#rpc = rpc;
    thread.onEnd((why) => this.#onEnd(thread, rpc, why));
    try {
      this.#setCollector(await this.#configure(rpc));
    } catch (error) {
      // Of no use unconfigured; where it died of itself this changes nothing.
      if (this.#thread === thread) await thread.terminate();
      throw error;
    }
    const connecting = this.#connect(rpc);
    if (this.#collectorWanted) this.#setCollector(await this.#startCollectorOf(rpc));
    await connecting;
    this.#setStatus({ kind: 'running' });
    return rpc;
  }

  #configure(rpc: EngineRpc): Promise<CollectorState> {
    const config = this.#options.config();
    const isOther = this.#configuredPort !== undefined && config.port !== this.#configuredPort;
    if (isOther) this.#port = undefined;
    this.#configuredPort = config.port;
    return rpc.call('configure', config);
  }

  /** One change at a time, so that the last one stays; a failure leaves the engine as it was. */
  #connect(rpc: EngineRpc): Promise<void> {
    const { connections, log } = this.#options;
    if (connections === undefined) return Promise.resolve();
    this.#connecting = this.#connecting.then(async () => {
      try {
        const params = await connections();
        if (params !== undefined && (params.connections.length > 0 || this.#connected)) await rpc.call('setConnections', params);
        this.#connected = (params?.connections.length ?? 0) > 0;
      } catch (error) {
        if (!(error instanceof RpcError && error.kind === 'disposed')) log('error', `The connections could not be taken over: ${sentence(error)}`);
      }
    });
    return this.#connecting;
  }

  /** A collector that cannot start is a state to show, not the end of the engine. */
  async #startCollectorOf(rpc: EngineRpc): Promise<CollectorState> {
    try {
      return await rpc.call('startCollector', this.#port === undefined ? {} : { port: this.#port });
    } catch (error) {
      if (error instanceof RpcError && error.kind === 'disposed') throw error;
      return { ...OFF, role: 'failed', problem: `The collector could not be started: ${sentence(error)}` };
    }
  }

  #onEnd(thread: EngineThread, rpc: EngineRpc, why: string): void {
    if (this.#thread === thread) {
      this.#thread = undefined;
      this.#rpc = undefined;
      this.#ready = undefined;
    }
    rpc.dispose(`The engine stopped: ${why}.`);
    if (this.#disposed) return;
    const now = (this.#options.now ?? Date.now)();
    this.#deaths.push(now);
    while (this.#deaths[0] !== undefined && now - this.#deaths[0] > DEATH_WINDOW_MS) this.#deaths.shift();
    this.#options.log('error', `The engine stopped: ${why}.`);
    if (this.#deaths.length >= DEATHS_ALLOWED) {
      this.#setCollector(OFF);
      this.#setStatus({ kind: 'failed', why: `The engine stopped ${this.#deaths.length} times within a minute, the last time because ${why}. Restart it from the Tracefall view.` });
      return;
    }
    // Before anyone is told: a listener that throws must not be the end of it.
    this.#ready = this.#restartLater();
    this.#ready.then(() => this.onRestarted.fire(), (error: unknown) => this.#options.log('error', `The engine could not be restarted: ${sentence(error)}`));
    this.#setCollector(OFF);
    this.#setStatus({ kind: 'restarting', why });
  }

  #restartLater(): Promise<EngineRpc> {
    const delays = this.#options.restartDelaysMs ?? RESTART_DELAYS_MS;
    const delay = delays[Math.min(this.#deaths.length, delays.length) - 1] ?? 0;
    const waited = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, delay);
      this.#restartTimer = {
        timer,
        cancel: () => {
          clearTimeout(timer);
          reject(new RpcError('disposed', 'Tracefall is shutting down.'));
        },
      };
    });
    return waited.then(() => this.#start());
  }

  #setStatus(status: EngineStatus): void {
    this.#status = status;
    this.onStatus.fire(status);
  }

  #setCollector(state: CollectorState): void {
    this.#collector = state;
    this.onCollectorState.fire(state);
  }
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
