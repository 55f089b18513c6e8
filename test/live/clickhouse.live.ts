// The real engine of ClickHouse behind our HTTP shim: the interface behaves as the server's does where readers depend on it, and every
// variant of the trace tables takes the reference trace and gives it back.
import assert from 'node:assert/strict';
import { deadline, describeLive } from './live.ts';
import { clickhouse } from './send/clickhouse.ts';
import { CLICKHOUSE_DATABASES, CLICKHOUSE_TABLES } from './send/clickhouseSchema.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace } from './send/send.ts';

describeLive('clickhouse', (server) => {
  const url = server.url!;
  let sent: SentTrace;
  const ask = (sql: string, settings: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${url}/?${new URLSearchParams(settings)}`, { method: 'POST', body: sql, headers, signal: deadline() });
  const text = (sql: string, settings: Readonly<Record<string, string>> = {}): Promise<string> => clickhouse(url, sql, settings, deadline()).then((said) => said.trim());

  before(async () => (sent = await sendReferenceTrace(server, deadline())));

  describe('interface', () => {
    for (const { what, sql, settings = {}, headers = {}, answer } of [
      { what: 'binds parameters, whatever is in them', sql: 'SELECT {tid:String}, {list:Array(String)}', settings: { param_tid: "a' OR 1=1 --", param_list: "['x','y\\'z']" }, answer: "a\\' OR 1=1 --\t['x','y\\'z']" },
      { what: 'reads a parameter as escaped text', sql: 'SELECT length({p:String})', settings: { param_p: 'a\\nb' }, answer: '3' },
      { what: 'applies settings', sql: "SELECT getSetting('max_threads')", settings: { max_threads: '7' }, answer: '7' },
      { what: 'forgets them with the request', sql: "SELECT getSetting('max_threads') != 7", answer: '1' },
      { what: 'takes the database from the URL', sql: 'SELECT currentDatabase()', settings: { database: 'system' }, answer: 'system' },
      { what: 'takes the database from a header', sql: 'SELECT currentDatabase()', headers: { 'x-clickhouse-database': 'system' }, answer: 'system' },
      { what: 'honours FORMAT', sql: 'SELECT 1 AS a FORMAT JSONEachRow', answer: '{"a":1}' },
      { what: 'takes the format from a header', sql: 'SELECT 1 AS a', headers: { 'x-clickhouse-format': 'JSONEachRow' }, answer: '{"a":1}' },
      { what: 'quotes 64-bit integers when asked', sql: 'SELECT toUInt64(1) AS a FORMAT JSONEachRow', settings: { output_format_json_quote_64bit_integers: '1' }, answer: '{"a":"1"}' },
      { what: 'lets users in with their password', sql: 'SELECT 1', headers: { 'x-clickhouse-user': 'tracefall', 'x-clickhouse-key': 'tracefall-secret' }, answer: '1' },
      { what: 'lets users in by basic authentication', sql: 'SELECT 1', headers: { authorization: `Basic ${btoa('reader:reader-secret')}` }, answer: '1' },
      { what: 'binds parameters for read-only users', sql: 'SELECT {x:UInt8}', settings: { param_x: '5' }, headers: { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': 'reader-secret' }, answer: '5' },
    ]) {
      it(what, async () => {
        const response = await ask(sql, settings, headers);
        assert.equal((await response.text()).trimEnd(), answer);
        assert.equal(response.status, 200);
      });
    }

    for (const { what, sql, settings = {}, headers = {}, status, code } of [
      { what: 'an unknown table', sql: 'SELECT * FROM nosuch', status: 404, code: 60 },
      { what: 'an unknown setting', sql: 'SELECT 1', settings: { nosuch: '1' }, status: 404, code: 115 },
      { what: 'bad SQL', sql: 'SELECT FROM WHERE', status: 400, code: 62 },
      { what: 'a second statement', sql: "SELECT ';'; SELECT 2", status: 400, code: 62 },
      { what: 'a parameter that is not set', sql: 'SELECT {x:String}', status: 500, code: 456 },
      { what: 'a query that takes too long', sql: 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1', settings: { max_execution_time: '1', wait_end_of_query: '1' }, status: 408, code: 159 },
      { what: 'a query that reads too much', sql: 'SELECT sum(number) FROM numbers(10000000)', settings: { max_bytes_to_read: '1000', wait_end_of_query: '1' }, status: 500, code: 307 },
      { what: 'a wrong password', sql: 'SELECT 1', headers: { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': 'x' }, status: 403, code: 516 },
      { what: 'a setting from a read-only user', sql: 'SELECT 1', settings: { max_execution_time: '10' }, headers: { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': 'reader-secret' }, status: 500, code: 164 },
      { what: 'a write by a read-only user', sql: 'CREATE DATABASE x', headers: { 'x-clickhouse-user': 'reader', 'x-clickhouse-key': 'reader-secret' }, status: 500, code: 164 },
    ]) {
      it(`refuses ${what} with ${status}`, async () => {
        const response = await ask(sql, settings, headers);
        const said = await response.text();
        assert.equal(response.status, status, said);
        assert.equal(response.headers.get('x-clickhouse-exception-code'), String(code));
        assert.match(said, new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(version \\S+ \\(official build\\)\\)\n$`, 's'));
      });
    }

    it('tells an exception inside an answer of 200 that has begun, and before it when asked to wait', async () => {
      const sql = 'SELECT number, throwIf(number = 150000) FROM numbers(200000) FORMAT TSV';
      const begun = await ask(sql, { max_block_size: '10000' });
      assert.equal(begun.status, 200);
      assert.match(await begun.text(), /^0\t0\n1\t0\n[\s\S]*Code: 395\. DB::Exception: /);
      const waited = await ask(sql, { max_block_size: '10000', wait_end_of_query: '1' });
      assert.equal(waited.status, 500);
      assert.match(await waited.text(), /^Code: 395\. DB::Exception: /);
    });
  });

  describe('tables', () => {
    for (const variant of ['exporter', 'oldExporter', 'jsonExporter'] as const) {
      const table = `${CLICKHOUSE_DATABASES[variant]}.${CLICKHOUSE_TABLES[variant]}`;
      it(`${table} has the trace`, async () => {
        const [spans, errors, start] = (await text(`SELECT count(), countIf(StatusCode IN ('Error', 'STATUS_CODE_ERROR')), toString(min(toUnixTimestamp64Nano(Timestamp))) FROM ${table} WHERE TraceId = {tid:String}`, { param_tid: sent.traceId })).split('\t');
        assert.deepEqual([spans, errors, start], ['14', '1', String(sent.startUnixNano)]);
      });
    }

    it('the lookup tables were filled by their views', async () => {
      for (const table of ['otel.otel_traces_trace_id_ts', 'otel_json.team_traces_trace_id_ts']) {
        assert.notEqual(await text(`SELECT min(Start) FROM ${table} WHERE TraceId = {tid:String} HAVING count() > 0`, { param_tid: sent.traceId }), '', table);
      }
    });

    it('kinds are spelled as each version does', async () => {
      const sql = (table: string): Promise<string> => text(`SELECT SpanKind FROM ${table} WHERE SpanName = 'POST /chat' AND TraceId = {tid:String}`, { param_tid: sent.traceId });
      assert.deepEqual([await sql('otel.otel_traces'), await sql('otel_old.otel_traces')], ['Server', 'SPAN_KIND_SERVER']);
    });

    it('JSON columns keep numbers', async () => {
      assert.equal(await text("SELECT SpanAttributes.big.integer FROM otel_json.team_traces WHERE SpanName = 'orphaned flush' AND TraceId = {tid:String}", { param_tid: sent.traceId }), '9223372036854775807');
    });

    it('Jaeger\'s spans keep attributes by type', async () => {
      const row = JSON.parse(await text("SELECT kind, bool_attributes.key, int_attributes.value, complex_attributes.key FROM jaeger.spans WHERE name = 'orphaned flush' AND trace_id = {tid:String} FORMAT JSONCompactEachRow", { param_tid: sent.traceId, output_format_json_quote_64bit_integers: '1' })) as readonly unknown[];
      assert.deepEqual(row, ['internal', ['lost.parent'], ['9223372036854775807', '-42'], ['@bytes@raw', '@map@nested']]);
      assert.equal(await text("SELECT events.str_attributes[1][1].1 FROM jaeger.spans WHERE name = 'parse_answer' AND trace_id = {tid:String}", { param_tid: sent.traceId }), 'exception.type');
    });
  });
});
