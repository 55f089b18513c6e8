// ClickHouse with the collector exporter's `otel_traces` or Jaeger's `spans` (backends.md §9): any server a team grew into. Owns when it is
// asked for what time, and what is done where it may not be asked with limits; tables, SQL and the wire are in clickhouse/, rows are
// formats/clickhouseRows.ts's.
import { ClickHouseConverter, clickHouseAnswerRows } from '../../formats/clickhouseRows.ts';
import { traceIdOf } from '../../formats/foreignIds.ts';
import { count, isObject, items, text, type JsonObject } from '../../formats/jsonFields.ts';
import { padHex } from '../../model/ids.ts';
import { summedWithin } from '../listing/summedWithin.ts';
import { parsedJson, type HttpClient } from '../network/httpClient.ts';
import { BackendError, type LoadedTrace, type TimeWindow, type TraceRef, type UnknownField } from './backend.ts';
import { ClickHouseServer, exceptionOf } from './clickhouse/clickhouseServer.ts';
import { isFiltered, TraceSql } from './clickhouse/traceSql.ts';
import { nameOf, pickTable, traceTables, type TraceTable } from './clickhouse/traceTables.ts';
import type { BackendKind, Detection, Recognised, SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, SourceTrace, TraceSource } from './source.ts';

export const clickhouse: BackendKind = {
  kind: 'clickhouse',
  label: 'ClickHouse',
  needsUrl: true,
  localUrls: ['http://localhost:8123'],
  fields: [
    { key: 'database', label: 'Database', help: 'Where traces are looked for; empty: in every database that the user may read.', required: false, listed: true, placeholder: 'otel' },
    { key: 'table', label: 'Table of traces', help: 'Only where there are several, or it was given another name.', required: false, listed: true, placeholder: 'otel_traces' },
  ],
  auth: ['none', 'basic', 'headers', 'apiKey', 'bearer', 'clientCertificate', 'headersCommand'],
  metered: true,
  recognise,
  detect,
  source: (context) => new ClickHouseSource(context),
};

const MINUTE_NS = 60_000_000_000n;
const HOUR_NS = 60n * MINUTE_NS;
const DAY_HOURS = 24;
/** Nothing else holds a question back whose limits the server refuses. */
const UNLIMITED_NS = 15n * MINUTE_NS;
const MIN_SLICE_NS = MINUTE_NS;
const READ_ONLY = 'This user may set no limits (readonly=1, Code 164): each request asks for 15 minutes at most.';

interface Opened {
  readonly table: TraceTable;
  readonly sql: TraceSql;
}

