// Tempo over real HTTP against a strict fake of its documentation: lists, filters, paging, opening, tenants, Grafana in front, and every
// quirk of versions; what real servers answered is in the recorded bytes it gives back.
import assert from 'node:assert/strict';
import { buildOpenTrace } from '../../../../src/engine/openTraces.ts';
import { BackendError, type BackendErrorKind, type SearchQuery } from '../../../../src/engine/backends/backend.ts';
import { tempo } from '../../../../src/engine/backends/tempo.ts';
import { decodeOtlpProto } from '../../../../src/formats/otlpProto.ts';
import { OtlpWriter } from '../../../../src/formats/otlpWriter.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../../../src/protocol/connections.ts';
import { connected, type Connected } from '../../../support/connected.ts';
import { fakeServer, json, type FakeServer } from '../../../support/fakes/fakeServer.ts';
import { fakeTempo, type FakeTempoOptions } from '../../../support/fakes/tempo.ts';
import { recorded, recordedText } from '../../../support/formatFixtures.ts';
import { TEMPO_LOSSES } from '../../../support/losses/tempo.ts';
import { checkLosses, factsOf, lossesOf } from '../../../support/sameTrace.ts';
import { shuffled } from '../listing/fakeSource.ts';

const signal = new AbortController().signal;
const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';
const NOW_MS = Date.UTC(2026, 10, 21, 1);
const reference = recorded('tempo/trace-v1-protobuf.body');

/** One span a trace, `agoMs` before now. */
function traceBytes(id: number, agoMs: number, more: { readonly ms?: number; readonly service?: string; readonly name?: string; readonly failed?: boolean } = {}): Uint8Array {
  const { ms = 100, service = 'shop', name = 'GET /', failed = false } = more;
  const start = BigInt(NOW_MS - agoMs) * 1_000_000n;
  const writer = new OtlpWriter();
  writer.beginResource([{ key: 'service.name', value: service }]);
  writer.beginScope();
  writer.span({ traceId: id.toString(16).padStart(32, '0'), spanId: 'a1b2c3d4e5f60001', name, startUnixNano: start, endUnixNano: start + BigInt(ms) * 1_000_000n, statusCode: failed ? 2 : 0 });
  writer.endScope();
  writer.endResource();
  return writer.finish();
}

