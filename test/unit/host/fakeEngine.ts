// An engine in this thread: the far end of a port with the handlers a test gives, that can be made to die.
import type { EngineEvents, EngineMethods } from '../../../src/protocol/messages.ts';
import type { Handlers, Port } from '../../../src/protocol/rpc.ts';
import { Rpc } from '../../../src/protocol/rpc.ts';
import type { EngineThread } from '../../../src/host/engineThread.ts';
import { collectorState } from './listedTraces.ts';

export type EngineHandlers = Partial<Handlers<EngineMethods>>;
type FarEnd = Rpc<EngineMethods, Record<never, never>, Record<never, never>, EngineEvents>;

/** Two ports that hear each other, a macrotask later, by structured clone, as threads do. */
export function portPair(): [Port, Port] {
  const listeners: [Set<(message: unknown) => void>, Set<(message: unknown) => void>] = [new Set(), new Set()];
  const port = (own: 0 | 1): Port => ({
    post: (message) => {
      const copy = structuredClone(message);
      setImmediate(() => listeners[own === 0 ? 1 : 0].forEach((listener) => listener(copy)));
    },
    listen: (listener) => {
      listeners[own].add(listener);
      return () => listeners[own].delete(listener);
    },
  });
  return [port(0), port(1)];
}

export class FakeEngine implements EngineThread {
  readonly port: Port;
  readonly far: FarEnd;
  readonly calls: string[] = [];
  terminated = false;
  #onEnd: ((why: string) => void) | undefined;

  constructor(handlers: EngineHandlers = {}) {
    const [near, far] = portPair();
    this.port = near;
    const all: EngineHandlers = { configure: () => collectorState({ role: 'off', endpoint: undefined }), startCollector: ({ port }) => collectorState({ endpoint: `http://127.0.0.1:${port ?? 4318}` }), shutdown: () => undefined, ...handlers };
    const counted = Object.fromEntries(
      Object.entries(all).map(([name, handler]) => [
        name,
        (params: never, signal: AbortSignal) => {
          this.calls.push(name);
          return (handler as (params: never, signal: AbortSignal) => unknown)(params, signal);
        },
      ]),
    );
    this.far = new Rpc(far, { handlers: counted as unknown as Handlers<EngineMethods>, events: {} });
  }

  onEnd(listener: (why: string) => void): void {
    this.#onEnd = listener;
  }

  die(why = 'it was killed'): void {
    this.far.dispose();
    this.#onEnd?.(why);
  }

  async terminate(): Promise<void> {
    this.terminated = true;
    this.#onEnd?.('it was terminated');
  }
}
