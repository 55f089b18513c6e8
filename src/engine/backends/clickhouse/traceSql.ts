// What is asked of a table of traces, as SQL: names of columns by whose table it is (collector-contrib exporter/clickhouseexporter, jaeger
// internal/storage/v2/clickhouse), values always bound. Lists narrow by time, then by ids, and sum each trace up over some room around the
// time, since traces cross its edges. Must not know HTTP.
import type { AttributeFilter, TimeWindow } from '../backend.ts';
import type { SourceQuery } from '../source.ts';
import { quotedName, type Question } from './clickhouseServer.ts';
import type { TraceTable } from './traceTables.ts';

interface Columns {
  readonly traceId: string;
  readonly parent: string;
  readonly time: string;
  readonly duration: string;
  readonly name: string;
  readonly service: string;
  readonly status: string;
  readonly lookup: { readonly traceId: string; readonly start: string; readonly end: string };
}

const EXPORTER: Columns = {
  traceId: 'TraceId', parent: 'ParentSpanId', time: 'Timestamp', duration: 'Duration', name: 'SpanName', service: 'ServiceName', status: 'StatusCode',
  lookup: { traceId: 'TraceId', start: 'Start', end: 'End' },
};
const JAEGER: Columns = {
  traceId: 'trace_id', parent: 'parent_span_id', time: 'start_time', duration: 'duration', name: 'name', service: 'service_name', status: 'status_code',
  lookup: { traceId: 'trace_id', start: 'start', end: 'end' },
};

/** Spelled anew in 2024-08 (collector-contrib #34799). */
const ERROR = "('Error', 'STATUS_CODE_ERROR')";
const NO_PARENT = "('', '0000000000000000')";
const JAEGER_TYPES = ['bool', 'double', 'int', 'str', 'complex'] as const;

/** SQL that grows with values bound beside it. */
class Bound {
  readonly values: Record<string, string> = {};
  #count = 0;

  text(value: string): string {
    return this.#bind(value, 'String');
  }

  time(ns: bigint): string {
    return `fromUnixTimestamp64Nano(${this.#bind(String(ns < 0n ? 0n : ns), 'Int64')})`;
  }

  count(value: number): string {
    return this.#bind(String(value), 'UInt64');
  }

  #bind(value: string, type: string): string {
    const name = `p${this.#count++}`;
    this.values[name] = value;
    return `{${name}:${type}}`;
  }
}

export type ListQuestion = Pick<SourceQuery, 'service' | 'operation' | 'attributes' | 'minDurationNs' | 'errorsOnly' | 'limit'>;

/** Spans that match decide which traces: else the first span in the window does. */
export const isFiltered = ({ service, operation, attributes = [], minDurationNs = 0, errorsOnly = false }: ListQuestion): boolean =>
  service !== undefined || operation !== undefined || attributes.length > 0 || minDurationNs > 0 || errorsOnly;

export class TraceSql {
  readonly #table: TraceTable;
  readonly #columns: Columns;
  readonly #from: string;
  /** Within a Distributed table a list of ids is made once, and sent to every shard. */
  readonly #in: string;

  constructor(table: TraceTable) {
    this.#table = table;
    this.#columns = table.schema === 'jaeger' ? JAEGER : EXPORTER;
    this.#from = `${quotedName(table.database)}.${quotedName(table.table)}`;
    this.#in = table.distributed ? 'GLOBAL IN' : 'IN';
  }

  services({ startNs, endNs }: TimeWindow): Question {
    const bound = new Bound();
    const { service, time } = this.#columns;
    return { what: 'The list of services', sql: `SELECT DISTINCT ${service} AS name FROM ${this.#from} WHERE ${time} >= ${bound.time(startNs)} AND ${time} < ${bound.time(endNs)} ORDER BY name`, values: bound.values };
  }

  operations(of: string, { startNs, endNs }: TimeWindow): Question {
    const bound = new Bound();
    const { service, name, time } = this.#columns;
    const sql = `SELECT DISTINCT ${name} AS name FROM ${this.#from} WHERE ${service} = ${bound.text(of)} AND ${time} >= ${bound.time(startNs)} AND ${time} < ${bound.time(endNs)} ORDER BY name`;
    return { what: 'The list of operations', sql, values: bound.values };
  }

