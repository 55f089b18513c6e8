// Jaeger of three ages: which API is asked, what a storage refuses, what NaN breaks; and what real servers answered, recorded.
import assert from 'node:assert/strict';
import { jaeger } from '../../../../src/engine/backends/jaeger.ts';
import type { BackendError } from '../../../../src/engine/backends/backend.ts';
import type { SourcePage, SourceQuery, TraceSource } from '../../../../src/engine/backends/source.ts';
import { listedBackend } from '../../../../src/engine/listing/listedBackend.ts';
import { decodeOtlpJsonText } from '../../../../src/formats/otlpJson.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { fakeJaeger, idOf, type FakeJaegerOptions, type FakeJaegerTrace } from '../../../support/fakes/jaeger.ts';
import { httpFake, json, page as webPage, plain, type HttpFake } from '../../../support/fakes/httpFake.ts';
import { recordedText } from '../../../support/formatFixtures.ts';
import { JAEGER_V1_LOSSES, JAEGER_V3_LOSSES } from '../../../support/losses/jaeger.ts';
import { replay, type Recording } from '../../../support/recordedReplay.ts';
import { checkLosses, factsOf, lossesOf } from '../../../support/sameTrace.ts';

const signal = new AbortController().signal;
const NOW_MS = Date.UTC(2026, 10, 29, 12);
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const HOUR_NS = 3_600_000_000_000n;
const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('engine/backends/jaeger', () => {
  const open: HttpFake[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((fake) => fake.close()));
  });

  const sourceAt = (fake: HttpFake, options: Readonly<Record<string, string>> = {}): TraceSource =>
    jaeger.source({ config: { id: 'j', kind: 'jaeger', name: 'j', url: fake.url, options }, http: fake.client, now: () => NOW_MS, changed: () => undefined });

  async function fakeOf(options: FakeJaegerOptions, settings: Readonly<Record<string, string>> = {}): Promise<{ fake: HttpFake; source: TraceSource }> {
    const fake = await fakeJaeger(options);
    open.push(fake);
    return { fake, source: sourceAt(fake, settings) };
  }

  async function replayed(recordings: readonly Recording[]): Promise<{ fake: HttpFake; source: TraceSource }> {
    const fake = await replay(recordings);
    open.push(fake);
    return { fake, source: sourceAt(fake) };
  }

  const ask = (source: TraceSource, query: Partial<SourceQuery> = {}): Promise<SourcePage> => source.page({ window: { startNs: NOW_NS - HOUR_NS, endNs: NOW_NS }, limit: 100, ...query }, signal);
  const ids = (page: SourcePage): number[] => page.traces.map(({ summary }) => Number.parseInt(summary.traceId, 16)).toSorted((a, b) => a - b);
  const kindOf = async (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', (error: BackendError) => error.kind);
  const many = (count: number, more: (k: number) => Partial<FakeJaegerTrace> = () => ({})): FakeJaegerTrace[] => Array.from({ length: count }, (_, k) => ({ id: k + 1, startNs: NOW_NS - BigInt(k + 1) * 30_000_000_000n, ...more(k) }));
  const paths = (fake: HttpFake): string[] => fake.asked.map((asked) => asked.split('?')[0]!);

  describe('which API lists', () => {
    const traces = many(6, (k) => ({ service: k < 3 ? 'shop' : 'auth', failed: k === 1, attributes: { tier: k % 2 === 0 ? 'gold' : 'tin' } }));
    for (const [what, age, query, expected, path] of [
      ['newest, no service', 'newest', {}, [1, 2, 3, 4, 5, 6], '/api/v3/trace-summaries'],
      ['newest, errors', 'newest', { errorsOnly: true }, [2], '/api/v3/trace-summaries'],
      ['newest, an attribute of a service', 'newest', { service: 'shop', attributes: [{ key: 'tier', value: 'gold' }] }, [1, 3], '/api/v3/trace-summaries'],
      ['2.13, a service', 'middle', { service: 'shop' }, [1, 2, 3], '/api/traces'],
      ['2.13, an attribute: v3 would ignore it', 'middle', { service: 'shop', attributes: [{ key: 'tier', value: 'gold' }] }, [1, 3], '/api/traces'],
      ['2.13, no service', 'middle', {}, [1, 2, 3, 4, 5, 6], '/api/v3/traces'],
      ['v1 only, a service', 'old', { service: 'auth' }, [4, 5, 6], '/api/traces'],
      ['a duration', 'middle', { service: 'shop', minDurationNs: 2e8 }, [], '/api/traces'],
    ] as const) {
      it(what, async () => {
        const { fake, source } = await fakeOf({ age, traces });
        assert.deepEqual(ids(await ask(source, query)), expected);
        assert.equal(paths(fake).at(-1), path);
        const before = fake.asked.length;
        await ask(source, query);
        assert.equal(fake.asked.length, before + 1, 'what was found out is remembered: one request a page');
      });
    }

    describe('v3 of 1.52 and older, whose gateway writes a line a trace, ids in base64', () => {
      const line = (id: number): string => JSON.stringify({ result: { resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }, instrumentationLibrarySpans: [{ spans: [{ traceId: Buffer.from(idOf({ id }), 'hex').toString('base64'), spanId: Buffer.from(`000000000000000${id}`, 'hex').toString('base64'), name: 'GET /', startTimeUnixNano: String(NOW_NS - BigInt(id) * 1_000_000_000n), endTimeUnixNano: String(NOW_NS - BigInt(id) * 900_000_000n) }] }] }] } });
      const at = async (body: string): Promise<TraceSource> => {
        const fake = await httpFake((url) => (url.pathname === '/api/v3/traces' ? { status: 200, type: 'application/json', body } : url.pathname === '/api/v3/services' ? json({ services: ['shop'] }) : webPage()));
        open.push(fake);
        return sourceAt(fake);
      };
      it('is read to its end', async () => assert.deepEqual(ids(await ask(await at(`${line(1)}\n${line(2)}\n${line(3)}\n`))), [1, 2, 3]));
      it('that breaks off is no shorter list', async () => {
        await assert.rejects(ask(await at(`${line(1)}\n{"error":{"grpc_code":2,"http_code":500,"message":"no hosts available"}}\n`)), /The search for traces broke off on the server: no hosts available/);
        await assert.rejects(ask(await at(`${line(1)}\n{"result":{"resour`)), /not JSON \(200\)/);
      });
    });

    it('a login page that stands before it for a while is taken for no older Jaeger', async () => {
      let login = true;
      const summary = { traceId: idOf({ id: 1 }), rootServiceName: 'shop', rootOperationName: 'GET /', minStartTimeUnixNano: String(NOW_NS - 1_000_000_000n), maxEndTimeUnixNano: String(NOW_NS - 900_000_000n), spanCount: 1, services: [{ name: 'shop', spanCount: 1 }] };
      const fake = await httpFake((url) => (login ? webPage() : url.pathname === '/api/v3/trace-summaries' ? json({ summaries: [summary] }) : url.pathname === '/api/v3/services' ? json({ services: ['shop'] }) : plain('404 page not found', 404)));
      open.push(fake);
      const source = sourceAt(fake);
      await assert.rejects(ask(source), (error: BackendError) => error.kind === 'unsupported' && /whether it leads to a login page/.test(error.message));
      login = false;
      assert.deepEqual(ids(await ask(source)), [1]);
      assert.equal(source.capabilities.wholeTraces, false);
    });

    it('everything is read as it was stored: with corrections, some versions write their warnings into it each time', async () => {
      for (const [age, raw] of [['old', /[?&]raw=true|v3/], ['middle', /raw_traces=true/], ['newest', /rawTraces=true/]] as const) {
        const { fake, source } = await fakeOf({ age, traces });
        await ask(source, age === 'old' ? { service: 'shop' } : {});
        await source.trace({ traceId: idOf({ id: 1 }) }, signal);
        const reads = fake.asked.filter((asked) => /traces|summaries/.test(asked) && !asked.includes('query.startTimeMin'));
        assert.ok(reads.length > 0 && reads.every((asked) => raw.test(asked)), reads.join('\n'));
      }
    });

    it('a full page is one that reached the limit, by each API', async () => {
      for (const [age, query] of [['newest', {}], ['middle', {}], ['middle', { service: 'shop' }], ['old', { service: 'shop' }]] as const) {
        const { source } = await fakeOf({ age, traces });
        const all = (await ask(source, query)).traces.length;
        assert.deepEqual([(await ask(source, { ...query, limit: all })).full, (await ask(source, { ...query, limit: all + 1 })).full], [true, false], `${age} ${JSON.stringify(query)}`);
      }
    });

    it('bounds are rounded outward to what the API can say', async () => {
      const { source } = await fakeOf({ age: 'old', traces: [{ id: 1, startNs: NOW_NS + 1000n }] });
      assert.deepEqual(ids(await ask(source, { service: 'shop', window: { startNs: NOW_NS, endNs: NOW_NS + 1n } })), [1]);
      assert.deepEqual(ids(await ask(source, { service: 'shop', window: { startNs: NOW_NS + 1999n, endNs: NOW_NS + 2000n } })), [1]);
    });

    it('says what its lists move, once it is known', async () => {
      for (const [age, whole] of [['newest', false], ['middle', true], ['old', true]] as const) {
        const { source } = await fakeOf({ age, traces });
        await source.prepare?.(signal);
        assert.equal(source.capabilities.wholeTraces, whole, age);
        assert.deepEqual((await source.probe(signal)).choices, { services: ['auth', 'shop'] });
      }
    });

    it('services and operations by whichever API has them', async () => {
      for (const age of ['newest', 'middle', 'old'] as const) {
        const { source } = await fakeOf({ age, traces: [...traces, { id: 9, startNs: NOW_NS, service: 'shop', name: 'a/b ü' }] });
        assert.deepEqual(await source.services(signal), ['auth', 'shop'], age);
        assert.deepEqual(await source.operations('shop', signal), ['a/b ü', 'GET /'], age);
      }
    });

    it('404 with JSON is no list of summaries', async () => {
      const fake = await httpFake((url) => (url.pathname === '/api/traces' ? json({ data: [], errors: null }) : plain('{"error":{"httpCode":404,"message":"no such path"}}', 404)));
      open.push(fake);
      const source = sourceAt(fake);
      assert.deepEqual((await ask(source, { service: 'shop' })).traces, []);
      assert.equal(source.capabilities.wholeTraces, true);
    });

    it('an upgrade while it is connected is found out', async () => {
      let age: FakeJaegerOptions['age'] = 'middle';
      const servers = { middle: (await fakeOf({ age: 'middle', traces })).fake, newest: (await fakeOf({ age: 'newest', traces })).fake };
      const http = { ...servers.middle.client, usage: { requests: 0, bytes: 0 }, json: async () => undefined, request: (request: Parameters<typeof servers.middle.client.request>[0], aborted: AbortSignal) => servers[age as 'middle' | 'newest'].client.request(request, aborted) };
      const source = jaeger.source({ config: { id: 'j', kind: 'jaeger', name: 'j' }, http, now: () => NOW_MS, changed: () => undefined });
      assert.equal((await ask(source, { service: 'shop' })).traces.length, 3);
      age = 'newest';
      assert.equal((await ask(source, { service: 'shop' })).traces.length, 3);
    });
  });

  describe('a storage that cannot search without a service', () => {
    const traces = many(40, (k) => ({ service: `s${String(k % 14).padStart(2, '0')}` }));
    for (const [age, needsService] of [['newest', 400], ['middle', 400], ['middle', 500]] as const) {
      it(`${age}, refused with ${needsService}: tried once, then ten services two at a time, the rest named`, async () => {
        const { fake, source } = await fakeOf({ age, traces, needsService });
        const page = await ask(source);
        assert.equal(page.traces.length, traces.filter(({ service }) => service! < 's10').length);
        assert.match(page.notes.join(), /s00, s01, .*s09 were searched, not s10, s11, s12, s13\. Choose/);
        assert.equal(fake.mostAtOnce(), 2);
        const withoutService = (asked: string): boolean => /trace-summaries|v3\/traces/.test(asked) && !/service/i.test(asked);
        const tried = fake.asked.filter(withoutService).length;
        await ask(source);
        assert.equal(fake.asked.filter(withoutService).length, tried, 'never tried again');
      });
    }

    it('a storage that only failed for a moment is asked without a service again', async () => {
      const { fake: behind } = await fakeOf({ age: 'newest', traces });
      let down = true;
      const failure = { status: 500, headers: { 'content-type': 'text/plain' }, body: new TextEncoder().encode('{"error":{"httpCode":500,"message":"no hosts available"}}') };
      const http = { usage: { requests: 0, bytes: 0 }, json: async () => undefined, request: async (...args: Parameters<typeof behind.client.request>) => (down ? failure : behind.client.request(...args)) };
      const source = jaeger.source({ config: { id: 'j', kind: 'jaeger', name: 'j' }, http, now: () => NOW_MS, changed: () => undefined });
      await assert.rejects(ask(source), /no hosts available/);
      down = false;
      assert.equal((await ask(source)).traces.length, traces.length);
      assert.ok(behind.asked.every((asked) => !asked.includes('serviceName')));
    });

    it('what a proxy answers is no refusal', async () => {
      const fake = await httpFake((url) => (url.pathname.endsWith('/services') ? json({ services: ['a'] }) : { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' }));
      open.push(fake);
      assert.equal(await kindOf(ask(sourceAt(fake))), 'server');
      assert.ok(fake.asked.every((asked) => asked.startsWith('/api/v3/trace-summaries')));
    });

    it('searches the services that were picked', async () => {
      const { source } = await fakeOf({ age: 'newest', traces, needsService: 400 }, { services: 's13, s02,,s13' });
      const page = await ask(source);
      assert.deepEqual([...new Set(page.traces.map(({ summary }) => summary.rootService))].toSorted(), ['s02', 's13']);
      assert.deepEqual(page.notes, []);
    });

    it('v1 only wants a service always', async () => {
      const { source } = await fakeOf({ age: 'old', traces: many(4, (k) => ({ service: `s${k}` })) });
      assert.deepEqual(ids(await ask(source)), [1, 2, 3, 4]);
    });

    it('the first failure is told, and the others are not asked on', async () => {
      const { fake, source } = await fakeOf({ age: 'old', traces });
      await source.services(signal);
      const aborted = new AbortController();
      aborted.abort();
      assert.equal(await kindOf(source.page({ window: { startNs: 0n, endNs: NOW_NS }, limit: 5 }, aborted.signal)), 'aborted');
      assert.ok(fake.asked.length < 6);
    });
  });

  describe('a trace with NaN', () => {
    const traces = many(30, (k) => ({ poisoned: k === 11 }));
    const poisoned = idOf({ id: 12 });

    it('is read by v3 with the rest of its list, and named', async () => {
      const { fake, source } = await fakeOf({ age: 'middle', traces });
      const page = await ask(source, { service: 'shop' });
      assert.equal(page.traces.length, 30);
      assert.match(page.notes.join(), new RegExp(`^${poisoned} has values that are no numbers`));
      const before = fake.asked.length;
      await ask(source, { service: 'shop' });
      assert.equal(fake.asked.length, before + 1, 'v1 is not asked for this service again');
      assert.equal((await source.trace({ traceId: poisoned }, signal)).batches[0]!.count, 1);
    });

    it('does not spoil filters that it does not meet', async () => {
      const { fake, source } = await fakeOf({ age: 'middle', traces: traces.map((trace) => ({ ...trace, attributes: trace.id % 10 === 0 ? { tier: 'gold' } : {} })) });
      await ask(source, { service: 'shop' });
      assert.deepEqual(ids(await ask(source, { service: 'shop', attributes: [{ key: 'tier', value: 'gold' }] })), [10, 20, 30]);
      assert.equal(paths(fake).at(-1), '/api/traces');
    });

    it('is held against conditions that v3 ignores', async () => {
      const { source } = await fakeOf({ age: 'middle', traces: traces.map((trace) => ({ ...trace, failed: trace.id % 10 === 0, attributes: trace.id === 12 || trace.id === 20 ? { tier: 'gold' } : {} })) });
      assert.deepEqual(ids(await ask(source, { service: 'shop', attributes: [{ key: 'tier', value: 'gold' }] })), [12, 20]);
    });

    it('where v1 is all there is: isolated in at most 12 requests, its moment named, the rest shown, not searched for again', async () => {
      const { fake, source } = await fakeOf({ age: 'old', traces });
      const isPage = (asked: string): boolean => asked.startsWith('/api/traces?');
      const page = await ask(source, { service: 'shop' });
      assert.ok(fake.asked.filter(isPage).length <= 12, `${fake.asked.filter(isPage).length} requests`);
      assert.deepEqual(ids(page), traces.map(({ id }) => id).filter((id) => id !== 12));
      const [, from, to] = /between (\S+) and (\S+) has a value that is no number/.exec(page.notes.join()) ?? [];
      const startMs = Number(traces[11]!.startNs / 1_000_000n);
      assert.ok(Date.parse(from!) <= startMs && Date.parse(to!) >= startMs && Date.parse(to!) - Date.parse(from!) < 60_000, `${from} ${to}`);
      const before = fake.asked.filter(isPage).length;
      assert.deepEqual(ids(await ask(source, { service: 'shop' })), ids(page));
      assert.equal(fake.asked.filter(isPage).length, before + 2, 'once on either side of it');
      assert.equal(await kindOf(source.trace({ traceId: poisoned }, signal)), 'server');
    });

    it('a storage that fails is told so, not searched', async () => {
      const fake = await httpFake((url) => (url.pathname.startsWith('/api/v3') ? webPage() : url.pathname === '/api/services' ? json({ data: ['shop'], errors: null }) : plain(JSON.stringify({ data: null, errors: [{ code: 500, msg: 'no hosts available' }] }), 500)));
      open.push(fake);
      await assert.rejects(ask(sourceAt(fake), { service: 'shop' }), /failed on the server \(500\): no hosts available/);
      assert.equal(paths(fake).filter((path) => path === '/api/traces').length, 1);
    });
  });

  it('an error filter that finds nothing is found out, and the erring traces are found among the latest', async () => {
    const traces = many(60, (k) => ({ failed: k % 20 === 7 }));
    const { fake, source } = await fakeOf({ age: 'middle', traces });
    // A minute later: what ended a moment ago proves nothing.
    const backend = listedBackend({ source, now: () => NOW_MS + 60_000, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: HOUR_NS, received: () => fake.client.usage.bytes });
    const page = await backend.search({ group: 'errors', sort: 'newest', limit: 20, service: 'shop' }, signal);
    assert.deepEqual(page.traces.map(({ summary }) => [Number.parseInt(summary.traceId, 16), summary.errors]), [[8, 1], [28, 1], [48, 1]]);
    assert.match(page.notes.join(), /Errors among the latest 60 traces/);
  });

  it('a storage that cannot be asked for a duration and tags at once', async () => {
    const { fake, source } = await fakeOf({ age: 'old', noDurationWithTags: true, honestErrors: true, traces: many(12, (k) => ({ failed: true, ms: k % 4 === 0 ? 900 : 100 })) });
    const backend = listedBackend({ source, now: () => NOW_MS, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: HOUR_NS, received: () => fake.client.usage.bytes });
    const page = await backend.search({ group: 'errors', sort: 'newest', limit: 20, service: 'shop', minDurationNs: 5e8 }, signal);
    assert.deepEqual(page.traces.map(({ summary }) => Number.parseInt(summary.traceId, 16)), [1, 5, 9]);
    assert.equal(fake.asked.filter((asked) => asked.includes('minDuration=500000000ns')).length, 1, 'and is not asked so again');
  });

  it('says that conditions are held against one span', async () => {
    const { source } = await fakeOf({ age: 'newest', traces: many(3) });
    assert.match((await ask(source, { service: 'shop', errorsOnly: true })).notes.join(), /spans, not traces/);
    assert.deepEqual((await ask(source, { service: 'shop' })).notes, []);
    assert.deepEqual((await ask(source, { errorsOnly: true })).notes, []);
  });

  it('is full when the limit was reached, its own traces included, and those are left out unless asked for', async () => {
    const { source } = await fakeOf({ age: 'newest', traces: many(10, (k) => ({ service: k < 6 ? 'jaeger' : 'shop' })) });
    const all = await ask(source, { limit: 10 });
    assert.deepEqual([all.full, ids(all)], [true, [7, 8, 9, 10]]);
    assert.match(all.notes.join(), /traces of itself are left out/);
    assert.equal((await ask(source, { limit: 10, service: 'jaeger' })).traces.length, 6);
    assert.equal((await ask(source, { limit: 11 })).full, false);
  });

  it('sends the tenant, below a base path', async () => {
    const traces = many(2);
    for (const [tenant, settings] of [[['x-tenant', 'acme'], { tenant: 'acme' }], [['x-org', 'acme'], { tenant: 'acme', tenantHeader: 'X-Org' }]] as const) {
      const { fake, source } = await fakeOf({ age: 'newest', traces, tenant, basePath: '/jaeger' }, settings);
      assert.deepEqual(ids(await ask(source)), [1, 2]);
      assert.ok(paths(fake).every((path) => path.startsWith('/jaeger/api/')));
      assert.equal(await kindOf(ask(sourceAt(fake))), 'auth', 'without it');
    }
  });

  describe('one trace', () => {
    const traces = many(2);
    for (const age of ['newest', 'middle', 'old'] as const) {
      it(`of ${age}`, async () => {
        const { fake, source } = await fakeOf({ age, traces });
        const { batches } = await source.trace({ traceId: idOf({ id: 2 }) }, signal);
        assert.equal(batches[0]!.count, 1);
        assert.equal(paths(fake).at(-1), `/api/${age === 'old' ? '' : 'v3/'}traces/${idOf({ id: 2 })}`);
        assert.equal(await kindOf(source.trace({ traceId: idOf({ id: 77 }) }, signal)), 'notFound');
        assert.equal(await kindOf(source.trace({ traceId: 'zzz' }, signal)), 'badData');
      });
    }
  });

  it('both halves of a call that share one id are told apart by Jaeger, which is asked again for that', async () => {
    for (const age of ['newest', 'middle', 'old'] as const) {
      const { fake, source } = await fakeOf({ age, traces: [{ id: 1, startNs: NOW_NS, shared: true }, { id: 2, startNs: NOW_NS }] });
      const depths = async (id: number): Promise<number[]> => Array.from(buildTrace(idOf({ id }), (await source.trace({ traceId: idOf({ id }) }, signal)).batches.map((batch) => ({ batch }))).depth, Number);
      assert.deepEqual(await depths(2), [1], age);
      const before = fake.asked.length;
      assert.deepEqual(await depths(1), [1, 2], age);
      assert.match(fake.asked.at(-1)!, /\/traces\/0+1$/);
      assert.equal(fake.asked.length, before + 2);
    }
  });

  describe('other programs and broken answers', () => {
    for (const [what, answer, kind] of [
      ['a login page', webPage(), 'unsupported'],
      ['nothing but 404', plain('404 page not found', 404), 'unsupported'],
      ['text that is no JSON', plain('oops', 200), 'badData'],
      ['JSON that breaks off', plain('{"services":["a"', 200), 'badData'],
      ['401', plain('', 401), 'auth'],
      ['an empty answer', plain('', 200), 'unsupported'],
      ['a list', json([]), 'badData'],
    ] as const) {
      it(`${what}: ${kind}`, async () => {
        const fake = await httpFake(() => answer);
        open.push(fake);
        const source = sourceAt(fake);
        assert.equal(await kindOf(source.services(signal)), kind);
        assert.equal(await kindOf(source.probe(signal)), kind);
        assert.equal(await kindOf(source.trace({ traceId: REFERENCE }, signal)), kind);
        const detected = await jaeger.detect!(fake.client, signal).catch(() => ({ is: false }));
        assert.equal(detected.is, false);
      });
    }
  });

  it('is told by what it answers', async () => {
    for (const age of ['newest', 'middle', 'old'] as const) for (const traces of [many(1), []]) {
      const { fake } = await fakeOf({ age, traces });
      assert.equal((await jaeger.detect!(fake.client, signal)).is, true, age);
    }
  });

  it('recognises the links of its pages', () => {
    const of = (address: string): unknown => {
      const found = jaeger.recognise!(new URL(address));
      return found === undefined ? undefined : [found.url, found.traceId];
    };
    assert.deepEqual(of(`https://x.example/jaeger/trace/${REFERENCE}?uiFind=a`), ['https://x.example/jaeger', REFERENCE]);
    assert.deepEqual(of('http://localhost:16686/trace/6'), ['http://localhost:16686', '6']);
    assert.deepEqual(of('http://localhost:16686/search?service=shop&lookback=1h&limit=20'), ['http://localhost:16686', undefined]);
    for (const other of ['http://localhost:16686/', 'http://x/traces/abc', 'http://x/search?q=a', 'http://x/trace/not-hex']) assert.equal(of(other), undefined, other);
  });

  describe('recorded', () => {
    const expected = factsOf(buildTrace(REFERENCE, [{ batch: decodeOtlpJsonText(recordedText('reference-trace.otlp.json')) }]));
    const NEWEST: readonly Recording[] = [
      { path: /^\/api\/v3\/services$/, name: 'jaeger-newest/v3-services' },
      { path: /^\/api\/v3\/operations$/, name: 'jaeger-newest/v3-operations' },
      { path: /^\/api\/v3\/trace-summaries$/, query: { 'query.searchDepth': /^1$/ }, name: 'jaeger-newest/v3-summaries-none' },
      { path: /^\/api\/v3\/trace-summaries$/, query: { 'query.attributes': /^\{"error":"true"\}$/ }, name: 'jaeger-newest/v3-summaries-errors' },
      { path: /^\/api\/v3\/trace-summaries$/, query: { 'query.durationMin': /^5000000000ns$/ }, name: 'jaeger-newest/v3-summaries-slow' },
      { path: /^\/api\/v3\/trace-summaries$/, query: { 'query.serviceName': /^orchestrator$/ }, name: 'jaeger-newest/v3-summaries' },
      { path: /^\/api\/v3\/trace-summaries$/, name: 'jaeger-newest/v3-summaries-no-service' },
      { path: /^\/api\/v3\/traces\/4bf9/, name: 'jaeger-newest/v3-trace' },
      { path: /^\/api\/v3\/traces\//, name: 'jaeger-newest/v3-trace-missing' },
    ];
    const MIDDLE: readonly Recording[] = [
      { path: /^\/api\/v3\/services$/, name: 'jaeger-v3/services' },
      { path: /^\/api\/v3\/trace-summaries$/, name: 'jaeger-v3/summaries' },
      { path: /^\/api\/v3\/traces$/, query: { 'query.start_time_min': /./, 'query.service_name': /^nosuch$/ }, name: 'jaeger-v3/search-none' },
      { path: /^\/api\/v3\/traces$/, query: { 'query.start_time_min': /./ }, name: 'jaeger-v3/search-snake' },
      { path: /^\/api\/v3\/traces$/, name: 'jaeger-v3/search-camel' },
      { path: /^\/api\/v3\/traces\/4bf9/, name: 'jaeger-v3/trace' },
      { path: /^\/api\/traces$/, query: { service: /^poisoned$/ }, name: 'jaeger-poisoned/v1-search' },
      { path: /^\/api\/traces$/, query: { tags: /./ }, name: 'jaeger-v1/search-errors' },
      { path: /^\/api\/traces$/, name: 'jaeger-v1/search' },
    ];

    it('newest: lists without a service, without its own traces', async () => {
      const { source } = await replayed(NEWEST);
      const page = await ask(source);
      assert.deepEqual(page.traces.map(({ summary }) => summary.rootService), ['poisoned', 'api-gateway']);
      const { summary, ref } = page.traces[1]!;
      assert.deepEqual([summary.rootName, summary.spans, summary.errors, summary.orphans, summary.services.length], ['POST /chat', 14, 1, 1, 4]);
      assert.deepEqual([summary.durationNs, ref.traceId, ref.startUnixNano], [8_961_000_000n, REFERENCE, '1795221079000000000']);
      assert.equal((await ask(source, { service: 'orchestrator', errorsOnly: true })).traces.length, 1);
      assert.equal((await ask(source, { service: 'orchestrator', minDurationNs: 5e9 })).traces.length, 1);
      assert.equal((await source.operations('orchestrator', signal)).length, 7);
      assert.equal(await kindOf(source.trace({ traceId: 'dead' }, signal)), 'notFound');
    });

    it('2.13: whole traces by v1 and by v3, snake_case found out', async () => {
      const { fake, source } = await replayed(MIDDLE);
      for (const query of [{}, { service: 'orchestrator' }]) {
        const [found] = (await ask(source, query)).traces;
        assert.deepEqual([found!.summary.rootService, found!.summary.spans, found!.summary.errors], ['api-gateway', 14, 1], JSON.stringify(query));
        assert.equal(found!.loaded!.batches[0]!.count, 14);
      }
      assert.deepEqual((await ask(source, { service: 'orchestrator', errorsOnly: true })).traces, []);
      assert.equal((await ask(source, { service: 'poisoned' })).traces.length, 1, 'v1 answers 500: by v3');
      assert.equal(fake.asked.filter((asked) => /v3\/traces\?.*startTimeMin/.test(asked)).length, 1);
    });

    for (const [what, recordings, losses, raw] of [
      ['newest, v3', NEWEST, JAEGER_V3_LOSSES, 'jaeger-newest/v3-trace.body'],
      ['2.13, v3', MIDDLE, JAEGER_V3_LOSSES, 'jaeger-v3/trace.body'],
      ['2.13, v1', [{ path: /^\/api\/v3\//, name: 'jaeger-v3/summaries' }, { path: /^\/api\/traces\//, name: 'jaeger-v1/trace-raw' }], JAEGER_V1_LOSSES, 'jaeger-v1/trace-raw.body'],
    ] as const) {
      it(`the reference trace comes out the same but for the written losses: ${what}`, async () => {
        const { source } = await replayed(recordings);
        const { batches } = await source.trace({ traceId: REFERENCE }, signal);
        const { kept, lost } = checkLosses(expected, factsOf(buildTrace(REFERENCE, batches.map((batch) => ({ batch })))), lossesOf(losses, 'first'), recordedText(raw));
        assert.equal(kept + lost, expected.size);
      });
    }
  });
});
