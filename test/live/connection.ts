// A running server as the editor is connected to it: the kind's own source, its lists, and the real client between them.
import type { Backend } from '../../src/engine/backends/backend.ts';
import type { BackendKind, TraceSource } from '../../src/engine/backends/source.ts';
import { undiciTransport } from '../../src/engine/http.ts';
import { listedBackend } from '../../src/engine/listing/listedBackend.ts';
import { ConnectionClient, NO_AUTHORIZER } from '../../src/engine/network/connectionClient.ts';

const DAY_NS = 86_400_000_000_000n;

export interface LiveConnection {
  readonly source: TraceSource;
  readonly backend: Backend;
  readonly client: ConnectionClient;
  close(): Promise<void>;
}

export function connectTo(kind: BackendKind, url: string, options: Readonly<Record<string, string>> = {}): LiveConnection {
  const transport = undiciTransport();
  const client = new ConnectionClient({ base: url, transport, authorizer: NO_AUTHORIZER });
  const source = kind.source({ config: { id: 'live', kind: kind.kind, name: 'live', url, options }, http: client, now: Date.now, changed: () => undefined });
  const backend = listedBackend({ source, now: Date.now, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: DAY_NS, received: () => client.usage.bytes });
  return { source, backend, client, close: () => transport.close() };
}
