// Which backends there are: one line each, by the kind of connection. Must not know how any of them works.
import type { ReadableStore } from '../store/traceStore.ts';
import { BackendError, type Backend } from './backend.ts';
import { collectorBackend } from './collector.ts';

/** What a backend may need of the engine. */
export interface BackendContext {
  /** The embedded collector's store as it is now; rejects with BackendError where there is none. */
  readonly store: () => Promise<ReadableStore>;
}

const BACKENDS: Readonly<Record<string, (context: BackendContext) => Backend>> = {
  collector: (context) => collectorBackend(context.store),
};

/** One backend a connection, made on first use. */
export class Backends {
  readonly #context: BackendContext;
  readonly #made = new Map<string, Backend>();

  constructor(context: BackendContext) {
    this.#context = context;
  }

  /** Throws BackendError unsupported for a connection nobody configured. */
  get(connection: string): Backend {
    const made = this.#made.get(connection);
    if (made !== undefined) return made;
    const make = Object.hasOwn(BACKENDS, connection) ? BACKENDS[connection] : undefined;
    if (make === undefined) throw new BackendError('unsupported', `There is no connection ${JSON.stringify(connection.slice(0, 60))}.`);
    const backend = make(this.#context);
    this.#made.set(connection, backend);
    return backend;
  }
}
