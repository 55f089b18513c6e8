// ClickHouse over real HTTP by a strict stand-in: tables found, values bound, limits sent and refused, paging, slices that are too large, and
// what goes wrong. What the SQL answers on the real engine is test/live/clickhouseBackend.live.ts.
import assert from 'node:assert/strict';
import type { SourcePage } from '../../../../src/engine/backends/source.ts';
import { clickhouse } from '../../../../src/engine/backends/clickhouse.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../../../src/protocol/connections.ts';
import { connected, type Connected } from '../../../support/connected.ts';
import { exception, fakeClickHouse, type FakeClickHouse, type FakeClickHouseOptions, type FakeSpan } from '../../../support/fakes/clickhouse.ts';
import { shuffled } from '../listing/fakeSource.ts';

const signal = new AbortController().signal;
const NOW_MS = Date.UTC(2026, 10, 29, 12);
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const MINUTE_NS = 60_000_000_000n;
const DAY = { startNs: NOW_NS - 1440n * MINUTE_NS, endNs: NOW_NS };
const MAP = 'Map(LowCardinality(String), String)';

const exporter = (attributes = MAP): (readonly [string, string])[] => [
  ...['TraceId', 'SpanId', 'ParentSpanId', 'TraceState', 'SpanName', 'SpanKind', 'ServiceName', 'StatusCode', 'StatusMessage'].map((name) => [name, 'String'] as const),
  ['Timestamp', 'DateTime64(9)'], ['Duration', 'UInt64'], ['SpanAttributes', attributes], ['ResourceAttributes', attributes], ['Events.Timestamp', 'Array(DateTime64(9))'], ['Events.Attributes', `Array(${attributes})`],
];
const jaegerColumns: readonly (readonly [string, string])[] = ['trace_id', 'id', 'parent_span_id', 'name', 'service_name', 'start_time', 'duration', 'status_code', 'str_attributes.key', 'str_attributes.value', 'int_attributes.key', 'int_attributes.value'].map((name) => [name, 'String']);
const lookupColumns: readonly (readonly [string, string])[] = [['TraceId', 'String'], ['Start', 'DateTime'], ['End', 'DateTime']];
const OTEL = { 'otel.otel_traces': exporter() };

const idOf = (id: number): string => `${'c'.repeat(24)}${id.toString(16).padStart(8, '0')}`;
const span = (id: number, agoNs: bigint, more: Partial<FakeSpan> = {}): FakeSpan => ({ traceId: idOf(id), startNs: NOW_NS - agoNs, durationNs: 1_000_000n, root: true, ...more });
const row = (id: number, agoNs: bigint, more: object = {}): Readonly<Record<string, unknown>> => ({
  TraceId: idOf(id), SpanId: 'b'.repeat(16), ParentSpanId: '', SpanName: 'GET /', SpanKind: 'Server', ServiceName: 'shop', StatusCode: 'Error', SpanAttributes: {}, ResourceAttributes: {}, TimestampNs: String(NOW_NS - agoNs), Duration: '5', ...more,
});

