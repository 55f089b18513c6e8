// The real engine of ClickHouse through our own connection: all four kinds of trace tables are found, listed, filtered, paged and opened, also
// by a user that may set nothing.
import assert from 'node:assert/strict';
import type { SearchPage, SearchQuery } from '../../src/engine/backends/backend.ts';
import { clickhouse } from '../../src/engine/backends/clickhouse.ts';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../src/protocol/connections.ts';
import { connected, type Connected } from '../support/connected.ts';
import { CLICKHOUSE_LOSSES } from '../support/losses/clickhouse.ts';
import { checkLosses, factsOf } from '../support/sameTrace.ts';
import { deadline, describeLive, loss } from './live.ts';
import { CLICKHOUSE_VARIANTS, clickhouse as ask } from './send/clickhouse.ts';
import { CLICKHOUSE_DATABASES, CLICKHOUSE_TABLES } from './send/clickhouseSchema.ts';
import { manyTraces, type ManyTraces } from './send/manyTraces.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace, sendTrace } from './send/send.ts';

const READER = { auth: { type: 'basic', user: 'reader' } } as const;
const READER_SECRET = { secret: 'reader-secret' };

describeLive('clickhouse', (server) => {
  const open: Connected[] = [];
  let sent: SentTrace;
  let many: ManyTraces;

  before(async () => {
    sent = await sendReferenceTrace(server, deadline());
    many = manyTraces(300, 30_000);
    await sendTrace(server, many, deadline());
  });
  after(() => Promise.all(open.map((connection) => connection.close())));

  function to(options: Readonly<Record<string, string>>, more: Partial<ConnectionConfig> = {}, secrets: ConnectionSecrets = {}): Connected {
    const connection = connected({ kind: 'clickhouse', url: server.url!, options, ...more }, secrets);
    open.push(connection);
    return connection;
  }
  const list = (connection: Connected, query: Partial<SearchQuery>): Promise<SearchPage> => connection.backend.search({ group: 'recent', sort: 'newest', limit: 20, ...query }, deadline());
  const idsOf = ({ traces }: SearchPage): string[] => traces.map(({ summary }) => summary.traceId);
  async function all(connection: Connected, query: Partial<SearchQuery>): Promise<string[]> {
    const seen: string[] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page: SearchPage = await list(connection, { limit: 50, ...query, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...idsOf(page));
      cursor = page.next;
    }
    return seen;
  }

  it('is found out by what it answers, also where it does not let us in', async () => {
    const { http } = to({});
    assert.deepEqual(await clickhouse.detect!(http, deadline()).then(({ is }) => is), true);
    const stranger = to({}, { auth: { type: 'basic', user: 'nobody' } }, { secret: 'x' });
    assert.deepEqual(await clickhouse.detect!(stranger.http, deadline()), { is: true, says: 'A query was refused as ClickHouse does (Code 516).', needsAuth: true });
    await assert.rejects(stranger.source.probe(deadline()), { kind: 'auth' });
  });

  it('its tables of traces can be picked', async () => {
    const probe = await to({}).source.probe(deadline());
    assert.deepEqual(probe.choices!['table'], ['jaeger.spans', 'otel.otel_traces', 'otel_json.team_traces', 'otel_old.otel_traces']);
    assert.deepEqual(probe.notes, ['ClickHouse has 4 tables of traces: pick one.']);
    assert.deepEqual((await to({ table: 'otel_json.team_traces' }).source.probe(deadline())).notes, ['Traces are read from otel_json.team_traces.']);
    await assert.rejects(to({ database: 'system' }).source.services(deadline()), { kind: 'unsupported' });
  });

  for (const variant of CLICKHOUSE_VARIANTS) {
    describe(`${CLICKHOUSE_DATABASES[variant]}.${CLICKHOUSE_TABLES[variant]}`, () => {
      const options = { database: CLICKHOUSE_DATABASES[variant] };

      it('lists the trace among the latest, the erring, and those of a service with an error elsewhere', async () => {
        for (const query of [{}, { group: 'errors' }, { group: 'errors', service: 'api-gateway' }, { service: 'orchestrator' }] as const) {
          const page = await list(to(options), query);
          const found = page.traces.find(({ summary }) => summary.traceId === sent.traceId)?.summary;
          assert.deepEqual([found?.rootService, found?.rootName, found?.spans, found?.errors, found?.roots, found?.startUnixNano], ['api-gateway', 'POST /chat', 14, 1, 1, sent.startUnixNano], JSON.stringify(query));
          assert.match(page.notes.join(), /^Traces are summed up from their spans within \d+ minutes of the time looked through[^.]*\.$/);
        }
        assert.ok((await to(options).source.operations('orchestrator', deadline())).includes('chat_turn'));
      });

      it('filters by attribute, operation, duration and error', async () => {
        const connection = to(options);
        assert.deepEqual(idsOf(await list(connection, { attributes: [{ key: 'order.id', value: 'o7' }] })).includes(many.ids[6]!), true);
        assert.deepEqual(idsOf(await list(connection, { service: many.service, attributes: [{ key: 'order.id', value: 'o7' }] })), [many.ids[6]]);
        assert.deepEqual(await all(connection, { service: many.service, operation: 'GET /', minDurationNs: 5e8 }), many.ids.filter((_, k) => (k + 1) % 25 === 0));
        assert.deepEqual(await all(connection, { service: many.service, group: 'errors' }), many.ids.filter((_, k) => (k + 1) % 20 === 0));
        const unusual = (await list(connection, { group: 'slow', service: many.service })).traces;
        assert.ok(unusual.length > 0 && unusual.every(({ summary, usualNs }) => (many.ids.indexOf(summary.traceId) + 1) % 25 === 0 && usualNs === 1e8));
      });

      it('pages to the end, every trace once', async () => {
        const seen = await all(to(options), {});
        assert.equal(new Set(seen).size, seen.length);
        assert.deepEqual(seen.filter((id) => many.ids.includes(id)), many.ids);
      });

      it('gives the trace back, with a time and without, but for the written losses', async () => {
        const { source, http } = to(options);
        const expected = factsOf(buildTrace(sent.traceId, [{ batch: decodeOtlpJson(sent.otlp) }]));
        const table = `${CLICKHOUSE_DATABASES[variant]}.${CLICKHOUSE_TABLES[variant]}`;
        const raw = await ask(server.url!, `SELECT * FROM ${table} WHERE ${variant === 'jaeger' ? 'trace_id' : 'TraceId'} = {id:String} FORMAT JSONEachRow`, { param_id: sent.traceId }, deadline());
        for (const ref of [{ traceId: sent.traceId }, { traceId: sent.traceId.toUpperCase(), startUnixNano: String(sent.startUnixNano) }]) {
          const { batches, notes } = await source.trace(ref, deadline());
          assert.deepEqual([notes, batches[0]!.warnings, batches[0]!.rejected], [[], [], 0]);
          checkLosses(expected, factsOf(buildTrace(sent.traceId, batches.map((batch) => ({ batch })))), CLICKHOUSE_LOSSES[variant], raw);
        }
        for (const { what } of CLICKHOUSE_LOSSES[variant]) loss(server, what);
        await assert.rejects(source.trace({ traceId: 'f'.repeat(32) }, deadline()), { kind: 'notFound' });
        await assert.rejects(source.trace({ traceId: "' OR 1=1 --" }, deadline()), { kind: 'notFound' });
        assert.ok(http.usage.requests < 20);
      });

      it('is read by a user that may set nothing, 15 minutes at a time, which is said', async () => {
        const connection = to(options, READER, READER_SECRET);
        assert.match((await connection.source.probe(deadline())).notes.join(), /no limits.*15 minutes/);
        const page = await list(connection, {});
        assert.ok(idsOf(page).includes(sent.traceId));
        assert.match(page.notes.join(), /may set no limits/);
        assert.deepEqual((await all(connection, { service: many.service })), many.ids);
        assert.equal(buildTrace(sent.traceId, (await connection.source.trace({ traceId: sent.traceId }, deadline())).batches.map((batch) => ({ batch }))).spans, 14);
      });
    });
  }

  it('values are data, whatever is in them', async () => {
    const connection = to({ database: 'otel' });
    for (const odd of ["' OR 1=1 --", '\\', "\\'; DROP TABLE otel.otel_traces", '{p0:String}', '`', 'a\tb\nc\0', '\u{1f600}']) {
      assert.deepEqual(idsOf(await list(connection, { service: odd, operation: odd, attributes: [{ key: odd, value: odd }] })), [], odd);
      assert.deepEqual(idsOf(await list(to({ database: 'otel_json' }), { attributes: [{ key: odd, value: odd }] })), [], odd);
    }
  });
});