class ClickHouseSource implements TraceSource {
  readonly capabilities: SourceCapabilities;
  readonly #context: SourceContext;
  readonly #server: ClickHouseServer;
  #opened: Opened | undefined;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#server = new ClickHouseServer(context.http);
    const isLimited = (): boolean => this.#server.limited;
    this.capabilities = {
      filters: ['service', 'operation', 'attributes', 'minDurationNs', 'errorsOnly'],
      order: 'newest',
      maxLimit: 1000,
      timeUnitNs: 1n,
      get maxWindowNs() {
        return isLimited() ? UNLIMITED_NS : 31n * 24n * HOUR_NS;
      },
      get firstWindowNs() {
        return isLimited() ? UNLIMITED_NS : HOUR_NS;
      },
      wholeTraces: false,
      cohortLimit: 50,
      cost: 'Each list reads the rows of its time.',
    };
  }

  async prepare(signal: AbortSignal): Promise<void> {
    await this.#open(signal);
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const [version] = await this.#server.smallRows({ what: 'The version', sql: 'SELECT version() AS version', values: {} }, signal);
    const all = await traceTables(this.#server, '', signal);
    const choices = { database: [...new Set(all.map(({ database }) => database))], table: all.map(nameOf) };
    const { database, table: picked } = this.#options();
    const known = { choices, ...(version === undefined ? {} : { version: text(version['version']) }) };
    const fitting = all.filter((one) => database === '' || one.database === database);
    if (fitting.length > 1 && picked === '' && fitting.filter(({ table }) => table === 'otel_traces' || table === 'spans').length !== 1) return { notes: [`ClickHouse has ${fitting.length} tables of traces: pick one.`], mustPick: ['table'], ...known };
    const { table, sql } = this.#use(fitting);
    // That it may be read is another right than that it is seen.
    await this.#server.rows(sql.services(this.#since(1)), signal);
    const notes = [`Traces are read from ${nameOf(table)}.`];
    if (table.distributed) notes.push('It is a Distributed table: how those are asked follows the documentation and was not tried on a cluster.');
    if (this.#server.limited) notes.push(READ_ONLY);
    return { notes, ...known };
  }

  async services(signal: AbortSignal): Promise<readonly string[]> {
    const { sql } = await this.#open(signal);
    return namesOf(await this.#server.rows(sql.services(this.#since(this.#lookbackHours())), signal));
  }

  async operations(service: string, signal: AbortSignal): Promise<readonly string[]> {
    const { sql } = await this.#open(signal);
    return namesOf(await this.#server.rows(sql.operations(service, this.#since(this.#lookbackHours())), signal));
  }

  /** Pages by itself within a window: where a slice holds too much for the server's limits, smaller ones are asked for. */
  async page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const { sql } = await this.#open(signal);
    const { slice, widthNs } = this.#sliceOf(query);
    const notes = this.#server.limited ? [READ_ONLY] : [];
    let rows: readonly JsonObject[];
    try {
      rows = await this.#server.rows(sql.list(query, slice, roomOf(widthNs)), signal);
    } catch (error) {
      const narrower = widthNs / 4n;
      // It may be called something else by now.
      if (error instanceof BackendError && error.kind === 'notFound') this.#opened = undefined;
      if (!(error instanceof BackendError) || (error.kind !== 'tooLarge' && error.kind !== 'timeout') || narrower < MIN_SLICE_NS) throw error;
      return { traces: [], full: false, cursor: cursorOf(slice.endNs, narrower), notes };
    }
    const found = rows.map(rowOf).filter((row) => row !== undefined);
    // A trace belongs to the slice it began in: that it still ran in this one is no reason to show it here.
    const traces = found.map(({ trace }) => trace).filter(({ summary: { startUnixNano } }) => startUnixNano >= slice.startNs && startUnixNano < slice.endNs);
    if (traces.length > 0) notes.push(summedWithin(roomOf(widthNs)));
    if (found.length < rows.length) notes.push(`${rows.length - found.length} rows without a trace id or a time were left out.`);
    if (rows.length < query.limit) return { traces, full: false, notes, ...onwards(slice.startNs, widthNs, query.window) };
    const oldest = found.map(({ trace, firstNs }) => (isFiltered(query) ? trace.summary.startUnixNano : firstNs)).reduce((least, ns) => (ns < least ? ns : least), slice.endNs);
    // Others may have begun in the nanosecond of the oldest: all of them come with the next page.
    const again = oldest + 1n < slice.endNs;
    return { traces: again ? traces.filter(({ summary }) => summary.startUnixNano > oldest) : traces, full: false, notes, ...onwards(again ? oldest + 1n : oldest, widthNs, query.window) };
  }

  async trace(ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const { table, sql } = await this.#open(signal);
    const given = ref.traceId.trim();
    const ids = [...new Set([given, padHex(given, 32) ?? given])];
    for (const window of await this.#windowsOf(ref, ids, sql, signal)) {
      const rows = await this.#server.rows(sql.trace(ids, window), signal);
      if (rows.length === 0) continue;
      const converter = new ClickHouseConverter();
      converter.add(rows);
      return { batches: [converter.finish()], notes: this.#server.limited && table.lookup === undefined ? [`${READ_ONLY} Spans before ${new Date(Number(window.startNs / 1_000_000n)).toISOString()} were not looked for.`] : [] };
    }
    const looked = table.lookup === undefined ? ` It has no table that says when a trace was, so ${this.#farthest(ref)}: open it from a list, or let the connection look back further.` : '';
    throw new BackendError('notFound', `Trace ${given.slice(0, 80)} is not in ${nameOf(table)}: it never arrived there, or is older than what it keeps.${looked}`);
  }

  /** Where a trace is looked for, one after the other: never in all of the table, unless somebody said so. */
  async #windowsOf(ref: TraceRef, ids: readonly string[], sql: TraceSql, signal: AbortSignal): Promise<readonly TimeWindow[]> {
    const lookup = sql.timeOf(ids);
    const [row] = lookup === undefined ? [] : await this.#server.rows(lookup, signal);
    const known = row === undefined ? [] : [{ startNs: BigInt(text(row['from'])) * 1_000_000_000n, endNs: BigInt(text(row['to'])) * 1_000_000_000n }];
    if (ref.within === true) return [...known, this.#given(ref, 0n)];
    const given = ref.startUnixNano === undefined ? [] : [this.#given(ref, this.#server.limited ? UNLIMITED_NS / 2n : HOUR_NS)];
    const hours = [1, DAY_HOURS, this.#lookbackHours()].filter((hour, k, all) => k === 0 || hour > all[k - 1]!);
    return [...known, ...given, ...(this.#server.limited ? [this.#since(1)] : hours.map((hour) => this.#since(hour)))];
  }

  /** The times of a reference with some room; without any, all there is. Where nothing else holds a question back, its last 15 minutes. */
  #given({ startUnixNano, endUnixNano }: TraceRef, roomNs: bigint): TimeWindow {
    const endNs = startUnixNano === undefined ? this.#since(1).endNs : BigInt(endUnixNano ?? startUnixNano) + roomNs;
    const startNs = startUnixNano === undefined ? 0n : BigInt(startUnixNano) - roomNs;
    return { startNs: this.#server.limited && roomNs === 0n && endNs - startNs > UNLIMITED_NS ? endNs - UNLIMITED_NS : startNs, endNs };
  }

  /** How far was looked where nothing says when a trace was. */
  #farthest(ref: TraceRef): string {
    if (this.#server.limited) return 'the last 15 minutes were searched';
    if (ref.within !== true) return `the last ${Math.max(DAY_HOURS, this.#lookbackHours())} hours were searched`;
    return ref.startUnixNano === undefined ? 'all of it was searched' : `what is since ${new Date(Number(BigInt(ref.startUnixNano) / 1_000_000n)).toISOString()} was searched`;
  }

  async #open(signal: AbortSignal): Promise<Opened> {
    if (this.#opened !== undefined) return this.#opened;
    return this.#use(await traceTables(this.#server, this.#options().database, signal));
  }

  #use(tables: readonly TraceTable[]): Opened {
    const { database, table: picked } = this.#options();
    const table = pickTable(tables, database, picked);
    const opened = { table, sql: new TraceSql(table) };
    this.#opened = opened;
    return opened;
  }

  #options(): { readonly database: string; readonly table: string } {
    const { options } = this.#context.config;
    return { database: options?.['database']?.trim() ?? '', table: options?.['table']?.trim() ?? '' };
  }

  #lookbackHours(): number {
    return this.#context.config.lookbackHours ?? DAY_HOURS;
  }

  /** Until now, and a minute of clocks that differ. */
  #since(hours: number): TimeWindow {
    const endNs = BigInt(Math.floor(this.#context.now())) * 1_000_000n + MINUTE_NS;
    const wanted = BigInt(Math.round(hours * 60)) * MINUTE_NS;
    return { startNs: endNs - (this.#server.limited && wanted > UNLIMITED_NS ? UNLIMITED_NS : wanted), endNs };
  }

  #sliceOf({ window, cursor }: SourceQuery): { readonly slice: TimeWindow; readonly widthNs: bigint } {
    const match = /^(\d{1,20})\.(\d{1,20})$/.exec(cursor ?? '');
    const endNs = match === null ? window.endNs : BigInt(match[1]!);
    const whole = window.endNs - window.startNs;
    const asked = match === null ? whole : BigInt(match[2]!);
    const widthNs = this.#server.limited && asked > UNLIMITED_NS ? UNLIMITED_NS : asked;
    return { slice: { startNs: endNs - widthNs > window.startNs ? endNs - widthNs : window.startNs, endNs }, widthNs };
  }
}

const cursorOf = (to: bigint, widthNs: bigint): string => `${to}.${widthNs}`;

const onwards = (to: bigint, widthNs: bigint, { startNs }: TimeWindow): { readonly cursor?: string } => (to <= startNs ? {} : { cursor: cursorOf(to, widthNs) });

/** Traces are summed up over this much more than the time of a list. */
function roomOf(widthNs: bigint): bigint {
  const room = widthNs * 4n;
  return room < 15n * MINUTE_NS ? 15n * MINUTE_NS : room > HOUR_NS ? HOUR_NS : room;
}

const namesOf = (rows: readonly JsonObject[]): readonly string[] => rows.map(({ name }) => text(name)).filter((name) => name !== '');

const nanosOf = (value: unknown): bigint | undefined => (/^-?\d{1,20}$/.test(text(value)) ? BigInt(text(value)) : undefined);

function rowOf(row: JsonObject): { readonly trace: SourceTrace; readonly firstNs: bigint } | undefined {
  const id = text(row['id']);
  const traceId = traceIdOf(id, new Map());
  const startUnixNano = nanosOf(row['startNs']);
  if (traceId === '' || startUnixNano === undefined || startUnixNano < 0n) return undefined;
  const longest = nanosOf(row['durationNs']) ?? 0n;
  const durationNs = longest < 0n ? 0n : longest;
  const roots = count(row['roots']);
  const unknown: UnknownField[] = roots === 0 ? ['root'] : [];
  return {
    firstNs: nanosOf(row['firstNs']) ?? startUnixNano,
    trace: {
      ref: { traceId: id, startUnixNano: startUnixNano.toString(), endUnixNano: (startUnixNano + durationNs).toString() },
      summary: {
        traceId, rootService: text(row['rootService']), rootName: text(row['rootName']), startUnixNano, durationNs, spans: count(row['spans']), errors: count(row['errors']), orphans: 0, roots, maxDepth: 0,
        services: items(row['services']).map(text), duplicates: 0, rejected: 0, warnings: [], provisional: false,
      },
      ...(unknown.length === 0 ? {} : { unknown }),
    },
  };
}

/** ClickHouse Cloud's addresses, and the page that every server has at /play. */
function recognise(url: URL): Recognised | undefined {
  if (url.hostname.endsWith('.clickhouse.cloud')) return { name: `ClickHouse at ${url.hostname}`, url: url.origin, auth: 'basic' };
  const play = /^(.*)\/(?:play|dashboard)\/?$/.exec(url.pathname);
  return play !== null && ['8123', '8443'].includes(url.port) ? { name: `ClickHouse at ${url.host}`, url: `${url.origin}${play[1]}` } : undefined;
}

async function detect(http: HttpClient, signal: AbortSignal): Promise<Detection> {
  const answer = await http.request({ path: '/', query: [['query', 'SELECT version() AS version FORMAT JSON']] }, signal);
  const exception = exceptionOf(answer);
  if (exception !== undefined) return { is: true, says: `A query was refused as ClickHouse does (Code ${exception.code}).`, needsAuth: true };
  if (answer.status !== 200 || answer.body[0] !== 0x7b) return { is: false, says: `A query was answered with ${answer.status}, not as ClickHouse does.` };
  const [row] = clickHouseAnswerRows(parsedJson(answer, 'A query')) ?? [];
  const version = isObject(row) ? text(row['version']) : '';
  return version === '' ? { is: false, says: 'A query was answered with JSON of something else.' } : { is: true, says: `A query was answered as ClickHouse does (${version}).`, version };
}
