// Zipkin's API v2 by a strict stand-in and by recorded answers: units, shared spans, mixed ids, unfinished spans, what cannot be asked.
import assert from 'node:assert/strict';
import type { BackendError } from '../../../../src/engine/backends/backend.ts';
import type { SourcePage, SourceQuery, TraceSource } from '../../../../src/engine/backends/source.ts';
import { zipkin } from '../../../../src/engine/backends/zipkin.ts';
import { listedBackend } from '../../../../src/engine/listing/listedBackend.ts';
import { decodeZipkinJson } from '../../../../src/formats/zipkinJson.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { fakeZipkin, type FakeZipkinOptions, type ZipkinSpan } from '../../../support/fakes/zipkin.ts';
import { httpFake, json, page as webPage, plain, type HttpFake } from '../../../support/fakes/httpFake.ts';
import { recordedText } from '../../../support/formatFixtures.ts';
import { ZIPKIN_LOSSES } from '../../../support/losses/zipkin.ts';
import { replay } from '../../../support/recordedReplay.ts';
import { checkLosses, factsOf } from '../../../support/sameTrace.ts';

const signal = new AbortController().signal;
const NOW_MS = Date.UTC(2026, 10, 29, 12);
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const HOUR_NS = 3_600_000_000_000n;
const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';

const idOf = (id: number): string => `${'ab'.repeat(8)}${id.toString(16).padStart(16, '0')}`;
const local = (serviceName: string): Pick<ZipkinSpan, 'localEndpoint'> => ({ localEndpoint: { serviceName } });

/** A gateway's span with a child of another service. */
function traceOf(id: number, agoMs: number, { ms = 100, tags = {}, childTags = {}, child = 'auth' }: { ms?: number; tags?: Record<string, string>; childTags?: Record<string, string>; child?: string } = {}): ZipkinSpan[] {
  const timestamp = (NOW_MS - agoMs) * 1000;
  return [
    { traceId: idOf(id), id: 'c'.padStart(16, '0'), parentId: 'b'.padStart(16, '0'), name: 'check', timestamp: timestamp + 10, duration: 50, tags: childTags, ...local(child) },
    { traceId: idOf(id), id: 'b'.padStart(16, '0'), name: 'get /', kind: 'SERVER', timestamp, duration: ms * 1000, tags, ...local('gateway') },
  ];
}

