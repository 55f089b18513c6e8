// Searches answer when they are done: whoever asks for one waits for its first byte as long as it may take.
import assert from 'node:assert/strict';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { kindOf } from '../../../../src/engine/backends/registry.ts';
import type { WireAnswer, WireRequest } from '../../../../src/engine/network/connectionClient.ts';
import { ConnectionClient, NO_AUTHORIZER } from '../../../../src/engine/network/connectionClient.ts';

const NOW_MS = 1_790_000_000_000;
const found = (body: unknown): WireAnswer => ({ status: 200, headers: { 'content-type': 'application/json' }, body: new TextEncoder().encode(JSON.stringify(body)), wireBytes: 0 });
const nothing: WireAnswer = { status: 404, headers: { 'content-type': 'text/plain' }, body: new TextEncoder().encode('not found'), wireBytes: 0 };
const field = (type: string): object => ({ [type]: { type, aggregatable: true, searchable: true } });
const JAEGER_FIELDS = { traceID: field('keyword'), spanID: field('keyword'), parentSpanID: field('keyword'), 'process.serviceName': field('keyword'), operationName: field('keyword'), startTimeMillis: field('date'), startTime: field('long'), duration: field('long') };

describe('engine/backends: a search that takes long', () => {
  for (const [kind, path, answers] of [
    ['tempo', '/api/search', { '/api/status/buildinfo': { version: '2.8.1', goVersion: 'go1.24' } }],
    ['jaeger', '/api/v3/trace-summaries', { '/api/v3/trace-summaries': { summaries: [] } }],
    ['jaeger', '/api/traces', { '/api/services': { data: ['shop'], errors: null } }],
    ['langfuse', '/api/public/v2/observations', { '/api/public/v2/observations': { data: [], meta: {} } }],
    ['phoenix', '/v1/projects/default/traces', {}],
    ['zipkin', '/api/v2/traces', {}],
    ['xray', '/TraceSummaries', {}],
    ['cloudTrace', '/v1/projects/my-project/traces', {}],
    ['elasticsearch', '/_search', { fields: { indices: ['jaeger-span-1'], fields: JAEGER_FIELDS } }],
  ] as const) {
    it(`${kind} ${path}`, async () => {
      const sent: WireRequest[] = [];
      const client = new ConnectionClient({
        base: 'http://x.test',
        authorizer: NO_AUTHORIZER,
        transport: {
          send: async (request) => {
            sent.push(request);
            const { pathname } = request.url;
            const known = answers as Readonly<Record<string, unknown>>;
            if (pathname.endsWith('/_field_caps')) return found(pathname.includes('jaeger-span') ? known['fields'] : { indices: [], fields: {} });
            return Object.hasOwn(known, pathname) ? found(known[pathname]) : nothing;
          },
          close: async () => undefined,
        },
      });
      const source = kindOf(kind).source({ config: { id: 'x', kind, name: 'X', options: { region: 'eu-central-1', project: kind === 'cloudTrace' ? 'my-project' : '' } }, http: client, now: () => NOW_MS, changed: () => undefined });
      const endNs = BigInt(NOW_MS) * 1_000_000n;
      const { signal } = new AbortController();
      await source.page({ window: { startNs: endNs - 3_600_000_000_000n, endNs }, limit: 10, ...(path === '/api/traces' ? { service: 'shop' } : {}) }, signal).catch((error: unknown) => assert.ok(error instanceof BackendError, String(error)));
      const searches = sent.filter(({ url }) => url.pathname === path || (path === '/_search' && url.pathname.endsWith(path)));
      assert.ok(searches.length > 0, sent.map(({ url }) => url.pathname).join('\n'));
      assert.deepEqual(new Set(searches.map(({ firstByteMs }) => firstByteMs)), new Set([60_000]));
    });
  }
});
