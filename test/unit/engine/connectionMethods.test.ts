// What the wizard asks the engine: an address that says by itself what it is asks nobody, what answers is recognised by its content, and a
// test tells what has to be picked.
import assert from 'node:assert/strict';
import path from 'node:path';
import { BackendError } from '../../../src/engine/backends/backend.ts';
import { Backends } from '../../../src/engine/backends/registry.ts';
import { connectionMethods } from '../../../src/engine/connectionMethods.ts';
import { Connections } from '../../../src/engine/connections.ts';
import type { Transport } from '../../../src/engine/network/connectionClient.ts';
import { undiciTransport } from '../../../src/engine/http.ts';
import type { DetectedConnection } from '../../../src/protocol/connections.ts';
import { fakeElasticsearch } from '../../support/fakes/elasticsearch.ts';
import type { FakeServer } from '../../support/fakes/fakeServer.ts';
import { fakeTempo } from '../../support/fakes/tempo.ts';

const { signal } = new AbortController();

function methods(transport: () => Transport): ReturnType<typeof connectionMethods> {
  const connections = new Connections({ transport, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), stateChanged: () => undefined, tracesChanged: () => undefined });
  return connectionMethods({ connections, backends: new Backends({ store: () => Promise.reject(new Error('none')), connect: (config) => connections.connect(config) }) });
}