describe('engine/backends/zipkin', () => {
  const open: HttpFake[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((fake) => fake.close()));
  });

  const sourceAt = (fake: HttpFake): TraceSource => zipkin.source({ config: { id: 'z', kind: 'zipkin', name: 'z', url: fake.url }, http: fake.client, now: () => NOW_MS, changed: () => undefined });

  async function fakeOf(options: FakeZipkinOptions): Promise<{ fake: HttpFake; source: TraceSource }> {
    const fake = await fakeZipkin(options);
    open.push(fake);
    return { fake, source: sourceAt(fake) };
  }

  const ask = (source: TraceSource, query: Partial<SourceQuery> = {}): Promise<SourcePage> => source.page({ window: { startNs: NOW_NS - HOUR_NS, endNs: NOW_NS }, limit: 100, ...query }, signal);
  const ids = (page: SourcePage): number[] => page.traces.map(({ summary }) => Number.parseInt(summary.traceId.slice(16), 16)).toSorted((a, b) => a - b);
  const kindOf = async (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', (error: BackendError) => error.kind);

  it('says which service calls which within a time', async () => {
    const traces = [traceOf(1, 1000), traceOf(2, 2000, { childTags: { error: '' } }), traceOf(3, 3000, { child: 'cache' }), traceOf(4, 7_200_000, { child: 'late' })];
    const { source, fake } = await fakeOf({ traces });
    assert.deepEqual(await source.dependencies!({ startNs: NOW_NS - HOUR_NS - 1n, endNs: NOW_NS - 1n }, signal), [{ parent: 'gateway', child: 'auth', calls: 2, errors: 1 }, { parent: 'gateway', child: 'cache', calls: 1 }]);
    assert.deepEqual(fake.asked, [`/api/v2/dependencies?endTs=${NOW_MS}&lookback=3600001`], 'rounded outward');
    const recorded = await replay([{ path: /^\/api\/v2\/dependencies$/, name: 'zipkin/dependencies' }]);
    open.push(recorded);
    assert.deepEqual(await sourceAt(recorded).dependencies!({ startNs: 0n, endNs: NOW_NS }, signal), [{ parent: 'api-gateway', child: 'auth', calls: 1 }, { parent: 'api-gateway', child: 'orchestrator', calls: 1 }]);
  });

  describe('is asked for', () => {
    const traces = [
      traceOf(1, 1000),
      traceOf(2, 2000, { ms: 5000, tags: { tier: 'gold', 'http.method': 'GET' } }),
      traceOf(3, 3000, { childTags: { error: '' } }),
      traceOf(4, 4000, { tags: { error: 'timed out', tier: 'gold' }, child: 'cache' }),
    ];
    for (const [what, query, expected, parameters] of [
      ['the latest', {}, [1, 2, 3, 4], { endTs: String(NOW_MS), lookback: '3600000', limit: '100' }],
      ['a service in lower case', { service: 'Cache' }, [4], { serviceName: 'cache' }],
      ['a span name', { service: 'gateway', operation: 'GET /' }, [1, 2, 3, 4], { spanName: 'get /' }],
      ['a duration in µs', { minDurationNs: 4.5e9 }, [2], { minDuration: '4500000' }],
      ['errors, also with an empty tag', { errorsOnly: true }, [3, 4], { annotationQuery: 'error' }],
      ['errors below a service', { errorsOnly: true, service: 'gateway' }, [3, 4], { annotationQuery: 'error', serviceName: undefined }],
      ['errors of a service that has none', { errorsOnly: true, service: 'cache' }, [4], {}],
      ['tags', { attributes: [{ key: 'tier', value: 'gold' }, { key: 'http.method', value: 'GET' }] }, [2], { annotationQuery: 'tier=gold and http.method=GET' }],
      ['errors and tags', { errorsOnly: true, attributes: [{ key: 'tier', value: 'gold' }] }, [4], { annotationQuery: 'error and tier=gold' }],
      ['a window rounded outward to ms', { window: { startNs: NOW_NS - 2_000_400_000n, endNs: NOW_NS - 1_999_999_999n } }, [2], { endTs: String(NOW_MS - 1999), lookback: '2' }],
    ] as const) {
      it(what, async () => {
        const { fake, source } = await fakeOf({ traces });
        assert.deepEqual(ids(await ask(source, query)), expected);
        const sent = new URLSearchParams(fake.asked[0]!.split('?')[1]);
        for (const [name, value] of Object.entries(parameters)) assert.equal(sent.get(name) ?? undefined, value, name);
        assert.equal(fake.asked.length, 1);
      });
    }

    it('is full when the limit was reached', async () => {
      const { source } = await fakeOf({ traces });
      assert.deepEqual([(await ask(source, { limit: 3 })).full, (await ask(source, { limit: 5 })).full], [true, false]);
    });

    it('says what it could not ask, and what Zipkin compares', async () => {
      const salted = [traceOf(8, 8000, { childTags: { note: 'salt and pepper' } }), traceOf(9, 9000, { tags: { note: 'salt' }, childTags: { note: 'pepper' } })];
      const { fake, source } = await fakeOf({ traces: [...traces, ...salted] });
      const page = await ask(source, { attributes: [{ key: 'note', value: 'salt and pepper' }], limit: 6 });
      assert.deepEqual([ids(page), page.full], [[8], true], 'what it was not asked for is looked for in what it answered, which is no shorter for that');
      assert.match(page.notes.join(), /cannot be asked for the tag "note".*looked for among the traces/);
      assert.ok(!fake.asked[0]!.includes('annotationQuery'));
      assert.match((await ask(source, { service: 'auth', attributes: [{ key: 'a', value: 'b' }] })).notes.join(), /spans of auth only/);
      assert.match((await ask(source, { minDurationNs: 1e6 })).notes.join(), /only over several/);
      assert.deepEqual((await ask(source, { service: 'auth' })).notes, []);
    });
  });

  it('rows are whole traces, kept for comparing', async () => {
    const { source } = await fakeOf({ traces: [traceOf(3, 3000, { ms: 200, childTags: { error: 'x' } })] });
    const { summary, loaded, ref } = (await ask(source)).traces[0]!;
    assert.deepEqual([summary.rootService, summary.rootName, summary.spans, summary.errors, summary.durationNs, summary.services.toSorted()], ['gateway', 'get /', 2, 1, 200_000_000n, ['auth', 'gateway']]);
    assert.equal(loaded!.batches[0]!.count, 2);
    assert.deepEqual([ref.traceId, ref.startUnixNano], [idOf(3), String(NOW_NS - 3_000_000_000n)]);
  });

  it('2,000 traces: paging to the end yields every one once', async () => {
    const { fake, source } = await fakeOf({ traces: Array.from({ length: 2000 }, (_, k) => traceOf(k + 1, ((k * 7919) % 2000) * 40_000 + 1000)) });
    const backend = listedBackend({ source, now: () => NOW_MS, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: 24n * HOUR_NS, received: () => fake.client.usage.bytes });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await backend.search({ group: 'recent', sort: 'newest', limit: 200, ...(cursor === undefined ? {} : { cursor }) }, signal);
      seen.push(...page.traces.map(({ summary }) => summary.traceId));
      cursor = page.next;
    } while (cursor !== undefined);
    assert.deepEqual([seen.length, new Set(seen).size], [2000, 2000]);
  });

  describe('one trace', () => {
    const low = 'f00d'.padStart(16, '1');
    const mixed: ZipkinSpan[][] = [
      [{ traceId: `${'0'.repeat(15)}7${low}`, id: 'a'.padStart(16, '0'), name: 'front', timestamp: NOW_MS * 1000 - 9000, duration: 5000, kind: 'CLIENT', ...local('web') }],
      [{ traceId: low, id: 'a'.padStart(16, '0'), name: 'back', timestamp: NOW_MS * 1000 - 8500, kind: 'SERVER', shared: true, ...local('api') }],
    ];
    const full = `${'0'.repeat(15)}7${low}`;

    for (const noTraceMany of [false, true]) {
      it(`with ids of 64 and 128 bits${noTraceMany ? ', from an older server' : ''}`, async () => {
        const { source } = await fakeOf({ traces: mixed, noTraceMany });
        const { batches } = await source.trace({ traceId: full }, signal);
        const trace = buildTrace(full, batches.map((batch) => ({ batch })));
        assert.equal(trace.spans, noTraceMany ? 1 : 2);
        if (!noTraceMany) assert.deepEqual(Array.from(trace.depth, Number), [1, 2], 'the shared server half is below its client half, though it has not ended');
      });
    }

    it('is one row in the list, whose ids are mixed', async () => {
      const { source } = await fakeOf({ traces: mixed });
      const { traces } = await ask(source);
      assert.deepEqual(traces.map(({ summary }) => [summary.traceId, summary.spans]), [[full, 2]]);
    });

    it('by a short id, by an unknown one, by none', async () => {
      const { fake, source } = await fakeOf({ traces: [[{ traceId: '6', id: '1', name: 'x', timestamp: 1, ...local('s') }]] });
      assert.equal((await source.trace({ traceId: '6' }, signal)).batches[0]!.count, 1);
      assert.equal(fake.asked[0], `/api/v2/trace/${'6'.padStart(16, '0')}`);
      assert.equal(await kindOf(source.trace({ traceId: REFERENCE }, signal)), 'notFound');
      assert.equal(await kindOf(source.trace({ traceId: '77' }, signal)), 'notFound');
      assert.equal(await kindOf(source.trace({ traceId: 'no/../id' }, signal)), 'badData');
    });
  });

  it('services, span names, version', async () => {
    const { source } = await fakeOf({ traces: [traceOf(1, 1000)] });
    assert.deepEqual(await source.services(signal), ['auth', 'gateway']);
    assert.deepEqual(await source.operations('Gateway', signal), ['get /']);
    assert.deepEqual(await source.probe(signal), { notes: [], version: '3.6.1' });
  });

  it('without search: says so, and opens by id', async () => {
    const { source } = await fakeOf({ traces: [traceOf(1, 1000)], noSearch: true });
    await assert.rejects(ask(source), /does not search .* open a trace by its id/);
    assert.equal((await source.trace({ traceId: idOf(1) }, signal)).batches[0]!.count, 2);
  });

  describe('other programs and broken answers', () => {
    for (const [what, answer, kind] of [
      ['a page', webPage(), 'badData'],
      ['JSON of another shape', json({ data: [] }), 'badData'],
      ['a list that breaks off', plain('["a"', 200), 'badData'],
      ['a failure in text', { status: 500, type: 'text/*', body: 'storage is down' }, 'server'],
      ['a refusal in text', { status: 400, type: 'text/*', body: 'maxDuration is only valid with minDuration' }, 'badData'],
      ['401', plain('', 401), 'auth'],
    ] as const) {
      it(`${what}: ${kind}`, async () => {
        const fake = await httpFake(() => answer);
        open.push(fake);
        assert.equal(await kindOf(sourceAt(fake).services(signal)), kind);
        assert.equal(await kindOf(ask(sourceAt(fake))), kind);
        assert.equal(await kindOf(sourceAt(fake).trace({ traceId: '6' }, signal)), kind);
        assert.equal((await zipkin.detect!(fake.client, signal).catch(() => ({ is: false }))).is, false);
      });
    }

    it('odd entries among good ones are left out', async () => {
      const fake = await httpFake(() => json([null, 5, [], [null, { traceId: '6', id: '1', name: '__proto__', timestamp: 5, tags: { ['__proto__']: 'x' } }]]));
      open.push(fake);
      const { traces } = await ask(sourceAt(fake));
      assert.deepEqual(traces.map(({ summary }) => [summary.spans, summary.rejected]), [[1, 1]]);
    });
  });

  it('is told by what it answers, and by its links', async () => {
    const { fake } = await fakeOf({ traces: [] });
    assert.deepEqual(await zipkin.detect!(fake.client, signal), { is: true, says: '/api/v2/services lists services.', version: '3.6.1' });
    const of = (address: string): unknown => {
      const found = zipkin.recognise!(new URL(address));
      return found === undefined ? undefined : [found.url, found.traceId];
    };
    assert.deepEqual(of('http://localhost:9411/zipkin/traces/6'), ['http://localhost:9411/zipkin', '6']);
    assert.deepEqual(of('https://x/ops/zipkin/?lookback=15m'), ['https://x/ops/zipkin', undefined]);
    for (const other of ['http://localhost:9411/', 'http://x/zipkins/', 'http://x/trace/6']) assert.equal(of(other), undefined, other);
  });

  it('recorded: the reference trace is listed and comes out the same but for the written losses', async () => {
    const fake = await replay([
      { path: /^\/api\/v2\/traces$/, query: { annotationQuery: /^error$/ }, name: 'zipkin/search-errors' },
      { path: /^\/api\/v2\/traces$/, query: { serviceName: /^nosuch$/ }, name: 'zipkin/search-none' },
      { path: /^\/api\/v2\/traces$/, name: 'zipkin/search' },
      { path: /^\/api\/v2\/trace\/0*dead/, name: 'zipkin/trace-missing' },
      { path: /^\/api\/v2\/traceMany$/, name: 'zipkin/search-all' },
    ]);
    open.push(fake);
    const source = sourceAt(fake);
    for (const query of [{}, { errorsOnly: true, service: 'auth' }]) {
      const [found] = (await ask(source, query)).traces;
      assert.deepEqual([found!.summary.rootService, found!.summary.spans, found!.summary.errors, found!.summary.orphans], ['api-gateway', 14, 1, 1]);
    }
    assert.deepEqual((await ask(source, { service: 'nosuch' })).traces, []);
    assert.equal(await kindOf(source.trace({ traceId: 'dead00000000beef' }, signal)), 'notFound');
    const { batches } = await source.trace({ traceId: REFERENCE }, signal);
    const expected = factsOf(buildTrace(REFERENCE, [{ batch: decodeZipkinJson(JSON.parse(recordedText('reference-trace.zipkin.json'))) }]));
    const { kept, lost } = checkLosses(expected, factsOf(buildTrace(REFERENCE, batches.map((batch) => ({ batch })))), ZIPKIN_LOSSES, recordedText('zipkin/trace.body'));
    assert.deepEqual([kept + lost, lost], [expected.size, 3]);
  });
});
