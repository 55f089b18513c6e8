// Cloud Trace over a strict fake of Google's, tokens and all: lists through the generic listing within the shared quota, opening, every refusal.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, SearchPage, SearchQuery } from '../../../../src/engine/backends/backend.ts';
import { BackendError } from '../../../../src/engine/backends/backend.ts';
import { cloudTrace } from '../../../../src/engine/backends/cloudTrace.ts';
import { filterText } from '../../../../src/engine/backends/cloudTrace/list.ts';
import { Pace } from '../../../../src/engine/backends/cloudTrace/pace.ts';
import type { SourceQuery, TraceSource } from '../../../../src/engine/backends/source.ts';
import { listedBackend } from '../../../../src/engine/listing/listedBackend.ts';
import { ConnectionClient } from '../../../../src/engine/network/connectionClient.ts';
import { googleAuthorizer } from '../../../../src/engine/network/googleAuthorizer.ts';
import { splitByTrace } from '../../../../src/model/splitByTrace.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { summaryOf } from '../../../../src/model/traceSummary.ts';
import type { ConnectionConfig } from '../../../../src/protocol/connections.ts';
import { fakeCloudTrace, type FakeCloud, type FakeCloudOptions, type FakeCloudTrace } from '../../../support/fakes/cloudTrace.ts';
import { fakeGoogleTokens, REFRESH, type FakeGoogleTokens } from '../../../support/fakes/googleTokens.ts';
import { rewriting } from '../../../support/fakes/rewrite.ts';

const signal = new AbortController().signal;
const NOW_MS = Date.UTC(2026, 10, 29, 12);
const date = (agoMs: number): string => new Date(NOW_MS - agoMs).toISOString().replace('Z', '001Z');
const traceId = (k: number): string => (k + 1).toString(16).padStart(32, '0');

/** Every fifth failed at its root, every seventh below it. */
function cloudTraceOf(k: number, agoMs: number): FakeCloudTrace {
  const service = { 'service.name': k % 2 === 0 ? 'cart' : 'pay me' };
  return {
    traceId: traceId(k),
    spans: [
      { spanId: String(1000 + k), name: k % 3 === 0 ? '/buy' : '/look', kind: 'RPC_SERVER', startTime: date(agoMs), endTime: date(agoMs - 100 - (k % 10) * 100), labels: { ...service, '/http/status_code': k % 5 === 0 ? '500' : '200', tier: k % 3 === 0 ? 'gold' : 'basic' } },
      { spanId: '12913864118554233534', name: 'db', parentSpanId: String(1000 + k), startTime: date(agoMs - 10), endTime: date(agoMs - 20), labels: { ...service, ...(k % 7 === 3 ? { '/error/message': 'boom' } : {}) } },
    ],
  };
}
const cloudTraces = (count: number, everyMs: number): FakeCloudTrace[] => Array.from({ length: count }, (_, k) => cloudTraceOf(k, (k + 1) * everyMs + 60_000));

interface Set {
  readonly fake: FakeCloud;
  readonly tokens: FakeGoogleTokens;
  readonly source: TraceSource;
  readonly backend: Backend;
  readonly waits: string[];
}