  /**
   * Rows, newest first: id, start, duration, spans, errors, roots, rootName, rootService, services; `first` is the trace's first span in the window. Unfiltered, also
   * of traces that began before the window: what is older than the oldest `first` was left out where there are `limit` rows.
   */
  list(question: ListQuestion, { startNs, endNs }: TimeWindow, roomNs: bigint): Question {
    const bound = new Bound();
    const { traceId, parent, time, duration, name, service, status } = this.#columns;
    const [from, to] = [bound.time(startNs), bound.time(endNs)];
    const [fromRoom, toRoom] = [bound.time(startNs - roomNs), bound.time(endNs + roomNs)];
    const limit = bound.count(question.limit);
    const isRoot = `${parent} IN ${NO_PARENT}`;
    const startOf = (of: string): string => `toUnixTimestamp64Nano(${of})`;
    const endOfSpan = `${startOf(time)} + toInt64(${duration})`;
    const filtered = isFiltered(question);
    const ids = filtered
      ? this.#matching(question, bound, from, toRoom).map((spans) => `${traceId} ${this.#in} (SELECT ${traceId} FROM ${this.#from} WHERE ${spans})`)
      : [`${traceId} ${this.#in} (SELECT ${traceId} FROM ${this.#from} WHERE ${time} >= ${from} AND ${time} < ${to} AND ${traceId} != '' GROUP BY ${traceId} ORDER BY min(${time}) DESC LIMIT ${limit})`];
    const having = filtered ? [`startNs >= ${startOf(from)}`, `startNs < ${startOf(to)}`, ...this.#traceConditions(question, bound)] : [];
    return {
      what: 'The search for traces',
      sql: `SELECT ${traceId} AS id, ${startOf(`min(${time})`)} AS startNs, max(${endOfSpan}) - startNs AS durationNs, count() AS spans, countIf(${status} IN ${ERROR}) AS errors, countIf(${isRoot}) AS roots,
  argMinIf(${name}, ${time}, ${isRoot}) AS rootName, argMinIf(${service}, ${time}, ${isRoot}) AS rootService, groupUniqArray(${service}) AS services,
  ${startOf(`minIf(${time}, ${time} >= ${from} AND ${time} < ${to})`)} AS firstNs
FROM ${this.#from} WHERE ${time} >= ${fromRoom} AND ${time} < ${toRoom} AND ${ids.join('\n  AND ')}
GROUP BY id${having.length === 0 ? '' : ` HAVING ${having.join(' AND ')}`} ORDER BY startNs DESC, id LIMIT ${limit}`,
      values: bound.values,
    };
  }

  /** The time of a trace in whole seconds: `from` and `to` are "" where it is not there. Undefined where the table has no lookup. */
  timeOf(ids: readonly string[]): Question | undefined {
    const { lookup } = this.#table;
    if (lookup === undefined) return undefined;
    const bound = new Bound();
    const { traceId, start, end } = this.#columns.lookup;
    const sql = `SELECT toString(toUnixTimestamp(min(${quotedName(start)}))) AS from, toString(toUnixTimestamp(max(${quotedName(end)})) + 1) AS to FROM ${quotedName(this.#table.database)}.${quotedName(lookup)} WHERE ${traceId} IN (${ids.map((id) => bound.text(id)).join(', ')}) HAVING count() > 0`;
    return { what: 'The time of the trace', sql, values: bound.values };
  }

  /** As formats/clickhouseRows.ts reads them: times whole nanoseconds, and the types of JSON's paths. */
  trace(ids: readonly string[], { startNs, endNs }: TimeWindow): Question {
    const bound = new Bound();
    const { traceId, time } = this.#columns;
    const sql = `SELECT ${(this.#table.schema === 'jaeger' ? this.#jaegerSpan() : this.#exporterSpan()).join(', ')}
FROM ${this.#from} WHERE ${traceId} IN (${ids.map((id) => bound.text(id)).join(', ')}) AND ${time} >= ${bound.time(startNs)} AND ${time} < ${bound.time(endNs)} ORDER BY ${time}`;
    return { what: 'The trace', sql, values: bound.values };
  }

  /** One condition a list of ids: service, operation and attributes are of one span, the error of any. */
  #matching({ service, operation, attributes = [], errorsOnly = false }: ListQuestion, bound: Bound, from: string, to: string): string[] {
    const { traceId, time, name, service: serviceColumn, status } = this.#columns;
    const within = `${time} >= ${from} AND ${time} < ${to} AND ${traceId} != ''`;
    const ofSpan = [
      ...(service === undefined ? [] : [`${serviceColumn} = ${bound.text(service)}`]),
      ...(operation === undefined ? [] : [`${name} = ${bound.text(operation)}`]),
      ...attributes.map((attribute) => this.#attribute(attribute, bound)),
    ];
    const lists = [...(ofSpan.length === 0 ? [] : [ofSpan.join(' AND ')]), ...(errorsOnly ? [`${status} IN ${ERROR}`] : [])];
    return lists.length === 0 ? [within] : lists.map((conditions) => `${within} AND ${conditions}`);
  }

  #traceConditions({ minDurationNs = 0, errorsOnly = false }: ListQuestion, bound: Bound): string[] {
    return [...(minDurationNs > 0 ? [`durationNs >= ${bound.count(Math.floor(minDurationNs))}`] : []), ...(errorsOnly ? ['errors > 0'] : [])];
  }