describe('engine/connectionMethods', () => {
  const EXPLORE = encodeURIComponent(JSON.stringify({ a: { datasource: 'P1', queries: [{ datasource: { type: 'tempo', uid: 'P1' }, query: '{}' }] } }));
  const known: readonly (readonly [address: string, found: DetectedConnection['found']])[] = [
    ['https://eu-central-1.console.aws.amazon.com/xray/home?region=eu-central-1#/traces', { kind: 'xray', name: 'X-Ray eu-central-1', options: { region: 'eu-central-1' }, auth: 'aws' }],
    ['https://console.cloud.google.com/traces/list?project=shop-prod', { kind: 'cloudTrace', name: 'Cloud Trace shop-prod', options: { project: 'shop-prod' }, auth: 'google' }],
    [`https://grafana.test/explore?panes=${EXPLORE}`, { kind: 'tempo', name: 'Tempo of grafana.test', url: 'https://grafana.test', options: { datasource: 'P1' }, auth: 'bearer' }],
    ['jaeger.test:16686/trace/abc', { kind: 'jaeger', name: 'Jaeger at jaeger.test:16686', url: 'http://jaeger.test:16686' }],
    ['https://lf.test/base/api/public/traces/x-1', { kind: 'langfuse', name: 'Langfuse at lf.test', url: 'https://lf.test/base', auth: 'basic' }],
    ['https://cloud.langfuse.com/api/public/otel', { kind: 'langfuse', name: 'Langfuse Cloud (EU)', url: 'https://cloud.langfuse.com', auth: 'basic' }],
    ['https://team.clickhouse.cloud:8443', { kind: 'clickhouse', name: 'ClickHouse at team.clickhouse.cloud', url: 'https://team.clickhouse.cloud:8443', auth: 'basic' }],
    ['https://search-team.eu-central-1.es.amazonaws.com', { kind: 'elasticsearch', name: 'OpenSearch at search-team.eu-central-1.es.amazonaws.com', url: 'https://search-team.eu-central-1.es.amazonaws.com', auth: 'aws' }],
    ['https://my.es.eu-west-1.aws.elastic.cloud:443', { kind: 'elasticsearch', name: 'Elasticsearch at my.es.eu-west-1.aws.elastic.cloud', url: 'https://my.es.eu-west-1.aws.elastic.cloud', auth: 'apiKey' }],
    [' /home/me/traces ', { kind: 'files', name: 'Trace files in traces', options: { path: '/home/me/traces' } }],
    ['/trace/abc', { kind: 'files', name: 'Trace files in abc', options: { path: '/trace/abc' } }],
    ['C:\\traces\\today', { kind: 'files', name: 'Trace files in today', options: { path: 'C:\\traces\\today' } }],
    ['\\\\server\\share', { kind: 'files', name: 'Trace files in share', options: { path: '\\\\server\\share' } }],
    ['~/traces', { kind: 'files', name: 'Trace files in traces', options: { path: path.join(process.env['HOME'] ?? '', 'traces') } }],
  ];
  for (const [address, found] of known) {
    it(`${address.slice(0, 70)} says what it is, and nobody is asked`, async () => {
      const { detectConnection } = methods(() => ({ send: () => assert.fail('nobody is asked'), close: async () => undefined }));
      assert.deepEqual((await detectConnection({ address, draft: {}, secrets: {} }, signal)).found, found);
    });
  }

  for (const [page, base, kind, traceId] of [
    ['/jaeger/search', '/jaeger', 'jaeger'],
    ['/search', '', 'jaeger'],
    ['/dependencies', '', 'jaeger'],
    ['/trace/1234567890abcdef...fedcba0987654321?cohort=1', '', 'jaeger'],
    ['/ops/monitor?x=1', '/ops', 'jaeger'],
    ['/zipkin/dependency?endTs=1', '/zipkin', 'zipkin'],
    ['/traces/1234567890abcdef', '', 'zipkin'],
    ['/lf/project/abc/users', '/lf', 'langfuse'],
    ['/projects', '', 'phoenix'],
    ['/px/settings/general', '/px', 'phoenix'],
    ['/grafana/d/abc/shop?orgId=1', '/grafana', 'tempo'],
    ['/a/grafana-lokiexplore-app/explore', '', 'tempo'],
    ['/explore?schemaVersion=1', '', 'tempo'],
    ['/ops/api/traces/ABC0', '/ops', 'jaeger', 'ABC0'],
    ['/api/v3/services', '', 'jaeger'],
    ['/zipkin/api/v2/trace/abc', '/zipkin', 'zipkin', 'abc'],
    ['/api/datasources/proxy/uid/P1/api/traces/abc', '', 'tempo', 'abc'],
    // What leads there may look like an API itself.
    ['/api/v1/namespaces/obs/services/jaeger-query:16686/proxy/dependencies', '/api/v1/namespaces/obs/services/jaeger-query:16686/proxy', 'jaeger'],
    ['/api/v1/namespaces/obs/services/jaeger-query:16686/proxy/api/traces/abc', '/api/v1/namespaces/obs/services/jaeger-query:16686/proxy', 'jaeger', 'abc'],
    ['/api/v1/namespaces/mon/services/grafana:80/proxy/explore', '/api/v1/namespaces/mon/services/grafana:80/proxy', 'tempo'],
    ['/api/jaeger/monitor', '/api/jaeger', 'jaeger'],
    ['/lf/api/public/prompts', '/lf', 'langfuse'],
    // What a proxy calls it may be called as a page is.
    ['/traces', '/traces', 'zipkin'],
    ['/monitor/', '/monitor', 'jaeger'],
    ['/projects', '/projects', 'langfuse'],
  ] as readonly (readonly [page: string, base: string, kind: string, traceId?: string])[]) {
    it(`${page} of ${kind} leads to ${base === '' ? '/' : base}`, async () => {
      const asked: string[] = [];
      const answers: Readonly<Record<string, unknown>> = {
        '/api/v3/services': kind === 'jaeger' ? { services: ['a'] } : undefined,
        '/api/v2/services': kind === 'zipkin' ? ['a'] : undefined,
        '/v1/projects': kind === 'phoenix' ? { data: [{ id: 'x', name: 'default' }], next_cursor: null } : undefined,
        '/api/public/health': kind === 'langfuse' ? { status: 'OK', version: '3.100.0' } : undefined,
        '/api/health': kind === 'tempo' ? { database: 'ok' } : undefined,
        '/api/datasources': kind === 'tempo' ? [{ type: 'tempo', uid: 'P1', name: 'T' }] : undefined,
      };
      const transport: Transport = {
        send: async ({ url }) => {
          asked.push(url.pathname);
          const answer = url.pathname.startsWith(`${base}/`) ? answers[url.pathname.slice(base.length)] : undefined;
          return answer === undefined ? { status: 404, headers: { 'content-type': 'text/plain' }, body: new TextEncoder().encode('not found'), wireBytes: 0 } : { status: 200, headers: { 'content-type': 'application/json' }, body: new TextEncoder().encode(JSON.stringify(answer)), wireBytes: 0 };
        },
        close: async () => undefined,
      };
      const { found, tried, traceId: named } = await methods(() => transport).detectConnection({ address: `https://x.test${page}`, draft: {}, secrets: {} }, signal);
      assert.deepEqual([found?.kind, found?.url, named], [kind, `https://x.test${base}`, traceId], `${tried.join('\n')}\n${asked.join('\n')}`);
    });
  }

  it('an address that a kind knows by itself keeps the trace that it names', async () => {
    const { detectConnection } = methods(() => ({ send: () => assert.fail('nobody is asked'), close: async () => undefined }));
    assert.equal((await detectConnection({ address: 'jaeger.test:16686/trace/abc', draft: {}, secrets: {} }, signal)).traceId, 'abc');
    assert.equal((await detectConnection({ address: 'https://cloud.langfuse.com/api/public/traces/x-1', draft: {}, secrets: {} }, signal)).traceId, 'x-1');
  });

  for (const [kind, address, traceId] of [
    ['jaeger', 'https://x.test/ops/trace/ABC?uiFind=1', 'ABC'],
    ['xray', 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:traces/1-5759e988-bd862e3fe1be46a994272793', '5759e988bd862e3fe1be46a994272793'],
    ['cloudTrace', 'https://console.cloud.google.com/traces/explorer;traceId=382d4f4c6b7bb2f4a972559d9085001d;duration=PT1H?project=p', '382d4f4c6b7bb2f4a972559d9085001d'],
    ['zipkin', 'https://x.test/ops/trace/abc', undefined],
    ['jaeger', 'https://x.test/ops/api/traces/ABC?raw=true', 'ABC'],
    ['jaeger', 'x.test:16686/api/v3/traces/abc', 'abc'],
    ['zipkin', 'https://x.test/zipkin/api/v2/trace/abc', 'abc'],
    ['zipkin', 'https://x.test/zipkin/api/v2/traces?limit=5', undefined],
    ['tempo', 'https://x.test/tempo/api/v2/traces/abc/', 'abc'],
    ['tempo', 'https://x.test/api/datasources/proxy/uid/P1/api/traces/abc', 'abc'],
    ['langfuse', 'https://x.test/api/public/traces/6c3f0e0e-1234-4abc-9def-001122334455', '6c3f0e0e-1234-4abc-9def-001122334455'],
    ['langfuse', 'https://x.test/lf/api/public/traces?limit=1', undefined],
    ['xray', 'https://x.test/api/traces/abc', undefined],
    ['clickhouse', 'https://x.test:8443/play', undefined],
    ['jaeger', 'https://kibana.test/app/apm/link-to/trace/abc', undefined],
    ['jaeger', 'https://sentry.test/performance/trace/abc/', undefined],
    ['files', 'https://x.test/trace/abc', undefined],
  ] as const) {
    it(`the trace of ${address} for a connection of ${kind} is ${traceId ?? 'none'}, and nobody is asked`, () => {
      const { traceOfLink } = methods(() => ({ send: () => assert.fail('nobody is asked'), close: async () => undefined }));
      assert.deepEqual(traceOfLink({ kind, address }, signal), traceId === undefined ? {} : { traceId });
    });
  }

  for (const address of ['me:hunter2@ho st:9200', 'http://me:hunt/er2@host:99999']) {
    it(`what is no address is said without the password in it: ${address}`, async () => {
      const { detectConnection } = methods(() => ({ send: () => assert.fail('nobody is asked'), close: async () => undefined }));
      await assert.rejects(async () => detectConnection({ address, draft: {}, secrets: {} }, signal), (error: Error) => /is no http or https address/.test(error.message) && !/hunt|er2/.test(error.message));
    });
  }

  for (const [what, kind, says] of [['nobody answers', 'network', 'Nobody answers at x.test:1 (ECONNREFUSED).'], ['no answer comes', 'timeout', 'No answer in time from http://x.test:1.']] as const) {
    it(`an address where ${what} is asked once, and not for every kind`, async () => {
      let asked = 0;
      const nobody: Transport = {
        send: async () => {
          asked++;
          throw new BackendError(kind, says);
        },
        close: async () => undefined,
      };
      assert.deepEqual(await methods(() => nobody).detectConnection({ address: 'x.test:1', draft: {}, secrets: {} }, signal), { tried: [says] });
      assert.equal(asked, 1);
    });
  }

  it('a server that says nothing by its address is asked by every kind, until one knows it', async () => {
    const fake = await fakeElasticsearch({ indices: {} });
    try {
      const { found, tried } = await methods(() => undiciTransport()).detectConnection({ address: fake.url, draft: {}, secrets: {} }, signal);
      assert.deepEqual([found?.kind, found?.version, found?.needsAuth], ['elasticsearch', '9.1.3', undefined]);
      assert.ok(tried.length > 3 && tried.at(-1) === "Elasticsearch / OpenSearch: / is Elasticsearch's (9.1.3).", tried.join('\n'));
    } finally {
      await fake.close();
    }
  });

  it('every kind can be had, with all that is told of it', async () => {
    const kinds = await methods(() => undiciTransport()).connectionKinds({}, signal);
    assert.equal(kinds.find(({ kind }) => kind === 'elasticsearch')?.apiKeyPrefix, 'ApiKey ');
    assert.equal(kinds.find(({ kind }) => kind === 'xray')?.takesUrl, true);
    assert.ok(kinds.every((kind) => kind.metered !== undefined && kind.auth.length > 0));
  });

  describe('a Grafana', () => {
    let grafana: FakeServer;
    before(async () => {
      grafana = await fakeTempo({ traces: [], grafana: { token: 'sa', sources: { p: ['tempo', 'Production'], t: ['tempo', 'Test'] } } });
    });
    after(() => grafana.close());

    it('is recognised, and wants a token first of all', async () => {
      const { found } = await methods(() => undiciTransport()).detectConnection({ address: grafana.url, draft: {}, secrets: {} }, signal);
      assert.deepEqual([found?.kind, found?.needsAuth, found?.auth], ['tempo', true, 'bearer']);
    });

    it('with several data sources tells that one has to be picked', async () => {
      const connection = { id: 'draft', kind: 'tempo', name: 'x', url: grafana.url, auth: { type: 'bearer' } } as const;
      const { testConnection } = methods(() => undiciTransport());
      const tested = await testConnection({ connection, secrets: { secret: 'sa' } }, signal);
      assert.deepEqual([tested.problem, tested.mustPick, tested.choices], [undefined, ['datasource'], { datasource: ['Production (p)', 'Test (t)'] }]);
      assert.equal((await testConnection({ connection: { ...connection, options: { datasource: 'Test (t)' } }, secrets: { secret: 'sa' } }, signal)).mustPick, undefined);
    });
  });
});
