// A source and its list over real HTTP, as the engine connects them: the same client, credentials and listing; only the clock is the test's.
import type { Backend } from '../../src/engine/backends/backend.ts';
import { kindOf } from '../../src/engine/backends/registry.ts';
import type { TraceSource } from '../../src/engine/backends/source.ts';
import { Connections } from '../../src/engine/connections.ts';
import { undiciTransport } from '../../src/engine/http.ts';
import type { Transport } from '../../src/engine/network/connectionClient.ts';
import type { HttpClient } from '../../src/engine/network/httpClient.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../src/protocol/connections.ts';

export interface Connected {
  readonly source: TraceSource;
  readonly backend: Backend;
  readonly http: HttpClient;
  /** Sent so far, over both. */
  requests(): number;
  close(): Promise<void>;
}

const SLOW_RULE = { minSamples: 20, percentile: 90, factor: 1.5 };

export function connected(config: Pick<ConnectionConfig, 'kind' | 'url'> & Partial<ConnectionConfig>, secrets: ConnectionSecrets = {}, nowMs: () => number = Date.now): Connected {
  const whole: ConnectionConfig = { id: 'test', name: 'test', ...config };
  let requests = 0;
  const transport = (): Transport => {
    const real = undiciTransport();
    return { send: (request, signal) => (requests++, real.send(request, signal)), close: () => real.close() };
  };
  const connections = new Connections({ transport, slow: () => SLOW_RULE, stateChanged: () => undefined, tracesChanged: () => undefined, now: nowMs });
  connections.configure({ connections: [whole], secrets: { test: secrets }, network: { noProxy: [], proxyStrictSSL: true, systemCertificates: false } });
  const { client, close } = connections.open(whole, secrets);
  const listed = connections.connect(whole);
  return {
    source: kindOf(whole.kind).source({ config: whole, http: client, now: nowMs, changed: () => undefined }),
    backend: listed.backend,
    http: client,
    requests: () => requests,
    close: async () => void (await Promise.all([close(), listed.close()])),
  };
}
