// A strict ClickHouse in small (docs/en/interfaces/http.md): every {name:Type} has to be bound and every bound value used, no text stands in
// the SQL that a user could have given, settings are those we mean to send, and a read-only user may send none. Knows the questions of our own
// SQL by their columns; what SQL really means is for the live tests.
import { fakeServer, plain, type Answer, type Asked, type FakeServer } from './fakeServer.ts';

export interface FakeSpan {
  readonly traceId: string;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  readonly root?: boolean;
  readonly failed?: boolean;
  readonly name?: string;
}

export interface FakeClickHouseOptions {
  /** database.table → columns. */
  readonly tables: Readonly<Record<string, readonly (readonly [name: string, type: string])[]>>;
  readonly distributed?: readonly string[];
  readonly spans?: readonly FakeSpan[];
  /** Rows of "SELECT … of a trace", by id. */
  readonly rows?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly lookup?: Readonly<Record<string, readonly [from: string, to: string]>>;
  /** Code 164 of a read-only user; 452 where a profile fixes a setting. */
  readonly refusesSettings?: 164 | 452;
  /** user:password */
  readonly basic?: string;
  /** Instead of the answer. */
  readonly instead?: (query: FakeQuery) => Answer | undefined;
}

export interface FakeQuery {
  readonly sql: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, string>;
}

export interface FakeClickHouse extends FakeServer {
  readonly queries: FakeQuery[];
}

const SETTINGS = new Set(['max_execution_time', 'max_bytes_to_read', 'max_memory_usage']);
const HTTP = new Set(['wait_end_of_query']);

export const exception = (code: number, says: string, status = 500): Answer => ({ ...plain(`Code: ${code}. DB::Exception: ${says} (version 26.7.2.1 (official build))\n`, status), headers: { 'content-type': 'text/plain', 'x-clickhouse-exception-code': String(code) } });

export async function fakeClickHouse(options: FakeClickHouseOptions): Promise<FakeClickHouse> {
  const queries: FakeQuery[] = [];
  const server = await fakeServer((asked, body) => answerOf(options, queries, asked, body));
  return { ...server, queries };
}

function answerOf(options: FakeClickHouseOptions, queries: FakeQuery[], asked: Asked, body: string): Answer {
  if (asked.path !== '/') return plain('There is no handle ' + asked.path, 404);
  if (options.basic !== undefined && asked.headers.authorization !== `Basic ${btoa(options.basic)}`) return exception(516, 'default: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)', 403);
  const names = [...asked.query.keys()];
  if (asked.method === 'GET') return names.join() === 'query' && asked.query.get('query') === 'SELECT version() AS version FORMAT JSON' ? rows([{ version: '26.7.2.1' }]) : exception(62, 'unexpected GET', 400);
  const settings = new Map(names.filter((name) => !HTTP.has(name) && !name.startsWith('param_')).map((name) => [name, asked.query.get(name)!]));
  for (const name of settings.keys()) if (!SETTINGS.has(name)) return exception(115, `Unknown setting '${name}'. (UNKNOWN_SETTING)`, 404);
  if (options.refusesSettings !== undefined && settings.size > 0) return exception(options.refusesSettings, "Cannot modify 'max_execution_time' setting in readonly mode. (READONLY)");
  const values = new Map(names.filter((name) => name.startsWith('param_')).map((name) => [name.slice('param_'.length), asked.query.get(name)!]));
  const placeholders = new Map([...body.matchAll(/\{(\w+):(\w+)\}/g)].map(([, name, type]) => [name!, type!]));
  for (const [name, type] of placeholders) {
    const value = values.get(name);
    if (value === undefined) return exception(456, `Substitution \`${name}\` is not set. (UNKNOWN_QUERY_PARAMETER)`);
    if (type !== 'String' && !/^-?\d+$/.test(value)) return exception(457, `Value ${value} cannot be parsed as ${type}. (BAD_QUERY_PARAMETER)`, 400);
  }
  for (const name of values.keys()) if (!placeholders.has(name)) return exception(36, `${name} is bound and not used`, 400);
  const query = { sql: body, settings, values };
  queries.push(query);
  return options.instead?.(query) ?? answer(options, query);
}

