// Which backends there are: one line each. The embedded collector is the first connection and needs no configuration; every other is made
// of the user's settings. Must not know how any of them works.
import type { ConnectionConfig } from '../../protocol/connections.ts';
import type { ReadableStore } from '../store/traceStore.ts';
import { BackendError, type Backend } from './backend.ts';
import { cloudTrace } from './cloudTrace.ts';
import { clickhouse } from './clickhouse.ts';
import { collectorBackend } from './collector.ts';
import { elasticsearch } from './elasticsearch.ts';
import { files, OpenedFiles } from './files.ts';
import { jaeger } from './jaeger.ts';
import { langfuse } from './langfuse.ts';
import { phoenix } from './phoenix.ts';
import type { BackendKind } from './source.ts';
import { tempo } from './tempo.ts';
import { xray } from './xray.ts';
import { zipkin } from './zipkin.ts';

const KINDS: readonly BackendKind[] = [
  jaeger,
  zipkin,
  tempo,
  langfuse,
  phoenix,
  xray,
  cloudTrace,
  clickhouse,
  elasticsearch,
  files,
];

export const backendKinds = (): readonly BackendKind[] => KINDS;

/** Throws BackendError unsupported. */
export function kindOf(name: string): BackendKind {
  const kind = KINDS.find((known) => known.kind === name);
  if (kind !== undefined) return kind;
  throw new BackendError('unsupported', `There is no kind of connection ${JSON.stringify(name.slice(0, 60))}; there are ${KINDS.map((known) => known.kind).join(', ')}.`);
}

/** The connection of the embedded collector. */
export const COLLECTOR = 'collector';
/** Files that were opened by themselves: a trace's scope is its file. */
export const OPENED_FILE = 'file';

/** What a backend may need of the engine. */
export interface BackendContext {
  /** The embedded collector's store as it is now; rejects with BackendError where there is none. */
  readonly store: () => Promise<ReadableStore>;
  /** Makes a configured connection's backend. */
  readonly connect: (config: ConnectionConfig) => ConnectedBackend;
}

export interface ConnectedBackend {
  readonly backend: Backend;
  /** Ends what it has open. */
  close(): Promise<void>;
}

/** One backend a connection, made on first use and again after its settings changed. */
export class Backends {
  readonly #context: BackendContext;
  readonly #collector: Backend;
  readonly openedFiles = new OpenedFiles();
  #configs: ReadonlyMap<string, ConnectionConfig> = new Map();
  readonly #made = new Map<string, ConnectedBackend>();

  constructor(context: BackendContext) {
    this.#context = context;
    this.#collector = collectorBackend(context.store);
  }

  /** `changed`: connections whose settings or secrets are others than before: what was made of them ends. */
  async configure(configs: readonly ConnectionConfig[], changed: (id: string) => boolean): Promise<void> {
    this.#configs = new Map(configs.map((config) => [config.id, config]));
    const ending = [...this.#made].filter(([id]) => !this.#configs.has(id) || changed(id));
    for (const [id] of ending) this.#made.delete(id);
    await Promise.all(ending.map(([, made]) => made.close()));
  }

  /** Throws BackendError unsupported for a connection nobody configured. */
  get(connection: string): Backend {
    if (connection === COLLECTOR) return this.#collector;
    if (connection === OPENED_FILE) return this.openedFiles.backend;
    const made = this.#made.get(connection);
    if (made !== undefined) return made.backend;
    const config = this.#configs.get(connection);
    if (config === undefined) throw new BackendError('unsupported', `There is no connection ${JSON.stringify(connection.slice(0, 60))} any more: it was removed, or the folder that brought it may not use it. Add it again to see its traces.`);
    const connected = this.#context.connect(config);
    this.#made.set(connection, connected);
    return connected.backend;
  }

  async close(): Promise<void> {
    await this.configure([], () => true);
  }
}
