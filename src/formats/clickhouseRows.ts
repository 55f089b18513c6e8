// Rows of ClickHouse's trace tables → SpanBatch: the collector's exporter (map or JSON columns, both spellings of its enums) and Jaeger's
// `spans` (clickhouseJaegerRows.ts), as FORMAT JSON, JSONCompact or JSONEachRow write them (backends.md §9). Owns the exporter's columns;
// knows no HTTP and no SQL.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { columnAttributes } from './clickhouseAttributes.ts';
import { isJaegerRow, jaegerRowSpan } from './clickhouseJaegerRows.ts';
import { nanos, type RowWarn, timesOf, zipped } from './clickhouseRow.ts';
import { type ForeignLink, type ForeignSpan, ForeignSpans } from './foreignSpans.ts';
import { FormatError } from './formatError.ts';
import { type Exactness, isObject, items, type JsonObject, text } from './jsonFields.ts';
import type { WritableEvent } from './otlpWriter.ts';
import { codeNamed, kindNamed } from './otelTags.ts';

/** A parsed document. Throws FormatError when it holds no rows of a trace table. */
export function decodeClickHouseRows(document: unknown): SpanBatch {
  const converter = new ClickHouseConverter();
  converter.add(document);
  return converter.finish();
}

/** The rows of a document as objects, spans or not; undefined where it is no answer of ClickHouse's. */
export function clickHouseAnswerRows(document: unknown): readonly unknown[] | undefined {
  if (!isObject(document) || !Array.isArray(document['data'])) return undefined;
  const names = items(document['meta']).map((column) => text(isObject(column) ? column['name'] : undefined));
  return items(document['data']).map((row) => (Array.isArray(row) ? rowOf(names, row) : row));
}

/** JSONCompact's. */
function rowOf(names: readonly string[], values: readonly unknown[]): JsonObject {
  if (names.includes('__proto__')) return Object.fromEntries(names.map((name, k) => [name, values[k]]));
  const row: Record<string, unknown> = {};
  for (let k = 0; k < names.length; k++) row[names[k]!] = values[k];
  return row;
}

/** The rows of a trace table; undefined where it is none. */
export function clickHouseRowsOf(document: unknown): readonly unknown[] | undefined {
  if (isSpanRow(document)) return [document];
  if (Array.isArray(document)) return document.some(isSpanRow) ? document : undefined;
  const rows = clickHouseAnswerRows(document);
  if (rows === undefined) return undefined;
  return rows.some(isSpanRow) || (rows.length === 0 && hasSpanColumns(document as JsonObject)) ? rows : undefined;
}

const isExporterRow = (value: unknown): value is JsonObject => isObject(value) && 'TraceId' in value && 'SpanId' in value && 'SpanName' in value;
const isSpanRow = (value: unknown): boolean => isExporterRow(value) || isJaegerRow(value);
const hasSpanColumns = ({ meta }: JsonObject): boolean => isSpanRow(Object.fromEntries(items(meta).filter(isObject).map(({ name }) => [text(name), ''])));

/** Takes any number of documents and gives one batch. */
export class ClickHouseConverter {
  readonly #spans = new ForeignSpans();
  readonly #exactness: Exactness = { rounded: false };

  add(document: unknown, where = ''): void {
    const rows = clickHouseRowsOf(document);
    if (rows === undefined) throw new FormatError(`${where}no rows of ClickHouse's trace tables: columns "TraceId", "SpanId" and "SpanName", or Jaeger's "trace_id", "start_time" and "service_name" were expected.`, 0);
    rows.forEach((row, k) => {
      const place = rows.length > 1 ? `${where}row ${k}` : `${where}row`;
      if (isSpanRow(row)) this.#row(row as JsonObject, place);
      else this.#spans.reject(place, 'it is no span');
    });
    if (this.#exactness.rounded) this.#spans.warnings.add(`${where}integers beyond 2^53 came without quotes and were rounded before they got here.`);
    this.#exactness.rounded = false;
  }

  finish(): SpanBatch {
    return this.#spans.finish();
  }

  #row(row: JsonObject, place: string): void {
    const warn: RowWarn = (sentence) => this.#spans.warnings.add(`${place}: ${sentence}`);
    this.#spans.add(isExporterRow(row) ? exporterRowSpan(row, this.#exactness, warn) : jaegerRowSpan(row, this.#exactness, warn), place);
  }
}