function answer(options: FakeClickHouseOptions, { sql, values }: FakeQuery): Answer {
  if (!sql.endsWith('\nFORMAT JSONCompact')) return exception(62, 'Syntax error: no FORMAT (SYNTAX_ERROR)', 400);
  const database = values.get('database') ?? '';
  const tables = Object.entries(options.tables).map(([name, columns]) => ({ name, database: name.split('.')[0]!, table: name.split('.')[1]!, columns })).filter((table) => database === '' || table.database === database);
  if (sql.includes('system.columns')) return rows(tables.map((table) => ({ database: table.database, table: table.table, names: table.columns.map(([name]) => name), types: table.columns.map(([, type]) => type) })));
  if (sql.includes('system.tables')) return rows(tables.filter(({ name }) => options.distributed?.includes(name)).map((table) => ({ database: table.database, table: table.table, engine: 'Distributed' })));
  if (sql.includes('version()')) return rows([{ version: '26.7.2.1' }]);
  if (sql.includes(' AS firstNs')) return rows(listed(options.spans ?? [], sql, values));
  if (sql.startsWith('SELECT DISTINCT')) return rows([{ name: 'shop' }]);
  const ids = [...values].filter(([, value]) => /[^\d]/.test(value) || value.length === 32).map(([, value]) => value);
  if (sql.includes(' AS from,')) return rows(ids.flatMap((id) => (options.lookup?.[id] === undefined ? [] : [{ from: options.lookup[id][0], to: options.lookup[id][1] }])).slice(0, 1));
  const [from, to] = bounds(sql, values);
  return rows(ids.flatMap((id) => options.rows?.[id] ?? []).filter((row) => BigInt(String(row['TimestampNs'] ?? row['start_time_ns'])) >= from && BigInt(String(row['TimestampNs'] ?? row['start_time_ns'])) < to));
}

function bounds(sql: string, values: ReadonlyMap<string, string>): readonly [bigint, bigint] {
  const [, from, to] = /WHERE [^(]*(?:\([^)]*\))?[^(]*>= fromUnixTimestamp64Nano\(\{(\w+):Int64\}\) AND \w+ < fromUnixTimestamp64Nano\(\{(\w+):Int64\}\)/.exec(sql)!;
  return [BigInt(values.get(from!)!), BigInt(values.get(to!)!)];
}

/** As the list without a filter says: the latest by their first span of the window, summed up over the room. */
function listed(spans: readonly FakeSpan[], sql: string, values: ReadonlyMap<string, string>): Readonly<Record<string, unknown>>[] {
  const [fromRoom, toRoom] = bounds(sql, values);
  const [, from, to] = /minIf\(\w+, \w+ >= fromUnixTimestamp64Nano\(\{(\w+):Int64\}\) AND \w+ < fromUnixTimestamp64Nano\(\{(\w+):Int64\}\)/.exec(sql)!.map((name) => BigInt(values.get(name) ?? 0));
  const limit = Number(values.get(/LIMIT \{(\w+):UInt64\}\nFORMAT/.exec(sql)![1]!));
  const of = new Map<string, FakeSpan[]>();
  for (const span of spans) if (span.startNs >= fromRoom && span.startNs < toRoom) of.set(span.traceId, [...(of.get(span.traceId) ?? []), span]);
  const least = (list: readonly bigint[]): bigint => list.reduce((a, b) => (a < b ? a : b));
  return [...of].map(([id, own]) => ({ id, own, inside: own.map(({ startNs }) => startNs).filter((ns) => ns >= from! && ns < to!) })).filter(({ inside }) => inside.length > 0)
    .map(({ id, own, inside }) => ({ id, own, firstNs: least(inside), startNs: least(own.map(({ startNs }) => startNs)) }))
    .toSorted((a, b) => (a.firstNs > b.firstNs ? -1 : 1)).slice(0, limit).map(({ id, own, firstNs, startNs }) => ({
      id, startNs: String(startNs), durationNs: String(own.map((span) => span.startNs + span.durationNs).reduce((a, b) => (a > b ? a : b)) - startNs), spans: String(own.length), errors: own.filter(({ failed }) => failed).length,
      roots: own.filter(({ root }) => root).length, rootName: own.filter(({ root }) => root).map(({ name = 'GET /' }) => name)[0] ?? '', rootService: own.some(({ root }) => root) ? 'shop' : '', services: ['shop'], firstNs: String(firstNs),
    }));
}

function rows(list: readonly Readonly<Record<string, unknown>>[]): Answer {
  const names = Object.keys(list[0] ?? {});
  return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify({ meta: names.map((name) => ({ name, type: 'String' })), data: list.map((row) => names.map((name) => row[name])), rows: list.length }) };
}
