// The owner's server on its port. A port that is a stranger's is never passed by silently: the next free one is found and offered,
// and the wanted one is tried again until it is free. Must not know the store.
import { createServer } from 'node:net';

/** What listens: resolves with the port, rejects with EADDRINUSE when it is taken. */
export interface PortServer {
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

export interface ListenerState {
  readonly endpoint: string | undefined;
  readonly offeredPort: number | undefined;
  readonly problem: string | undefined;
}

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly makeServer: () => PortServer;
  readonly changed: () => void;
}

const RETRY_MS = 2_000;
const OFFERS = 64;

export class Listener {
  readonly #options: ListenerOptions;
  #server: PortServer | undefined;
  #state: ListenerState = { endpoint: undefined, offeredPort: undefined, problem: undefined };
  #port: number;
  #retry: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get state(): ListenerState {
    return this.#state;
  }

  /** Listens on the wanted port, or says why not and goes on trying. */
  start(port = this.#port): Promise<void> {
    clearTimeout(this.#retry);
    this.#port = port;
    // One at a time, or a second start would find the port taken by the first.
    this.#turn = this.#turn.then(() => this.#start(port));
    return this.#turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#turn;
    await this.#server?.close();
    this.#server = undefined;
  }

  async #start(port: number): Promise<void> {
    const before = this.#server;
    this.#server = undefined;
    await before?.close();
    // Another start was asked for meanwhile, or the end.
    if (this.#closed || this.#port !== port) return;
    const server = this.#options.makeServer();
    try {
      const listening = await server.listen(port);
      this.#server = server;
      this.#set({ endpoint: `http://${urlHost(this.#options.host)}:${listening}`, offeredPort: undefined, problem: undefined });
    } catch (error) {
      await this.#refused(port, error);
    }
  }

  async #refused(port: number, error: unknown): Promise<void> {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const taken = code === 'EADDRINUSE';
    const known = this.#state.offeredPort;
    const offeredPort = known !== undefined && known !== port ? known : taken || code === 'EACCES' ? await nextFreePort(this.#options.host, port + 1) : undefined;
    const reason = taken
      ? `Port ${port} is taken by another program (a Jaeger or an OpenTelemetry collector?)`
      : `Port ${port} cannot be listened on (${error instanceof Error ? error.message : String(error)})`;
    this.#set({ endpoint: undefined, offeredPort, problem: offeredPort === undefined ? `${reason}.` : `${reason}: stop it, or let the collector use port ${offeredPort}.` });
    // Where another port was asked for meanwhile, its own start follows.
    if (!this.#closed && this.#port === port) this.#retry = setTimeout(() => void this.start(), RETRY_MS);
  }

  #set(state: ListenerState): void {
    const known = this.#state;
    this.#state = state;
    if (known.endpoint !== state.endpoint || known.offeredPort !== state.offeredPort || known.problem !== state.problem) this.#options.changed();
  }
}

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

async function nextFreePort(host: string, from: number): Promise<number | undefined> {
  for (let port = Math.max(1024, from); port < Math.min(65_536, from + OFFERS); port++) if (await isFree(host, port)) return port;
  return undefined;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
