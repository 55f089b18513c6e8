// X-Ray's source as a connection has it, over the strict fake: source, list, client, signature, sockets. Keys and clock are the tests'.
import type { Backend } from '../../src/engine/backends/backend.ts';
import type { TraceSource } from '../../src/engine/backends/source.ts';
import { xray } from '../../src/engine/backends/xray.ts';
import { listedBackend } from '../../src/engine/listing/listedBackend.ts';
import { authorizerOf } from '../../src/engine/network/authorizer.ts';
import { ConnectionClient } from '../../src/engine/network/connectionClient.ts';
import type { ConnectionConfig } from '../../src/protocol/connections.ts';
import { rewriting } from './fakes/rewrite.ts';
import { FAKE_REGION, fakeXray, type FakeXray, type FakeXrayOptions } from './fakes/xray.ts';

export const NOW_S = 1_795_900_000;
const NOW_MS = NOW_S * 1000;
export const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'IQoJb3JpZ2luX2Vj//' };

export interface XrayConnected {
  readonly fake: FakeXray;
  readonly source: TraceSource;
  readonly backend: Backend;
  close(): Promise<void>;
}

export async function xrayConnected(options: Partial<FakeXrayOptions> = {}, config: Partial<ConnectionConfig> = {}, secrets = KEYS, nowMs = NOW_MS): Promise<XrayConnected> {
  const fake = await fakeXray({ keys: KEYS, traces: [], ...options });
  const transport = rewriting({ [`xray.${FAKE_REGION}.amazonaws.com`]: fake.url, [`logs.${FAKE_REGION}.amazonaws.com`]: fake.url });
  const given: ConnectionConfig = { id: 'x', kind: 'xray', name: 'X', options: { region: FAKE_REGION }, auth: { type: 'aws' }, ...config };
  const client = new ConnectionClient({ base: given.url, transport, authorizer: authorizerOf(given, secrets, { transport, restricted: false, signedAs: 'xray' }), provesWholeAddresses: true, wait: async () => undefined });
  const source = xray.source({ config: given, http: client, now: () => nowMs, changed: () => undefined });
  const backend = listedBackend({ source, now: () => nowMs, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: 24n * 3_600_000_000_000n, received: () => client.usage.bytes });
  return { fake, source, backend, close: async () => void (await Promise.all([fake.close(), transport.close()])) };
}