describe('engine/backends/clickhouse', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  });

  async function made(options: Partial<FakeClickHouseOptions> = {}, config: Partial<ConnectionConfig> = {}, secrets: ConnectionSecrets = {}): Promise<Connected & { readonly fake: FakeClickHouse }> {
    const fake = await fakeClickHouse({ tables: OTEL, ...options });
    open.push(fake);
    const connection = connected({ kind: 'clickhouse', url: fake.url, ...config }, secrets, () => NOW_MS);
    open.push(connection);
    return { fake, ...connection };
  }
  async function all({ backend }: Connected, limit = 20): Promise<string[]> {
    const seen: string[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await backend.search({ group: 'recent', sort: 'newest', limit, ...(cursor === undefined ? {} : { cursor }) }, signal);
      seen.push(...page.traces.map(({ summary }) => summary.traceId));
      cursor = page.next;
    }
    return seen;
  }
  const spansOf = async ({ source }: Connected, id: string, more: object = {}): Promise<number> => buildTrace(id, (await source.trace({ traceId: id, ...more }, signal)).batches.map((batch) => ({ batch }))).spans;

  describe('tables', () => {
    const many = { ...OTEL, 'otel.otel_traces_trace_id_ts': lookupColumns, 'team.team_traces': exporter(), 'jaeger.spans': jaegerColumns, 'jaeger.services': [['name', 'String']] as const };
    for (const [what, tables, options, expected] of [
      ['the only one', OTEL, {}, 'otel.otel_traces'],
      ['the usual name of several', { ...OTEL, 'otel.old_traces': exporter() }, {}, 'otel.otel_traces'],
      ['of a database', many, { database: 'jaeger' }, 'jaeger.spans'],
      ['of any name', many, { database: 'team' }, 'team.team_traces'],
      ['picked with its database', many, { table: 'team.team_traces' }, 'team.team_traces'],
      ['picked by its name', many, { table: ' spans ' }, 'jaeger.spans'],
      ['picked for us to be told', many, {}, undefined],
      ['not there', many, { table: 'nosuch' }, undefined],
      ['none', { 'shop.orders': [['TraceId', 'String']] as const }, {}, undefined],
    ] as const) {
      it(what, async () => {
        const { source, fake } = await made({ tables }, { options });
        if (expected === undefined) return assert.rejects(source.services(signal), { kind: 'unsupported' });
        assert.deepEqual(await source.services(signal), ['shop']);
        const [database, table] = expected.split('.');
        assert.ok(fake.queries.at(-1)!.sql.includes(`FROM \`${database}\`.\`${table}\` WHERE`), fake.queries.at(-1)!.sql);
        return undefined;
      });
    }

    it('what can be picked is told, and what is read', async () => {
      const probe = await (await made({ tables: many })).source.probe(signal);
      assert.deepEqual(probe, { notes: ['ClickHouse has 3 tables of traces: pick one.'], mustPick: ['table'], version: '26.7.2.1', choices: { database: ['jaeger', 'otel', 'team'], table: ['jaeger.spans', 'otel.otel_traces', 'team.team_traces'] } });
      assert.deepEqual((await (await made({})).source.probe(signal)).notes, ['Traces are read from otel.otel_traces.']);
    });

    it('names are quoted', async () => {
      const { source, fake } = await made({ tables: { 'a`b\\.x`; DROP': exporter() } });
      await source.services(signal);
      assert.ok(fake.queries.at(-1)!.sql.includes('FROM `a\\`b\\\\`.`x\\`; DROP` WHERE'));
    });

    it('ids are sent to the shards of a Distributed table, which is said to be untried', async () => {
      const { source, fake } = await made({ distributed: ['otel.otel_traces'] });
      assert.match((await source.probe(signal)).notes.join(), /Distributed table.*not tried/);
      await source.page({ window: DAY, limit: 5 }, signal);
      assert.ok(/TraceId GLOBAL IN \(SELECT/.test(fake.queries.at(-1)!.sql));
    });
  });

  describe('lists', () => {
    it('bind every value, whatever it is, and send limits', async () => {
      const odd = "x' OR 1=1 --\\\t`";
      for (const tables of [OTEL, { 'otel.otel_traces': exporter('JSON') }, { 'jaeger.spans': jaegerColumns }]) {
        const { source, fake } = await made({ tables });
        await source.page({ window: DAY, limit: 7, service: odd, operation: odd, minDurationNs: 5e8, errorsOnly: true, attributes: [{ key: 'k.e`y', value: odd }] }, signal);
        const { sql, settings, values } = fake.queries.at(-1)!;
        assert.equal(sql.includes('OR 1=1'), false);
        assert.equal([...values.values()].filter((value) => value === "x' OR 1=1 --\\\\\\t`").length, 3);
        assert.equal(/`k`\.`e\\`y`/.test(sql), tables === undefined || sql.includes('toString(SpanAttributes'));
        assert.deepEqual([...settings], [['max_execution_time', '10'], ['max_bytes_to_read', '8589934592'], ['max_memory_usage', '2147483648']]);
        // Both spellings, and the error of any span beside the filters of one.
        assert.match(sql, /IN \('Error', 'STATUS_CODE_ERROR'\)/);
        assert.equal(sql.match(/ IN \(SELECT /g)!.length, 2);
      }
    });

    it('page to the end, every trace once: 2,000 in any order, several in the same nanosecond', async () => {
      const spans = shuffled(Array.from({ length: 2000 }, (_, k) => span(k, BigInt(k - (k % 3)) * 20_000_000_000n + 1n)));
      const seen = await all(await made({ spans }));
      assert.equal(seen.length, 2000);
      assert.equal(new Set(seen).size, 2000);
    });

    it('a trace over the edge of a window is summed up whole, and is in the window it began in', async () => {
      const spans = [span(1, 90n * MINUTE_NS), span(1, 45n * MINUTE_NS, { root: false, failed: true, durationNs: 9n * MINUTE_NS }), span(2, 50n * MINUTE_NS)];
      const { source } = await made({ spans });
      const late = await source.page({ window: { startNs: NOW_NS - 60n * MINUTE_NS, endNs: NOW_NS }, limit: 10 }, signal);
      assert.deepEqual(late.traces.map(({ summary }) => summary.traceId), [idOf(2)]);
      const early = await source.page({ window: { startNs: NOW_NS - 120n * MINUTE_NS, endNs: NOW_NS - 60n * MINUTE_NS }, limit: 10 }, signal);
      assert.deepEqual(early.traces.map(({ summary: { traceId, spans: n, errors, durationNs } }) => [traceId, n, errors, durationNs]), [[idOf(1), 2, 1, 54n * MINUTE_NS]]);
    });

    it('a page of only traces that began earlier leads on', async () => {
      const { source } = await made({ spans: [...[1, 2, 3].flatMap((k) => [span(k, 90n * MINUTE_NS), span(k, BigInt(k) * MINUTE_NS, { root: false })]), span(9, 30n * MINUTE_NS)] });
      const window = { startNs: NOW_NS - 60n * MINUTE_NS, endNs: NOW_NS };
      const first = await source.page({ window, limit: 3 }, signal);
      assert.deepEqual(first.traces, []);
      const second = await source.page({ window, limit: 3, cursor: first.cursor! }, signal);
      assert.deepEqual(second.traces.map(({ ref }) => ref.traceId), [idOf(9)]);
    });

    it('a page never parts the traces of one nanosecond: what it has is complete down to its oldest', async () => {
      const { source } = await made({ spans: [span(1, 1000n), span(2, 2000n), span(3, 3000n), span(4, 3000n), span(5, 3000n)] });
      const first = await source.page({ window: DAY, limit: 4 }, signal);
      assert.deepEqual(first.traces.map(({ ref }) => ref.traceId).toSorted(), [idOf(1), idOf(2)]);
      const second = await source.page({ window: DAY, limit: 4, cursor: first.cursor! }, signal);
      assert.deepEqual([second.traces.map(({ ref }) => ref.traceId).toSorted(), second.cursor], [[idOf(3), idOf(4), idOf(5)], undefined]);
    });

    it('a trace without its root says that it is not known', async () => {
      const { source } = await made({ spans: [span(1, MINUTE_NS, { root: false })] });
      assert.deepEqual((await source.page({ window: DAY, limit: 3 }, signal)).traces[0]!.unknown, ['root']);
    });

    for (const [code, status] of [[307, 500], [241, 500], [159, 408]] as const) {
      it(`what is too much (Code ${code}) is asked for in smaller slices`, async () => {
        const instead = ({ sql, values }: { readonly sql: string; readonly values: ReadonlyMap<string, string> }) =>
          sql.includes(' AS firstNs') && BigInt(values.get('p1')!) - BigInt(values.get('p0')!) > 20n * MINUTE_NS ? exception(code, 'Limit exceeded', status) : undefined;
        const seen = await all(await made({ spans: Array.from({ length: 30 }, (_, k) => span(k, BigInt(k) * MINUTE_NS + 1n)), instead }, { lookbackHours: 1 }));
        assert.deepEqual(seen.toSorted(), Array.from({ length: 30 }, (_, k) => idOf(k)).toSorted());
        const { source } = await made({ instead: ({ sql }) => (sql.includes(' AS firstNs') ? exception(code, 'Limit exceeded', status) : undefined) });
        await assert.rejects(source.page({ window: { startNs: NOW_NS - 2n * MINUTE_NS, endNs: NOW_NS }, limit: 5 }, signal), { kind: code === 159 ? 'timeout' : 'tooLarge' });
      });
    }
  });

  describe('a user that may set nothing', () => {
    for (const refusesSettings of [164, 452] as const) {
      it(`is asked without limits, 15 minutes at a time, which is said (Code ${refusesSettings})`, async () => {
        const spans = Array.from({ length: 40 }, (_, k) => span(k, BigInt(k) * MINUTE_NS + 1n));
        const connection = await made({ refusesSettings, spans }, { lookbackHours: 1 });
        assert.match((await connection.source.probe(signal)).notes.join(), /no limits.*15 minutes/);
        assert.equal((await all(connection)).length, 40);
        const page = await connection.backend.search({ group: 'recent', sort: 'newest', limit: 20 }, signal);
        assert.match(page.notes.join(), /Code 164/);
        for (const { sql, settings, values } of connection.fake.queries) {
          assert.equal(settings.size, 0);
          if (sql.includes(' AS firstNs') || sql.includes('DISTINCT')) assert.ok(BigInt(values.get('p1')!) - BigInt(values.get('p0')!) <= 15n * MINUTE_NS, sql);
        }
      });
    }

    it('whose rights were taken away since is asked without limits from then on', async () => {
      let refuses = false;
      const { source } = await made({ instead: ({ settings }) => (refuses && settings.size > 0 ? exception(164, 'Cannot modify setting in readonly mode') : undefined) });
      await source.services(signal);
      refuses = true;
      await assert.rejects(source.services(signal), { kind: 'auth', message: /try again/ });
      assert.deepEqual(await source.services(signal), ['shop']);
      assert.equal(source.capabilities.maxWindowNs, 15n * MINUTE_NS);
    });

    it('where everything is refused, that is the problem', async () => {
      const { source } = await made({ instead: () => exception(164, 'Cannot execute query in readonly mode') });
      await assert.rejects(source.services(signal), { kind: 'auth' });
    });
  });

  it('a list says how far around its time a trace is summed up, where there is one', async () => {
    const connection = await made({ spans: [span(1, MINUTE_NS)] });
    const page = (hours: bigint, ago = 0n): Promise<SourcePage> => connection.source.page({ window: { startNs: NOW_NS - (ago + hours) * 60n * MINUTE_NS, endNs: NOW_NS - ago * 60n * MINUTE_NS }, limit: 10 }, signal);
    assert.deepEqual((await page(1n)).notes, ['Traces are summed up from their spans within 60 minutes of the time looked through: one that lasts longer shows whole when it is opened.']);
    assert.deepEqual((await page(1n, 9n)).notes, []);
  });

  describe('opening', () => {
    const rows = { [idOf(1)]: [row(1, 5n * MINUTE_NS), row(1, 4n * MINUTE_NS, { SpanId: 'c'.repeat(16), ParentSpanId: 'b'.repeat(16) })], [idOf(2)]: [row(2, 30n * 1440n * MINUTE_NS)] };
    it('by the time it is known to have, or the last hours', async () => {
      const connection = await made({ rows });
      assert.equal(await spansOf(connection, idOf(1), { startUnixNano: String(NOW_NS - 5n * MINUTE_NS) }), 2);
      assert.equal(await spansOf(connection, idOf(1).toUpperCase()), 2);
      await assert.rejects(connection.source.trace({ traceId: idOf(2) }, signal), { kind: 'notFound', message: /last 24 hours were searched/ });
      assert.equal(await spansOf(await made({ rows }, { lookbackHours: 24 * 40 }), idOf(2)), 1);
    });

    it('a pasted id where it is asked for, and no further before somebody says so', async () => {
      const at = { [idOf(1)]: [row(1, 90n * MINUTE_NS)], [idOf(2)]: [row(2, 30n * 1440n * MINUTE_NS)] };
      const connection = await made({ rows: at }, { lookbackHours: 24 * 40 });
      const within = (hours: bigint): object => ({ within: true, startUnixNano: String(NOW_NS - hours * 60n * MINUTE_NS), endUnixNano: String(NOW_NS + MINUTE_NS) });
      await assert.rejects(spansOf(connection, idOf(1), within(1n)), { kind: 'notFound', message: /what is since 2026-11-29T11:00:00\.000Z was searched/ });
      assert.equal(connection.fake.queries.filter(({ sql }) => sql.includes('TimestampNs')).length, 1, 'one look');
      assert.equal(await spansOf(connection, idOf(1), within(24n)), 1);
      await assert.rejects(spansOf(connection, idOf(2), within(24n)), { kind: 'notFound' });
      assert.equal(await spansOf(connection, idOf(2), { within: true }), 1, 'everywhere, when that was said');
      await assert.rejects(spansOf(connection, idOf(3), { within: true }), { kind: 'notFound', message: /all of it was searched/ });
      const limited = await made({ rows: at, refusesSettings: 164 });
      await assert.rejects(spansOf(limited, idOf(1), within(24n)), { kind: 'notFound', message: /the last 15 minutes were searched/ });
    });

    it('by the table that says when it was', async () => {
      const seconds = (ago: bigint): string => String((NOW_NS - ago) / 1_000_000_000n);
      const from = 30n * 1440n * MINUTE_NS;
      const connection = await made({ tables: { ...OTEL, 'otel.otel_traces_trace_id_ts': lookupColumns }, rows, lookup: { [idOf(2)]: [seconds(from), seconds(from - 1_000_000_000n)] } });
      assert.equal(await spansOf(connection, idOf(2)), 1);
      assert.equal(await spansOf(connection, idOf(1)), 2, 'not in it');
      assert.equal(await spansOf(connection, idOf(2), { within: true, startUnixNano: String(NOW_NS - 60n * MINUTE_NS), endUnixNano: String(NOW_NS) }), 1, 'it costs nothing to go where it says');
      await assert.rejects(connection.source.trace({ traceId: idOf(3) }, signal), { kind: 'notFound' });
    });
  });

  for (const [what, answer, kind, says] of [
    ['a wrong password', exception(516, 'default: Authentication failed', 403), 'auth', /Edit the connection/],
    ['no right to read', exception(497, 'reader: Not enough privileges', 403), 'auth', /right to SELECT/],
    ['a table that is gone', exception(60, 'Table otel.otel_traces does not exist', 404), 'notFound', /pick another/],
    ['too many queries', exception(202, 'Too many simultaneous queries'), 'rateLimit', /later/],
    ['anything else', exception(999, 'Coordination error'), 'server', /Code 999: Coordination error\)\./],
    ['an exception behind rows of 200', { status: 200, body: '{"meta":[{"name":"name","type":"String"}],"data":[["shop"],Code: 241. DB::Exception: Memory limit exceeded. (version 23.8.1.1 (official build))' }, 'tooLarge', /less time/],
    ['an exception in a field of 200', { status: 200, body: '{"meta":[],"data":[],"rows":0,"exception":"Code: 159. DB::Exception: Timeout exceeded"}' }, 'timeout', /10 s/],
    ['an answer cut off', { status: 200, body: '{"meta":[],"data":[' }, 'badData', /cut off/],
    ['another program', { status: 200, body: '{"hello":1}' }, 'badData', /another program/],
    ['a proxy that fails', { status: 500, body: '<html>' }, 'server', /500/],
  ] as const) {
    it(`tells ${what}`, async () => {
      const { source } = await made({ instead: ({ sql }) => (sql.startsWith('SELECT DISTINCT') ? answer : undefined) });
      await assert.rejects(source.services(signal), { kind, message: says });
    });
  }

  it('is found out by what it answers', async () => {
    assert.deepEqual(await clickhouse.detect!((await made()).http, signal), { is: true, says: 'A query was answered as ClickHouse does (26.7.2.1).', version: '26.7.2.1' });
    const locked = { basic: 'me:secret' };
    assert.deepEqual(await clickhouse.detect!((await made(locked)).http, signal), { is: true, says: 'A query was refused as ClickHouse does (Code 516).', needsAuth: true });
    const let_in = await made(locked, { auth: { type: 'basic', user: 'me' } }, { secret: 'secret' });
    assert.deepEqual(await let_in.source.services(signal), ['shop']);
  });

  for (const [link, expected] of [
    ['https://abc.eu-central-1.aws.clickhouse.cloud:8443/play', { name: 'ClickHouse at abc.eu-central-1.aws.clickhouse.cloud', url: 'https://abc.eu-central-1.aws.clickhouse.cloud:8443', auth: 'basic' }],
    ['http://localhost:8123/play?user=default', { name: 'ClickHouse at localhost:8123', url: 'http://localhost:8123' }],
    ['http://localhost:3000/play', undefined],
    ['https://notclickhouse.cloud/play', undefined],
  ] as const) it(`recognises ${link}`, () => assert.deepEqual(clickhouse.recognise!(new URL(link)), expected));
});