const SCOPE_NAMES: ReadonlySet<string> = new Set(['otel.scope.name', 'otel.scope.version', 'otel.library.name', 'otel.library.version']);

function exporterRowSpan(row: JsonObject, exactness: Exactness, warn: RowWarn): ForeignSpan {
  const attributes = columnAttributes(row['SpanAttributes'], row['SpanAttributesKeys'], row['SpanAttributesTypes'], 'SpanAttributes', warn);
  const scope = scopeOf(row, attributes);
  const { start, end } = timesOf(row['TimestampNs'] ?? row['Timestamp'], row['Duration'], exactness, warn);
  const service = text(row['ServiceName']);
  const resource = columnAttributes(row['ResourceAttributes'], row['ResourceAttributesKeys'], row['ResourceAttributesTypes'], 'ResourceAttributes', warn);
  const kind = text(row['SpanKind']);
  return {
    ids: { trace: text(row['TraceId']), span: text(row['SpanId']), parent: text(row['ParentSpanId']) },
    start,
    end,
    resource: service === '' || resource.some(({ key }) => key === 'service.name') ? resource : [{ key: 'service.name', value: service }, ...resource],
    scope,
    traceState: text(row['TraceState']),
    name: text(row['SpanName']),
    kind: kindNamed(kind) || kindNamed(kind.replace(/^SPAN_KIND_/i, '')),
    statusCode: codeNamed(text(row['StatusCode'])),
    statusMessage: text(row['StatusMessage']),
    attributes: scope.ofAttributes ? attributes.filter(({ key }) => !SCOPE_NAMES.has(key)) : attributes,
    events: eventsOf(row, exactness, warn),
    links: linksOf(row, warn),
  };
}

function eventsOf(row: JsonObject, exactness: Exactness, warn: RowWarn): readonly WritableEvent[] {
  const list = (name: string): unknown => listIn(row, `Events.${name}`, row['Events'], name);
  return zipped(row['EventsTimestampNs'] ?? list('Timestamp'), list('Name'), list('Attributes'), row['EventsAttributesTypes']).map(([time, name, values, types]) => ({
    timeUnixNano: nanos(time, exactness) ?? 0n,
    name: text(name),
    attributes: columnAttributes(values, undefined, types, 'values', warn),
  }));
}

function linksOf(row: JsonObject, warn: RowWarn): readonly ForeignLink[] {
  const list = (name: string): unknown => listIn(row, `Links.${name}`, row['Links'], name);
  return zipped(list('TraceId'), list('SpanId'), list('TraceState'), list('Attributes'), row['LinksAttributesTypes']).map(([trace, span, state, values, types]) => ({
    trace: text(trace),
    span: text(span),
    traceState: text(state),
    attributes: columnAttributes(values, undefined, types, 'values', warn),
  }));
}

/** A list of its own, or a field of each of those in a list. */
function listIn(row: JsonObject, column: string, list: unknown, field: string): unknown {
  return row[column] ?? (Array.isArray(list) ? list.filter(isObject).map((one) => one[field]) : undefined);
}

/** Tables made before 2023 have no columns for it: it stands among the attributes. */
function scopeOf(row: JsonObject, attributes: readonly Attribute[]): { readonly name: string; readonly version: string; readonly ofAttributes: boolean } {
  const [name, version] = [text(row['ScopeName']), text(row['ScopeVersion'])];
  if (name !== '' || version !== '' || 'ScopeName' in row || !attributes.some(({ key }) => SCOPE_NAMES.has(key))) return { name, version, ofAttributes: false };
  const found = (end: string): string => attributes.map(({ key, value }) => (key === `otel.scope.${end}` || key === `otel.library.${end}` ? text(value) : '')).find((value) => value !== '') ?? '';
  return { name: found('name'), version: found('version'), ofAttributes: true };
}