describe('engine/backends/cloudTrace', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function set(options: Partial<FakeCloudOptions> = {}, config: Partial<ConnectionConfig> = {}, clock = { ms: NOW_MS }): Promise<Set> {
    const home = mkdtempSync(join(tmpdir(), 'tracefall-cloud-'));
    writeFileSync(join(home, 'user.json'), JSON.stringify({ type: 'authorized_user', ...REFRESH }));
    const tokens = await fakeGoogleTokens();
    const fake = await fakeCloudTrace({ traces: [], scopesOf: tokens.scopesOf, needsQuotaProject: true, now: () => clock.ms, ...options });
    const transport = rewriting({ ...tokens.hosts, 'cloudtrace.googleapis.com': fake.url });
    ends.push(() => fake.close(), () => tokens.close(), () => transport.close(), () => rmSync(home, { recursive: true }));
    const given: ConnectionConfig = { id: 'g', kind: 'cloudTrace', name: 'G', options: { project: 'shop-prod' }, auth: { type: 'google', credentialsFile: join(home, 'user.json') }, ...config };
    const client = new ConnectionClient({ base: given.url, transport, authorizer: googleAuthorizer(given, transport, { env: {}, home, platform: 'linux' }), provesWholeAddresses: true, wait: async () => undefined });
    const waits: string[] = [];
    const source = cloudTrace.source({ config: given, http: client, now: () => clock.ms, hold: (why, ms) => (waits.push(`${ms / 1000} s: ${why}`), () => waits.push('goes on')), changed: () => undefined });
    const backend = listedBackend({ source, now: () => clock.ms, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), lookbackNs: 24n * 3_600_000_000_000n, received: () => client.usage.bytes });
    return { fake, tokens, source, backend, waits };
  }

  const ask = (backend: Backend, query: Partial<SearchQuery> = {}): Promise<SearchPage> => backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, signal);
  const numbers = (page: SearchPage): number[] => page.traces.map(({ ref }) => Number.parseInt(ref.traceId, 16) - 1);
  const kindOfError = (kind: string, says: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, says);
    return true;
  };

  it('a day of traces is one list, newest first, and its pages are the same one', async () => {
    const { backend, fake } = await set({ traces: cloudTraces(300, 200_000) });
    const first = await ask(backend);
    assert.deepEqual(numbers(first), Array.from({ length: 20 }, (_, k) => k));
    const second = await ask(backend, { cursor: first.next! });
    assert.deepEqual(numbers(second), Array.from({ length: 20 }, (_, k) => k + 20));
    assert.equal(fake.asked.length, 1);
    assert.equal(fake.units(), 25);
    assert.match(first.notes.join(), /lists the first span of each trace/);
  });

  it('more than a list holds goes on by tokens, every trace once', async () => {
    const { backend, fake } = await set({ traces: cloudTraces(900, 60_000) });
    const ids: number[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await ask(backend, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...numbers(page));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    assert.deepEqual(ids, Array.from({ length: 900 }, (_, k) => k));
    assert.equal(fake.asked.length, 3);
  });

  it('a summary says what a root span knows', async () => {
    const { backend } = await set({ traces: cloudTraces(2, 60_000) });
    const [failed, fine] = (await ask(backend)).traces;
    assert.deepEqual([failed!.summary.rootService, failed!.summary.rootName, failed!.summary.errors, failed!.summary.durationNs, failed!.ref.scope], ['cart', '/buy', 1, 100_000_000n, 'shop-prod']);
    assert.deepEqual([failed!.unknown, fine!.unknown], [['spans', 'services'], ['spans', 'services', 'errors']]);
    assert.equal(fine!.summary.startUnixNano % 1_000_000n, 1_000n, 'µs are kept');
  });

  describe('filters', () => {
    for (const [what, query, fits] of [
      ['a service', { service: 'cart' }, (k: number) => k % 2 === 0],
      ['a service with a space', { service: 'pay me' }, (k: number) => k % 2 === 1],
      ['an operation', { operation: '/buy' }, (k: number) => k % 3 === 0],
      ['an operation below the root', { operation: 'db' }, () => true],
      ['a duration', { minDurationNs: 0.75e9 }, (k: number) => k % 10 >= 7],
      ['a label', { attributes: [{ key: 'tier', value: 'gold' }] }, (k: number) => k % 3 === 0],
      ['errors: the root\'s, and it is said', { group: 'errors' }, (k: number) => k % 5 === 0],
    ] as const) {
      it(what, async () => {
        const { backend } = await set({ traces: cloudTraces(60, 60_000) });
        const page = await ask(backend, { limit: 100, ...(query as Partial<SearchQuery>) });
        assert.deepEqual(numbers(page), Array.from({ length: 60 }, (_, k) => k).filter(fits));
        if ('group' in query) assert.match(page.notes.join(), /Errors among the latest 60 traces/);
      });
    }

    it('are text that nothing can end early', () => {
      const text = (query: Partial<SourceQuery>): string => filterText({ window: { startNs: 0n, endNs: 1n }, limit: 1, ...query });
      assert.equal(text({}), '');
      assert.equal(text({ service: 'a b', operation: 'GET /x', minDurationNs: 1.5, attributes: [{ key: '/http/url', value: 'http://x:1/?a=b' }] }), '+service.name:"a b" +span:"GET /x" latency:2ns +/http/url:http://x:1/?a=b');
      for (const query of [{ service: 'a" root:x' }, { operation: '' }, { attributes: [{ key: 'a b', value: 'x' }] }, { attributes: [{ key: 'a:b', value: 'x' }] }, { attributes: [{ key: 'a', value: 'x\ny' }] }]) assert.throws(() => text(query), kindOfError('unsupported', /Cloud Trace cannot be asked/));
    });
  });

  describe('the view COMPLETE', () => {
    const config = { options: { project: 'shop-prod', view: 'COMPLETE' } };
    it('finds errors below the root, and brings the traces along', async () => {
      const { backend, fake } = await set({ traces: cloudTraces(40, 60_000) }, config);
      const page = await ask(backend, { group: 'errors', limit: 5 });
      assert.deepEqual(numbers(page), [0, 3, 5, 10, 15]);
      assert.equal(fake.asked[0]!.searchParams.get('pageSize'), '10', 'whole traces start small');
      const cohort = await backend.cohort('cart', '/buy', 3, signal);
      assert.equal(cohort.length, 3);
      assert.ok(cohort.every(({ loaded }) => loaded?.batches[0]!.count === 2));
      assert.equal(page.traces[0]!.summary.spans, 2);
    });
  });

  describe('the quota is everybody\'s', () => {
    it('4 lists a minute, a wait that is shown, told in the list and given up with the caller', async () => {
      const { source, waits, fake } = await set({ traces: cloudTraces(5, 60_000) });
      for (let k = 0; k < 4; k++) await source.probe(signal);
      assert.deepEqual(waits, []);
      assert.match(source.capabilities.cost!, /^4 of 4 lists in the last minute, 25 quota units each/);
      const stop = new AbortController();
      const waiting = source.probe(stop.signal);
      setTimeout(() => stop.abort(), 50);
      await assert.rejects(waiting, kindOfError('aborted', /cancelled/));
      assert.deepEqual(waits, ["60 s: Google's quota: 4 lists a minute are used of the project's 12", 'goes on']);
      assert.equal(fake.units(), 100);
    });

    it('is kept by a clock: never more than so many in any time, first come first served', async () => {
      let at = 1_000_000;
      const waited: number[] = [];
      const begun: number[] = [];
      const pace = new Pace({ calls: 4, perMs: 60_000, now: () => at, wait: async (ms) => void (at += ms) });
      await Promise.all(Array.from({ length: 11 }, async (_, k) => {
        const took = await pace.ready((ms) => void waited.push(ms), signal);
        begun[k] = at;
        at += took === 0 ? 1_000 : 500;
      }));
      for (let k = 4; k < begun.length; k++) assert.ok(begun[k]! - begun[k - 4]! >= 60_000, `${k}: ${begun.join()}`);
      assert.ok(waited.length >= 2 && pace.recent <= 4);
      assert.deepEqual(begun, begun.toSorted((a, b) => a - b));
    });

    it('that others used up is a rateLimit with its time', async () => {
      const { source } = await set({ quota: 10 });
      await assert.rejects(source.probe(signal), (error: unknown) => kindOfError('rateLimit', /quota of Cloud Trace calls is used up/)(error) && (error as BackendError).retryAfterMs === 60_000);
    });

    it('opening costs no list', async () => {
      const { source, fake } = await set({ traces: cloudTraces(5, 60_000) });
      for (let k = 0; k < 5; k++) await source.trace({ traceId: traceId(k) }, signal);
      assert.equal(fake.units(), 5);
    });
  });

  describe('opening', () => {
    it('reads the trace, and the list and the trace call it the same', async () => {
      const { source, backend } = await set({ traces: cloudTraces(4, 600_000) });
      const found = (await ask(backend)).traces[3]!;
      const { batches, notes } = await source.trace(found.ref, signal);
      const summary = summaryOf(buildTrace(found.ref.traceId, splitByTrace(batches)[0]!.selections));
      assert.deepEqual([summary.rootService, summary.rootName, summary.spans, summary.errors, summary.durationNs], [found.summary.rootService, found.summary.rootName, 2, 1, found.summary.durationNs]);
      assert.deepEqual(notes, []);
    });

    it('says what may be missing: the newest spans, and those beyond 1,000', async () => {
      const { spans } = cloudTraceOf(0, 30_000);
      const many = { traceId: traceId(9), spans: Array.from({ length: 1200 }, (_, k) => ({ ...spans[0]!, spanId: String(k + 1), startTime: date(3_600_000), endTime: date(3_599_000) })) };
      const { source } = await set({ traces: [{ traceId: traceId(0), spans }, many] });
      assert.match((await source.trace({ traceId: traceId(0) }, signal)).notes.join(), /very new: spans appear in Cloud Trace about a minute after/);
      assert.deepEqual((await source.trace({ traceId: traceId(9) }, signal)).notes, ['Cloud Trace answers at most 1000 spans of a trace; what is beyond them is missing here.']);
    });

    it('what is not there, and what cannot be, is notFound', async () => {
      const { source } = await set();
      await assert.rejects(source.trace({ traceId: traceId(1) }, signal), kindOfError('notFound', /was not found\. Cloud Trace keeps traces for 30 days/));
      await assert.rejects(source.trace({ traceId: 'x/../y' }, signal), kindOfError('notFound', /is no trace id/));
    });

    it('in the project that the list named', async () => {
      const { source } = await set({ project: 'other-prod', traces: cloudTraces(1, 60_000) });
      assert.equal((await source.trace({ traceId: traceId(0), scope: 'other-prod' }, signal)).batches[0]!.count, 2);
    });
  });

  describe('refusals', () => {
    for (const [what, options, kind, says] of [
      ['a missing right names the role', { project: 'other-prod' }, 'auth', /need the role roles\/cloudtrace\.user/],
      ['an API that is switched off', { disabled: true }, 'auth', /switched off in that project; enable cloudtrace\.googleapis\.com/],
      ['a token that is not good', { scopesOf: () => undefined }, 'auth', /401/],
      ['a token for something else', { scopesOf: () => ['https://www.googleapis.com/auth/drive'] }, 'auth', /insufficient authentication scopes/],
    ] as const) {
      it(what, async () => {
        const { source } = await set(options as Partial<FakeCloudOptions>);
        await assert.rejects(source.probe(signal), kindOfError(kind, says));
      });
    }

    it('a token that ended early is renewed once', async () => {
      const { source, tokens } = await set({ traces: cloudTraces(1, 60_000) });
      await source.probe(signal);
      tokens.revoke();
      await source.probe(signal);
      assert.deepEqual(tokens.granted, ['user', 'user']);
    });

    it('a project that is none', async () => {
      for (const project of [undefined, '', 'x', 'a/b', 'Shop', '../x']) {
        const { source } = await set({}, { options: project === undefined ? {} : { project } });
        await assert.rejects(source.probe(signal), kindOfError('unsupported', /needs the id of a Google Cloud project/));
      }
    });
  });

  it('services and operations are those that were listed', async () => {
    const { source, fake } = await set({ traces: cloudTraces(10, 60_000) });
    assert.deepEqual(await source.services(signal), ['cart', 'pay me']);
    assert.deepEqual(await source.operations('cart', signal), ['/buy', '/look']);
    assert.equal(fake.asked.length, 1);
  });

  it('recognises addresses of the console and of the API, and no others', () => {
    const id = '382d4f4c6b7bb2f4a972559d9085001d';
    for (const [url, project, trace] of [
      [`https://console.cloud.google.com/traces/list?project=shop-prod&tid=${id}`, 'shop-prod', true],
      [`https://console.cloud.google.com/traces/explorer;traceId=${id};duration=PT1H?project=shop-prod`, 'shop-prod', true],
      [`https://console.cloud.google.com/traces/details/${id}?project=shop-prod`, 'shop-prod', true],
      ['https://console.cloud.google.com/traces/explorer?project=shop-prod', 'shop-prod', false],
      ['https://console.cloud.google.com/traces/explorer', undefined, false],
      [`https://cloudtrace.googleapis.com/v1/projects/shop-prod/traces/${id}`, 'shop-prod', true],
    ] as const) {
      const found = cloudTrace.recognise!(new URL(url));
      assert.deepEqual([found?.options?.['project'], found?.traceId, found?.auth], [project, trace ? id : undefined, 'google'], url);
    }
    for (const url of ['https://console.cloud.google.com/logs?project=x', 'https://console.cloud.google.com.evil.example/traces/list?project=x', 'https://cloudtrace.googleapis.com/', 'http://localhost/traces']) assert.equal(cloudTrace.recognise!(new URL(url)), undefined, url);
  });
});
