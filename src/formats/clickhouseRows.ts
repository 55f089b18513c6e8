// Rows of ClickHouse's trace tables → SpanBatch: the collector's exporter (map or JSON columns, both spellings of its enums) and Jaeger's
// `spans` (clickhouseJaegerRows.ts), as FORMAT JSON, JSONCompact or JSONEachRow write them (backends.md §9). Owns the exporter's columns;
// knows no HTTP and no SQL.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { columnAttributes } from './clickhouseAttributes.ts';
import { isJaegerRow, jaegerRowSpan } from './clickhouseJaegerRows.ts';
import { nanos, type RowSpan, type RowWarn, zipped } from './clickhouseRow.ts';
import { ForeignSpans } from './foreignSpans.ts';
import { FormatError } from './formatError.ts';
import { endAfter, type Exactness, isObject, isOpen, isTooLate, items, type JsonObject, LATEST_UNIX_NANO, text, TOO_LATE, uint64 } from './jsonFields.ts';
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
  return items(document['data']).map((row) => (Array.isArray(row) ? Object.fromEntries(names.map((name, k) => [name, row[k] as unknown])) : row));
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
    const { duration, startText, start, ...span } = isExporterRow(row) ? exporterRowSpan(row, this.#exactness, warn) : jaegerRowSpan(row, this.#exactness, warn);
    const late = start === undefined && isTooLate(startText, 1n);
    if (late) warn(`its start time ${TOO_LATE}.`);
    const from = late ? LATEST_UNIX_NANO : start;
    this.#spans.add({ ...span, start: from, end: duration === undefined || isOpen(from ?? 0n, duration) ? 0n : endAfter(from ?? 0n, duration) }, place);
  }
}

const SCOPE_NAMES: ReadonlySet<string> = new Set(['otel.scope.name', 'otel.scope.version', 'otel.library.name', 'otel.library.version']);

function exporterRowSpan(row: JsonObject, exactness: Exactness, warn: RowWarn): RowSpan {
  const attributes = columnAttributes(row, 'SpanAttributes', warn);
  const scope = scopeOf(row, attributes);
  const startText = row['TimestampNs'] ?? row['Timestamp'];
  const service = text(row['ServiceName']);
  const resource = columnAttributes(row, 'ResourceAttributes', warn);
  const list = (name: string): unknown => row[`Events.${name}`] ?? items(row['Events']).filter(isObject).map((event) => event[name]);
  const link = (name: string): unknown => row[`Links.${name}`] ?? items(row['Links']).filter(isObject).map((one) => one[name]);
  return {
    ids: { trace: text(row['TraceId']), span: text(row['SpanId']), parent: text(row['ParentSpanId']) },
    startText,
    start: nanos(startText, exactness),
    duration: uint64(row['Duration'], exactness),
    resource: service === '' || resource.some(({ key }) => key === 'service.name') ? resource : [{ key: 'service.name', value: service }, ...resource],
    scope,
    traceState: text(row['TraceState']),
    name: text(row['SpanName']),
    kind: kindNamed(text(row['SpanKind']).replace(/^SPAN_KIND_/i, '')),
    statusCode: codeNamed(text(row['StatusCode'])),
    statusMessage: text(row['StatusMessage']),
    attributes: scope.ofAttributes ? attributes.filter(({ key }) => !SCOPE_NAMES.has(key)) : attributes,
    events: zipped(row['EventsTimestampNs'] ?? list('Timestamp'), list('Name'), list('Attributes'), row['EventsAttributesTypes']).map(([time, name, values, types]) => ({
      timeUnixNano: nanos(time, exactness) ?? 0n,
      name: text(name),
      attributes: columnAttributes({ values, valuesTypes: types }, 'values', warn),
    })),
    links: zipped(link('TraceId'), link('SpanId'), link('TraceState'), link('Attributes'), row['LinksAttributesTypes']).map(([trace, span, state, values, types]) => ({
      trace: text(trace),
      span: text(span),
      traceState: text(state),
      attributes: columnAttributes({ values, valuesTypes: types }, 'values', warn),
    })),
  };
}

/** Tables made before 2023 have no columns for it: it stands among the attributes. */
function scopeOf(row: JsonObject, attributes: readonly Attribute[]): { readonly name: string; readonly version: string; readonly ofAttributes: boolean } {
  const own = { name: text(row['ScopeName']), version: text(row['ScopeVersion']) };
  if (own.name !== '' || own.version !== '' || 'ScopeName' in row) return { ...own, ofAttributes: false };
  const found = (end: string): string => attributes.map(({ key, value }) => (key === `otel.scope.${end}` || key === `otel.library.${end}` ? text(value) : '')).find((value) => value !== '') ?? '';
  return { name: found('name'), version: found('version'), ofAttributes: true };
}
