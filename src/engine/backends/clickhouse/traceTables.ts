// Which tables of a ClickHouse server hold traces: found by their columns in system.columns, whatever they are called (backends.md §9). The
// user picks where there are several. Must not know how they are read.
import { items, text, type JsonObject } from '../../../formats/jsonFields.ts';
import { BackendError } from '../backend.ts';
import type { ClickHouseServer } from './clickhouseServer.ts';

export interface TraceTable {
  readonly database: string;
  readonly table: string;
  /** Whose columns it has. */
  readonly schema: 'exporter' | 'jaeger';
  /** Name → type. */
  readonly columns: ReadonlyMap<string, string>;
  /** The table that says when a trace was, where there is one. */
  readonly lookup: string | undefined;
  readonly distributed: boolean;
}

const EXPORTER = ['TraceId', 'SpanId', 'ParentSpanId', 'SpanName', 'ServiceName', 'Timestamp', 'Duration', 'StatusCode'];
const JAEGER = ['trace_id', 'id', 'parent_span_id', 'name', 'service_name', 'start_time', 'duration', 'status_code'];
const EXPORTER_LOOKUP = ['TraceId', 'Start', 'End'];
const JAEGER_LOOKUP = ['trace_id', 'start', 'end'];
const LOOKUP_SUFFIX = '_trace_id_ts';
const JAEGER_LOOKUP_TABLE = 'trace_id_timestamps';
/** What either is called unless it was configured otherwise. */
const USUAL = ['otel_traces', 'spans'];

const SQL = `SELECT database, table, groupArray(name) AS names, groupArray(type) AS types FROM system.columns
WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') AND ({database:String} = '' OR database = {database:String})
GROUP BY database, table HAVING hasAny(names, ['TraceId', 'trace_id'])`;

/** By name. */
export async function traceTables(server: ClickHouseServer, database: string, signal: AbortSignal): Promise<readonly TraceTable[]> {
  const rows = (await server.smallRows({ what: 'The list of tables', sql: SQL, values: { database } }, signal)).map(tableOf);
  const engines = await enginesOf(server, database, signal);
  const lookupOf = ({ database: of }: Found, name: string, needed: readonly string[]): string | undefined =>
    rows.find((other) => other.database === of && other.table === name && hasAll(other, needed))?.table;
  return rows.flatMap((found): TraceTable[] => {
    const schema = hasAll(found, EXPORTER) ? 'exporter' : hasAll(found, JAEGER) ? 'jaeger' : undefined;
    if (schema === undefined) return [];
    const lookup = schema === 'exporter' ? lookupOf(found, `${found.table}${LOOKUP_SUFFIX}`, EXPORTER_LOOKUP) : lookupOf(found, JAEGER_LOOKUP_TABLE, JAEGER_LOOKUP);
    return [{ ...found, schema, lookup, distributed: engines.get(nameOf(found)) === 'Distributed' }];
  }).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

export const nameOf = ({ database, table }: Pick<TraceTable, 'database' | 'table'>): string => `${database}.${table}`;

/** `picked`: a table's name, with or without its database. Throws unsupported where it is none of them, or none was picked of several. */
export function pickTable(tables: readonly TraceTable[], database: string, picked: string): TraceTable {
  const where = database === '' ? 'the databases that this user may read' : `database ${database}`;
  if (tables.length === 0) throw new BackendError('unsupported', `ClickHouse has no table of traces in ${where}: neither of the collector's exporter (otel_traces) nor of Jaeger (spans). Check the database, and that the user may SELECT from its tables.`);
  const fitting = picked === '' ? tables : tables.filter((table) => table.table === picked || nameOf(table) === picked);
  const usual = fitting.filter(({ table }) => USUAL.includes(table));
  const [only] = fitting.length === 1 ? fitting : usual.length === 1 ? usual : [];
  if (only !== undefined) return only;
  const names = (fitting.length === 0 ? tables : fitting).map(nameOf).join(', ').slice(0, 300);
  throw new BackendError('unsupported', fitting.length === 0 ? `ClickHouse has no table of traces ${JSON.stringify(picked.slice(0, 80))} in ${where}; edit the connection and pick one of ${names}.` : `ClickHouse has several tables of traces: edit the connection and pick one of ${names}.`);
}

type Found = Pick<TraceTable, 'database' | 'table' | 'columns'>;

const hasAll = ({ columns }: Found, needed: readonly string[]): boolean => needed.every((name) => columns.has(name));

function tableOf(row: JsonObject): Found {
  const types = items(row['types']).map(text);
  return { database: text(row['database']), table: text(row['table']), columns: new Map(items(row['names']).map((name, k) => [text(name), types[k] ?? ''])) };
}

async function enginesOf(server: ClickHouseServer, database: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const sql = "SELECT database, name AS table, engine FROM system.tables WHERE engine = 'Distributed' AND ({database:String} = '' OR database = {database:String})";
  const rows = await server.smallRows({ what: 'The list of tables', sql, values: { database } }, signal);
  return new Map(rows.map((row) => [`${text(row['database'])}.${text(row['table'])}`, text(row['engine'])]));
}
