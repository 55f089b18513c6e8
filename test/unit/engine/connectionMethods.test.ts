// What an address is: told by itself where it can be, else by asking the server there.
import assert from 'node:assert/strict';
import { connectionMethods } from '../../../src/engine/connectionMethods.ts';
import { Backends } from '../../../src/engine/backends/registry.ts';
import { Connections } from '../../../src/engine/connections.ts';
import { undiciTransport } from '../../../src/engine/http.ts';
import type { DetectedConnection } from '../../../src/protocol/connections.ts';
import { fakeElasticsearch } from '../../support/fakes/elasticsearch.ts';

describe('engine/connectionMethods', () => {
  const connections = new Connections({ transport: () => undiciTransport(), slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), stateChanged: () => undefined, tracesChanged: () => undefined });
  const backends = new Backends({ store: () => Promise.reject(new Error('there is none')), connect: (config) => connections.connect(config) });
  const methods = connectionMethods({ backends, connections });
  const detected = (address: string): Promise<DetectedConnection> => Promise.resolve(methods.detectConnection({ address, draft: {}, secrets: {} }, AbortSignal.timeout(10_000)));

  for (const [address, kind, needsAuth] of [
    ['https://search-team.eu-central-1.es.amazonaws.com', 'elasticsearch', true],
    ['https://my.es.eu-west-1.aws.elastic.cloud:443', 'elasticsearch', true],
    ['https://abc.eu-central-1.aws.clickhouse.cloud:8443', 'clickhouse', true],
    ['http://localhost:9411/zipkin/', 'zipkin', undefined],
  ] as const) {
    it(`${address} says by itself that it is ${kind}, and whether nobody need be asked who they are`, async () => {
      const { found } = await detected(address);
      assert.deepEqual([found?.kind, found?.needsAuth], [kind, needsAuth]);
    });
  }

  it('a server that says nothing by its address is asked by every kind, until one knows it', async () => {
    const fake = await fakeElasticsearch({ indices: {} });
    try {
      const { found, tried } = await detected(fake.url);
      assert.deepEqual([found?.kind, found?.version, found?.needsAuth], ['elasticsearch', '9.1.3', undefined]);
      assert.ok(tried.length > 3 && tried.at(-1) === "Elasticsearch / OpenSearch: / is Elasticsearch's (9.1.3).", tried.join('\n'));
    } finally {
      await fake.close();
    }
  });

  it('every kind can be had, with all that is told of it', async () => {
    const kinds = await methods.connectionKinds({}, AbortSignal.timeout(1_000));
    assert.equal(kinds.find(({ kind }) => kind === 'elasticsearch')?.apiKeyPrefix, 'ApiKey ');
    assert.ok(kinds.every((kind) => kind.metered !== undefined && kind.auth.length > 0));
  });
});
