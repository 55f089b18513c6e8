// What only ClickHouse has: its tables are found and picked, a user that may set nothing reads them, and no value is SQL. What every system must
// do is contract.live.ts.
import assert from 'node:assert/strict';
import type { SearchPage, SearchQuery } from '../../src/engine/backends/backend.ts';
import { clickhouse } from '../../src/engine/backends/clickhouse.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../src/protocol/connections.ts';
import { connected, type Connected } from '../support/connected.ts';
import { deadline, describeLive } from './live.ts';
import { CLICKHOUSE_VARIANTS } from './send/clickhouse.ts';
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
