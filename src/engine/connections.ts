// The configured connections: settings and secrets in, backends out; what is known of each one's health. Owns the life of a connection's
// transport; must not know any system (registry.ts) nor where settings and secrets are kept.
import { isDeepStrictEqual } from 'node:util';
import type { ConnectionConfig, ConnectionSecrets, ConnectionState, NetworkConfig } from '../protocol/connections.ts';
import type { SlowRule } from '../protocol/messages.ts';
import { BackendError, type Backend } from './backends/backend.ts';
import { kindOf, type ConnectedBackend } from './backends/registry.ts';
import type { TraceSource } from './backends/source.ts';
import { listedBackend } from './listing/listedBackend.ts';
import { authorizerOf } from './network/authorizer.ts';
import { ConnectionClient, type Transport } from './network/connectionClient.ts';
import type { HttpClient } from './network/httpClient.ts';

export interface ConnectionsOptions {
  readonly transport: (config: ConnectionConfig, network: NetworkConfig, secrets: ConnectionSecrets) => Transport;
  readonly slow: () => SlowRule;
  readonly stateChanged: (state: ConnectionState) => void;
  /** A connection that can tell has something new. */
  readonly tracesChanged: (connection: string) => void;
  readonly now?: () => number;
}

export interface ConnectionsConfig {
  readonly connections: readonly ConnectionConfig[];
  /** By connection id. */
  readonly secrets: Readonly<Record<string, ConnectionSecrets>>;
  readonly network: NetworkConfig;
}

export const NO_NETWORK_SETTINGS: NetworkConfig = { noProxy: [], proxyStrictSSL: true, systemCertificates: true };

const DEFAULT_LOOKBACK_NS = 86_400_000_000_000n;
const costOf = ({ capabilities: { cost } }: TraceSource): Pick<ConnectionState, 'cost'> => (cost === undefined ? {} : { cost });
/** An answer later than this is slow, ms. */
const SLOW_MS = 5_000;

export class Connections {
  readonly #options: ConnectionsOptions;
  #config: ConnectionsConfig = { connections: [], secrets: {}, network: NO_NETWORK_SETTINGS };

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Answers which connections are not what they were. */
  configure(config: ConnectionsConfig): (id: string) => boolean {
    const before = this.#config;
    this.#config = config;
    const network = !isDeepStrictEqual(before.network, config.network);
    const of = ({ connections, secrets }: ConnectionsConfig, id: string): unknown => [connections.find((known) => known.id === id), secrets[id]];
    return (id) => network || !isDeepStrictEqual(of(before, id), of(config, id));
  }

  connect(config: ConnectionConfig): ConnectedBackend {
    const { client, close } = this.open(config, this.#config.secrets[config.id] ?? {});
    const now = this.#options.now ?? Date.now;
    const waits = (why: string): void => this.#options.stateChanged({ connection: config.id, health: 'slow', why, ...client.usage, ...costOf(source) });
    const source: TraceSource = kindOf(config.kind).source({ config, http: client, now, waits, changed: () => this.#options.tracesChanged(config.id) });
    const backend = listedBackend({
      source,
      now,
      slow: this.#options.slow,
      ...(config.slowThresholdMs === undefined ? {} : { slowThresholdNs: config.slowThresholdMs * 1e6 }),
      lookbackNs: config.lookbackHours === undefined ? (source.capabilities.lookbackNs ?? DEFAULT_LOOKBACK_NS) : BigInt(Math.round(config.lookbackHours * 3600)) * 1_000_000_000n,
      received: () => client.usage.bytes,
    });
    return {
      backend: this.#watched(config.id, backend, client, source),
      close: async () => {
        await source.close?.();
        await close();
      },
    };
  }

  /** A client for a connection that may not be saved yet: probing, testing. */
  open(config: ConnectionConfig, secrets: ConnectionSecrets): { readonly client: HttpClient; close(): Promise<void> } {
    const transport = this.#options.transport(config, this.#config.network, secrets);
    const client = new ConnectionClient({ base: config.url, transport, authorizer: authorizerOf(config, secrets, { transport }) });
    return { client, close: () => transport.close() };
  }

  /** Tells how each call went. */
  #watched(connection: string, backend: Backend, client: HttpClient, source: TraceSource): Backend {
    const now = this.#options.now ?? Date.now;
    const watch = async <T>(call: Promise<T>): Promise<T> => {
      const from = now();
      const tell = (state: Pick<ConnectionState, 'health' | 'why' | 'lastAnswerMs'>): void =>
        this.#options.stateChanged({ connection, ...state, ...client.usage, ...costOf(source) });
      try {
        const answer = await call;
        const took = now() - from;
        tell({ health: took > SLOW_MS ? 'slow' : 'healthy', lastAnswerMs: now(), ...(took > SLOW_MS ? { why: `The last answer took ${(took / 1000).toFixed(1)} s.` } : {}) });
        return answer;
      } catch (error) {
        if (error instanceof BackendError && error.kind !== 'aborted' && error.kind !== 'notFound') tell({ health: 'failing', why: error.message });
        throw error;
      }
    };
    return {
      capabilities: backend.capabilities,
      probe: (signal) => watch(backend.probe(signal)),
      services: (signal) => watch(backend.services(signal)),
      operations: (service, signal) => watch(backend.operations(service, signal)),
      search: (query, signal) => watch(backend.search(query, signal)),
      trace: (ref, signal) => watch(backend.trace(ref, signal)),
      cohort: (service, name, limit, signal) => watch(backend.cohort(service, name, limit, signal)),
    };
  }
}