describe('engine/backends/tempo', () => {
  const open: { close(): Promise<void> }[] = [];
  const server = async (options: Partial<FakeTempoOptions> = {}): Promise<FakeServer> => {
    const fake = await fakeTempo({ traces: [reference], ...options });
    open.push(fake);
    return fake;
  };
  const connect = (fake: FakeServer, config: Partial<ConnectionConfig> = {}, secrets: ConnectionSecrets = {}, nowMs = NOW_MS): Connected => {
    const made = connected({ kind: 'tempo', url: fake.url, ...config }, secrets, () => nowMs);
    open.push(made);
    return made;
  };
  const with_ = async (options: Partial<FakeTempoOptions> = {}, config: Partial<ConnectionConfig> = {}, secrets: ConnectionSecrets = {}): Promise<Connected & { readonly fake: FakeServer }> => {
    const fake = await server(options);
    return { fake, ...connect(fake, config, secrets) };
  };
  const list = async ({ backend }: Connected, query: Partial<SearchQuery> = {}): Promise<{ ids: string[]; notes: readonly string[] }> => {
    const page = await backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, signal);
    return { ids: page.traces.map(({ summary }) => summary.traceId.replace(/^0+/, '')), notes: page.notes };
  };
  const rejects = (kind: BackendErrorKind, says: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof BackendError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, says);
    return true;
  };
  afterEach(async () => void (await Promise.all(open.splice(0).map((one) => one.close()))));

  describe('opens a trace', () => {
    for (const [what, options] of [
      ['by v2, wrapped protobuf', {}],
      ['by v1, bare protobuf, where there is no v2', { noV2: true, version: '2.6.1' }],
      ['as JSON with base64 ids by v2, where a proxy drops what is accepted', { jsonOnly: () => recordedText('tempo/trace-v2-json.body') }],
      ['as JSON by v1', { noV2: true, jsonOnly: () => recordedText('tempo/trace-v1-json.body') }],
    ] as const) {
      it(`${what}: the reference trace as it was sent`, async () => {
        const { source } = await with_(options);
        const sent = await buildOpenTrace({ connection: 'x', traceId: REFERENCE }, async () => ({ batches: [decodeOtlpProto(recorded('reference-trace.otlp.pb'))], notes: [] }), signal);
        const got = await buildOpenTrace({ connection: 'x', traceId: REFERENCE }, (key, aborted) => source.trace(key, aborted), signal);
        const { kept, lost } = checkLosses(factsOf(sent.trace), factsOf(got.trace), lossesOf(TEMPO_LOSSES, 'first'), recordedText('tempo/trace-v2-json.body'));
        assert.ok(kept > 250 && lost === 0, `${kept} ${lost}`);
      });
    }

    it('within times that leave room, and without them where nothing is there', async () => {
      const { fake, source } = await with_({ traces: [traceBytes(6, 7_200_000)] });
      const start = BigInt(NOW_MS) * 1_000_000n;
      await source.trace({ traceId: '6', startUnixNano: String(start), endUnixNano: String(start + 1n) }, signal);
      const reads = fake.asked.filter(({ path }) => path.includes('traces/6')).map(({ path, query }) => [path, query.get('start'), query.get('end')]);
      const s = NOW_MS / 1000;
      assert.deepEqual(reads, [['/api/v2/traces/6', String(s - 3600), String(s + 3601)], ['/api/v2/traces/6', null, null]]);
    });

    it('within times that somebody picked, and no further', async () => {
      const { fake, source } = await with_({ traces: [traceBytes(6, 7_200_000)] });
      const [startS, endS] = [NOW_MS / 1000 - 3600, NOW_MS / 1000];
      const ref = { traceId: '6', within: true, startUnixNano: `${startS}000000000`, endUnixNano: `${endS}000000000` };
      await assert.rejects(source.trace(ref, signal), { kind: 'notFound', message: new RegExp(`is older than ${new Date(startS * 1000).toISOString()}, since when was searched`) });
      assert.deepEqual(fake.asked.filter(({ path }) => path.includes('traces/6')).map(({ query }) => [query.get('start'), query.get('end')]), [[String(startS), String(endS + 1)]]);
      await source.trace({ traceId: '6', within: true }, signal);
    });

    it('too large for v2: what came, and that it is a part', async () => {
      const { source } = await with_({ maxBytesPerTrace: 100 });
      const { batches } = await source.trace({ traceId: REFERENCE }, signal);
      assert.match(batches[0]!.warnings.join(), /only a part of the trace: Trace exceeds maximum size of 100 bytes/);
    });

    for (const [what, options, id, kind, says] of [
      ['an unknown trace is 200 and empty in 3.x', {}, 'dead', 'notFound', /Trace dead is not in Tempo/],
      ['an unknown trace is 404 in 2.x', { emptyForMissing: false }, 'dead', 'notFound', /not in Tempo/],
      ['too large for v1', { noV2: true, maxBytesPerTrace: 100 }, REFERENCE, 'tooLarge', /422.*trace exceeds max size/],
      ['no hex is asked of nobody', {}, 'my trace', 'notFound', /no id of Tempo/],
      ['what is no trace', { jsonOnly: () => '[1]' }, REFERENCE, 'badData', /no trace: not OTLP\/JSON/],
    ] as const) {
      it(what, async () => assert.rejects((await with_(options)).source.trace({ traceId: id }, signal), rejects(kind, says)));
    }

    it('an id with its leading zeros, as lists give it', async () => {
      const made = await with_({ traces: [traceBytes(6, 60_000)] });
      const [found] = (await made.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, signal)).traces;
      assert.equal(found!.ref.traceId, '00000000000000000000000000000006');
      assert.equal((await made.source.trace(found!.ref, signal)).batches[0]!.count, 1);
    });
  });

  describe('lists', () => {
    const some = [traceBytes(1, 60_000), traceBytes(2, 120_000, { failed: true }), traceBytes(3, 180_000, { service: 'pay"ment', name: 'charge \\ {card}', ms: 4000 }), traceBytes(4, 7_000_000, { ms: 2500, failed: true })];

    for (const [what, query, ids] of [
      ['recent', {}, ['1', '2', '3', '4']],
      ['errors', { group: 'errors' }, ['2', '4']],
      ['of a service with quotes in its name', { service: 'pay"ment' }, ['3']],
      ['of an operation', { service: 'pay"ment', operation: 'charge \\ {card}' }, ['3']],
      ['long ones', { minDurationNs: 2.5e9 }, ['3', '4']],
      ['errors of a service that are long', { group: 'errors', service: 'shop', minDurationNs: 1e9 }, ['4']],
      ['by TraceQL', { text: '{ name =~ "charge.*" }' }, ['3']],
      ['by TraceQL and errors', { text: '{ resource.service.name = "shop" } | count() > 0', group: 'errors' }, ['2', '4']],
      ['by a part of a name', { text: 'CHARGE' }, ['3']],
    ] as const) {
      it(what, async () => assert.deepEqual((await list(await with_({ traces: some }), query)).ids, ids));
    }

    it('asks in whole seconds, for windows of a week at most, newest first', async () => {
      // Not at a whole second: rounded outward, a week is one more.
      const fake = await server({ traces: some });
      const made = connect(fake, { lookbackHours: 24 * 30 }, {}, NOW_MS + 137);
      assert.deepEqual((await list(made)).ids, ['1', '2', '3', '4']);
      const searches = fake.asked.filter(({ path }) => path === '/api/search');
      assert.ok(searches.every(({ query }) => /^\d+$/.test(query.get('start')!) && Number(query.get('end')) - Number(query.get('start')) <= 168 * 3600 && query.get('q') === '{ } with (most_recent=true)'));
      assert.ok(searches.some(({ query }) => Number(query.get('end')) - Number(query.get('start')) === 168 * 3600), 'and no less where there is more to search');
    });

    it('wrong TraceQL is said in Tempo’s words', async () => {
      const made = await with_({ traces: some });
      await assert.rejects(list(made, { text: '{ nonsense' }), rejects('badData', /invalid TraceQL query: parse error at line 1, col 3: unknown identifier: nonsense/));
      assert.deepEqual((await list(made)).ids, ['1', '2', '3', '4'], 'and the hint is not blamed for it');
      assert.ok(made.fake.asked.at(-1)!.query.get('q')!.includes('most_recent'));
    });

    it('the last 30 s are not searched by 3.x, and said so; 2.x searches them', async () => {
      assert.match((await list(await with_({ traces: some }))).notes.join(), /does not search the last 30 s/);
      assert.doesNotMatch((await list(await with_({ traces: some, version: '2.9.0' }))).notes.join(), /30 s/);
    });

    describe('300 traces, limit 20: every one once', () => {
      const many = Array.from({ length: 300 }, (_, k) => traceBytes(k + 1, (k + 1) * 60_000, { ms: k % 7 === 0 ? 600_000 : 100 }));
      for (const [what, options] of [
        ['newest first', {}],
        ['a server that does not know hints', { noHints: true, pick: (all: readonly never[]) => shuffled(all) }],
        ['a server that ignores the hint (2.7)', { version: '2.7.2', pick: (all: readonly never[]) => shuffled(all) }],
        ['a server that ignores the hint and answers the oldest', { version: 'v2.6.0', pick: (all: readonly never[]) => all.toReversed() }],
      ] as const) {
        it(what, async () => {
          const { backend } = await with_({ traces: many, ...options } as Partial<FakeTempoOptions>);
          const ids: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await backend.search({ group: 'recent', sort: 'newest', limit: 20, ...(cursor === undefined ? {} : { cursor }) }, signal);
            ids.push(...page.traces.map(({ summary }) => summary.traceId));
            cursor = page.next;
          } while (cursor !== undefined && ids.length < 1000);
          assert.deepEqual(ids.map((id) => Number.parseInt(id, 16)).toSorted((a, b) => a - b), Array.from({ length: 300 }, (_, k) => k + 1));
        });
      }
    });

    it('services and the operations of one', async () => {
      const { source } = await with_({ traces: some });
      assert.deepEqual([await source.services(signal), await source.operations('pay"ment', signal)], [['pay"ment', 'shop'], ['charge \\ {card}']]);
    });
  });

  describe('who may read', () => {
    it('a tenant, and two of them', async () => {
      for (const [tenant, ids] of [['a', [REFERENCE]], ['b|a', [REFERENCE]], ['b', []]] as const) {
        assert.deepEqual((await list(await with_({ tenants: ['a', 'b'] }, { options: { tenant } }))).ids, ids, tenant);
      }
      const { source } = await with_({ tenants: ['a'] });
      await assert.rejects(source.probe(signal), rejects('auth', /401.*no org id/));
    });

    it('Grafana Cloud: instance and token as basic auth', async () => {
      const basic = { auth: { type: 'basic', user: '1234' } } as const;
      assert.deepEqual((await list(await with_({ basic: '1234:token' }, basic, { secret: 'token' }))).ids, [REFERENCE]);
      await assert.rejects((await with_({ basic: '1234:token' }, basic, { secret: 'wrong' })).source.probe(signal), rejects('auth', /401/));
    });
  });

  describe('through Grafana', () => {
    const sources = { prom: ['prometheus', 'Prometheus'], 'P-1': ['tempo', 'Tempo (prod)'], t2: ['tempo', 'Tempo dev'] } as const;
    const bearer = { auth: { type: 'bearer' } } as const;

    it('the data source is picked from a list', async () => {
      const { source } = await with_({ grafana: { token: 'sa', sources } }, bearer, { secret: 'sa' });
      const { choices, notes, mustPick } = await source.probe(signal);
      assert.deepEqual([choices, notes, mustPick], [{ datasource: ['Tempo (prod) (P-1)', 'Tempo dev (t2)'] }, ['This is Grafana with 2 Tempo data sources: pick one.'], ['datasource']]);
      await assert.rejects(source.services(signal), rejects('unsupported', /2 Tempo data sources; edit the connection/));
    });

    for (const datasource of ['Tempo (prod) (P-1)', 'P-1']) {
      it(`${datasource} is asked by its proxy`, async () => {
        const made = await with_({ grafana: { token: 'sa', sources } }, { ...bearer, options: { datasource } }, { secret: 'sa' });
        assert.deepEqual((await list(made)).ids, [REFERENCE]);
        assert.equal((await made.source.trace({ traceId: REFERENCE }, signal)).batches[0]!.count, 14);
        assert.ok(made.fake.asked.every(({ path }) => path.startsWith('/api/datasources/proxy/uid/P-1/api/')));
        assert.equal((await made.source.probe(signal)).choices?.['datasource']?.length, 2);
      });
    }

    it('the only one is taken', async () => {
      assert.deepEqual((await list(await with_({ grafana: { token: 'sa', sources: { only: ['tempo', 'T'] } } }, bearer, { secret: 'sa' }))).ids, [REFERENCE]);
    });

    it('a token that may read one and not list them', async () => {
      const grafana = { token: 'sa', sources, mayList: false };
      const made = await with_({ grafana }, { ...bearer, options: { datasource: 'P-1' } }, { secret: 'sa' });
      assert.equal((await made.source.probe(signal)).choices, undefined);
      await assert.rejects((await with_({ grafana }, bearer, { secret: 'sa' })).source.probe(signal), rejects('auth', /403/));
    });

    it('none, or a wrong token', async () => {
      await assert.rejects((await with_({ grafana: { token: 'sa', sources: {} } }, bearer, { secret: 'sa' })).source.services(signal), rejects('unsupported', /no Tempo data source/));
      await assert.rejects((await with_({ grafana: { token: 'sa', sources } }, bearer, { secret: 'no' })).source.probe(signal), rejects('auth', /401/));
    });
  });

  for (const [what, before, kind, says] of [
    ['a login page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Log in</title>' }, 'badData', /web page \(200\).*may be a login page/],
    ['a proxy that does not reach it', { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' }, 'server', /failed on the server \(502\)/],
  ] as const) it(`${what} that stands before Grafana for a while is said, and not taken for a Tempo`, async () => {
    let login = true;
    const fake = await fakeServer(({ path }) => {
      if (login) return { ...before, headers: { ...before.headers, 'retry-after': '0' } };
      const below = '/api/datasources/proxy/uid/p';
      const answers: Readonly<Record<string, unknown>> = { '/api/health': { database: 'ok' }, '/api/datasources': [{ type: 'tempo', uid: 'p', name: 'P' }], [`${below}/api/status/buildinfo`]: { version: '2.8.1', goVersion: 'go1.24' }, [`${below}/api/search`]: { traces: [] } };
      return Object.hasOwn(answers, path) ? json(answers[path]) : json({ message: 'Not found' }, 404);
    });
    open.push(fake);
    const made = connect(fake);
    await assert.rejects(list(made), rejects(kind, says));
    await assert.rejects(made.source.trace({ traceId: REFERENCE }, signal), rejects(kind, says));
    login = false;
    assert.deepEqual((await list(made)).ids, []);
    assert.ok(fake.asked.some(({ path }) => path === '/api/datasources/proxy/uid/p/api/search'));
    login = true;
    await assert.rejects(made.backend.trace({ traceId: REFERENCE }, signal), rejects(kind, says));
  });

  describe('is told by what it answers', () => {
    for (const [what, options, secrets, found] of [
      ['a Tempo', {}, {}, { is: true }],
      ['a Tempo that says its version', { version: '2.8.1' }, {}, { is: true, version: '2.8.1' }],
      ['a Grafana without a token', { grafana: { token: 'sa', sources: {} } }, {}, { is: true, needsAuth: true, auth: 'bearer' }],
      ['a Grafana with one', { grafana: { token: 'sa', sources: { t: ['tempo', 'T'] } } }, { secret: 'sa' }, { is: true, options: { datasource: 't' } }],
      ['a Grafana with none', { grafana: { token: 'sa', sources: { p: ['prometheus', 'P'] } } }, { secret: 'sa' }, { is: false }],
    ] as const) {
      it(what, async () => {
        const { http } = await with_(options as Partial<FakeTempoOptions>, { auth: { type: 'secret' in secrets ? 'bearer' : 'none' } }, secrets);
        const { says, ...rest } = await tempo.detect!(http, signal);
        assert.deepEqual(rest, found);
        assert.match(says, /\.$/);
      });
    }

    for (const [link, wanted] of [
      ['https://tempo-prod-04-prod-us-east-0.grafana.net/tempo', { name: 'Grafana Cloud Tempo', url: 'https://tempo-prod-04-prod-us-east-0.grafana.net/tempo', auth: 'basic' }],
      [`https://g.example/sub/explore?panes=${encodeURIComponent(JSON.stringify({ a: { datasource: 'P1', queries: [{ datasource: { type: 'tempo', uid: 'P1' }, query: `0${REFERENCE.slice(1)}` }] } }))}`, { name: 'Tempo of g.example', url: 'https://g.example/sub', options: { datasource: 'P1' }, auth: 'bearer', traceId: `0${REFERENCE.slice(1)}` }],
      [`https://g.example/explore?left=${encodeURIComponent(JSON.stringify({ datasource: 'P1', queries: [{ datasource: { type: 'tempo' }, query: '{ status = error }' }] }))}`, { name: 'Tempo of g.example', url: 'https://g.example', options: { datasource: 'P1' }, auth: 'bearer' }],
      [`https://g.example/explore?panes=${encodeURIComponent('{"a":{"queries":[{"datasource":{"type":"loki","uid":"x"}}]}}')}`, undefined],
      ['https://g.example/explore?panes=%7Bbroken', undefined],
      [`https://g.example/sub/a/grafana-exploretraces-app/explore?from=now-30m&to=now&var-ds=P1&traceId=${REFERENCE.slice(1)}&spanId=1`, { name: 'Tempo of g.example', url: 'https://g.example/sub', options: { datasource: 'P1' }, auth: 'bearer', traceId: `0${REFERENCE.slice(1)}` }],
      ['https://g.example/a/grafana-exploretraces-app/explore?actionView=traceList', { name: 'Tempo of g.example', url: 'https://g.example', auth: 'bearer' }],
      ['https://g.example/a/grafana-lokiexplore-app/explore?var-ds=L1', undefined],
      ['https://g.example/explore', undefined],
      ['http://localhost:3200/', undefined],
    ] as const) {
      it(link.slice(0, 60), () => assert.deepEqual(tempo.recognise!(new URL(link)), wanted));
    }
  });
});