  /** On the span or its resource. */
  #attribute({ key, value }: AttributeFilter, bound: Bound): string {
    const isValue = bound.text(value);
    if (this.#table.schema === 'jaeger') {
      const boundKey = bound.text(key);
      const of = ['', 'resource_'].flatMap((prefix) => JAEGER_TYPES.filter((type) => this.#has(`${prefix}${type}_attributes.key`)).map((type) => {
        const [keys, values] = [`\`${prefix}${type}_attributes.key\``, `\`${prefix}${type}_attributes.value\``];
        return `arrayExists((k, v) -> k = ${boundKey} AND toString(v) = ${isValue}, ${keys}, ${values})`;
      }));
      return `(${of.join(' OR ')})`;
    }
    const of = ['SpanAttributes', 'ResourceAttributes'].filter((column) => this.#has(column));
    return `(${of.map((column) => `${this.#isJson(column) ? `toString(${column}.${jsonPath(key)})` : `${column}[${bound.text(key)}]`} = ${isValue}`).join(' OR ')})`;
  }

  #exporterSpan(): string[] {
    const columns = ['TraceId', 'SpanId', 'ParentSpanId', 'TraceState', 'SpanName', 'SpanKind', 'ServiceName', 'ScopeName', 'ScopeVersion', 'StatusCode', 'StatusMessage', 'ResourceAttributes', 'SpanAttributes',
      'ResourceAttributesKeys', 'SpanAttributesKeys', 'Events.Name', 'Events.Attributes', 'Links.TraceId', 'Links.SpanId', 'Links.TraceState', 'Links.Attributes'].filter((name) => this.#has(name)).map((name) => `\`${name}\``);
    const paths = ['ResourceAttributes', 'SpanAttributes'].filter((name) => this.#isJson(name)).map((name) => `JSONAllPathsWithTypes(${name}) AS ${name}Types`);
    const lists = ['Events', 'Links'].filter((name) => this.#isJson(`${name}.Attributes`)).map((name) => `arrayMap(a -> JSONAllPathsWithTypes(a), \`${name}.Attributes\`) AS ${name}AttributesTypes`);
    const times = ['toString(toUnixTimestamp64Nano(Timestamp)) AS TimestampNs', 'toString(Duration) AS Duration', ...(this.#has('Events.Timestamp') ? ['arrayMap(t -> toString(toUnixTimestamp64Nano(t)), `Events.Timestamp`) AS EventsTimestampNs'] : [])];
    return [...columns, ...paths, ...lists, ...times];
  }

  #jaegerSpan(): string[] {
    const typed = (before: string, ...after: readonly string[]): string[] => JAEGER_TYPES.flatMap((type) => after.map((end) => `${before}${type}_attributes${end}`));
    const columns = ['trace_id', 'id', 'parent_span_id', 'trace_state', 'name', 'kind', 'start_time', 'status_code', 'status_message', 'service_name', 'scope_name', 'scope_version', ...typed('scope_', '.key', '.value'), ...typed('', '.key', '.value'),
      ...typed('resource_', '.key', '.value'), 'events.name', ...typed('events.', ''), 'links.trace_id', 'links.span_id', 'links.trace_state', ...typed('links.', '')];
    const times = ['toString(toUnixTimestamp64Nano(start_time)) AS start_time_ns', 'toString(duration) AS duration', ...(this.#has('events.timestamp') ? ['arrayMap(t -> toString(toUnixTimestamp64Nano(t)), `events.timestamp`) AS events_timestamp_ns'] : [])];
    return [...columns.filter((name) => this.#has(name)).map((name) => `\`${name}\``), ...times];
  }

  /** Nested columns are columns of their own, unless the table was made with flatten_nested=0. */
  #has(name: string): boolean {
    const { columns } = this.#table;
    return columns.has(name) || columns.has(name.replace(/\..*$/, ''));
  }

  #isJson(name: string): boolean {
    const { columns } = this.#table;
    return /\bJSON\b/.test(columns.get(name) ?? columns.get(name.replace(/\..*$/, '')) ?? '');
  }
}

/** Keys with dots are paths there. */
const jsonPath = (key: string): string => key.split('.').map(quotedName).join('.');
