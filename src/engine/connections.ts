// The configured connections: settings and secrets in, backends out; what is known of each one's health. Owns the life of a connection's
// transport; must not know any system (registry.ts) nor where settings and secrets are kept.
import { isDeepStrictEqual } from 'node:util';
import type { ConnectionConfig, ConnectionSecrets, ConnectionState, NetworkConfig } from '../protocol/connections.ts';
import type { SlowRule } from '../protocol/messages.ts';
import { BackendError, type Backend } from './backends/backend.ts';
import { kindOf, type ConnectedBackend } from './backends/registry.ts';
import type { BackendKind, SourceCapabilities, TraceSource } from './backends/source.ts';
import { listedBackend } from './listing/listedBackend.ts';
import { authorizerOf } from './network/authorizer.ts';
import { ConnectionClient, type Transport } from './network/connectionClient.ts';
import { secretsOf } from './network/connectionTransport.ts';
import { credentialTransport } from './network/credentialTransport.ts';
import { Redactor } from './network/redactor.ts';
import { Waits, type Hold } from './network/waits.ts';

export interface ConnectionsOptions {
  readonly transport: (config: ConnectionConfig, network: NetworkConfig, secrets: ConnectionSecrets) => Transport;
  readonly slow: () => SlowRule;
  readonly stateChanged: (state: ConnectionState) => void;
  /** A connection that can tell has something new. */
  readonly tracesChanged: (connection: string) => void;
  readonly now?: () => number;
  /** Default: the registry's. */
  readonly kindOf?: (name: string) => BackendKind;
}

export interface ConnectionsConfig {
  readonly connections: readonly ConnectionConfig[];
  /** By connection id. */
  readonly secrets: Readonly<Record<string, ConnectionSecrets>>;
  readonly network: NetworkConfig;
}

export const NO_NETWORK_SETTINGS: NetworkConfig = { noProxy: [], proxyStrictSSL: true, systemCertificates: true };

const DEFAULT_LOOKBACK_NS = 86_400_000_000_000n;
/** An answer later than this is slow, ms. */
const SLOW_MS = 5_000;

const offers = ({ cost, deepSearch }: SourceCapabilities): Pick<ConnectionState, 'cost' | 'deepSearch'> => ({ ...(cost === undefined ? {} : { cost }), ...(deepSearch === undefined ? {} : { deepSearch }) });

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

  /** The way to an address that is no connection: where the collector sends on to. */
  transportTo(url: string): Transport {
    return this.#options.transport({ id: 'forward', kind: 'otlp', name: 'Sent on', url }, this.#config.network, {});
  }

  connect(config: ConnectionConfig): ConnectedBackend {
    let last: Pick<ConnectionState, 'health' | 'why' | 'lastAnswerMs'> = { health: 'unknown' };
    const now = this.#options.now ?? Date.now;
    const waits = new Waits(now, () => tell(last));
    const tell = (state: typeof last): void =>
      this.#options.stateChanged({ connection: config.id, ...state, ...(state.why === undefined ? {} : { why: client.redactor.text(state.why) }), ...(waits.now === undefined ? {} : { waiting: waits.now }), ...client.usage, ...offers(source.capabilities) });
    const { client, close } = this.open(config, this.#config.secrets[config.id] ?? {}, waits.hold);
    const kind = this.#kindOf(config);
    const source: TraceSource = kind.source({ config, http: client, now, hold: waits.hold, changed: () => this.#options.tracesChanged(config.id) });
    const backend = listedBackend({
      source,
      now,
      slow: this.#options.slow,
      ...(config.slowThresholdMs === undefined ? {} : { slowThresholdNs: config.slowThresholdMs * 1e6 }),
      lookbackNs: config.lookbackHours === undefined ? (source.capabilities.lookbackNs ?? DEFAULT_LOOKBACK_NS) : BigInt(Math.round(config.lookbackHours * 3600)) * 1_000_000_000n,
      received: () => client.usage.bytes,
      aheadMs: () => client.aheadMs,
      metered: kind.metered,
    });
    const answered = (state: typeof last): void => {
      last = state;
      tell(state);
    };
    return {
      backend: this.#watched(backend, client, waits, answered),
      close: async () => {
        await source.close?.();
        await close();
      },
    };
  }

  /** A client for a connection that may not be saved yet: probing, testing. `hold`: told when a request is held back. */
  open(config: ConnectionConfig, secrets: ConnectionSecrets, hold?: Hold): { readonly client: ConnectionClient; close(): Promise<void> } {
    const { network } = this.#config;
    const transport = this.#options.transport(config, network, secrets);
    const redactor = new Redactor(secretsOf(config, secrets, network));
    const client = new ConnectionClient({
      base: config.url,
      transport,
      redactor,
      authorizer: authorizerOf(config, secrets, { restricted: network.restricted === true, transport: credentialTransport(transport, redactor), signedAs: config.auth?.type === 'aws' ? this.#kindOf(config).signedAs : undefined }),
      provesWholeAddresses: config.auth?.type === 'aws' || config.auth?.type === 'google',
      ...(config.maxRequestsPerMinute === undefined ? {} : { maxRequestsPerMinute: config.maxRequestsPerMinute }),
      ...(hold === undefined ? {} : { hold }),
      ...(this.#options.now === undefined ? {} : { now: this.#options.now }),
    });
    return { client, close: () => transport.close() };
  }

  #kindOf({ kind }: ConnectionConfig): BackendKind {
    return (this.#options.kindOf ?? kindOf)(kind);
  }

  /** Tells how each call went; of what a connection can do besides its lists, only that it was answered: it may take long, and be refused where lists are not. */
  #watched(backend: Backend, client: ConnectionClient, waits: Waits, tell: (state: Pick<ConnectionState, 'health' | 'why' | 'lastAnswerMs'>) => void): Backend {
    const now = this.#options.now ?? Date.now;
    const watch = async <T>(call: Promise<T>, besides = false): Promise<T> => {
      const from = now();
      try {
        const answer = await call;
        const took = now() - from - waits.heldSince(from);
        const slow = took > SLOW_MS && !besides;
        tell({ health: slow ? 'slow' : 'healthy', lastAnswerMs: now(), ...(slow ? { why: `The last answer took ${(took / 1000).toFixed(1)} s.` } : {}) });
        return answer;
      } catch (thrown) {
        const error = client.redactor.error(thrown);
        if (!besides && error instanceof BackendError && error.kind !== 'aborted' && error.kind !== 'notFound') tell({ health: 'failing', why: error.message });
        throw error;
      }
    };
    return {
      capabilities: backend.capabilities,
      probe: async (signal) => client.redactor.notes(await watch(backend.probe(signal))),
      services: (signal) => watch(backend.services(signal)),
      operations: (service, signal) => watch(backend.operations(service, signal)),
      search: async (query, signal) => client.redactor.notes(await watch(backend.search(query, signal))),
      ...(backend.deepSearch === undefined ? {} : { deepSearch: async (query, signal) => client.redactor.notes(await watch(backend.deepSearch!(query, signal), true)) }),
      ...(backend.dependencies === undefined ? {} : { dependencies: (window, signal) => watch(backend.dependencies!(window, signal), true) }),
      trace: async (ref, signal) => client.redactor.notes(await watch(backend.trace(ref, signal))),
      cohort: (service, name, limit, signal) => watch(backend.cohort(service, name, limit, signal)),
    };
  }
}
