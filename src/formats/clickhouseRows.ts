// Rows of ClickHouse's trace tables → SpanBatch: the collector's exporter (map or JSON columns, both spellings of its enums) and Jaeger's
// `spans` (clickhouseJaegerRows.ts), as FORMAT JSON, JSONCompact or JSONEachRow write them (backends.md §9). Owns the exporter's columns;
// knows no HTTP and no SQL.
import type { Attribute } from '../model/attributes.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { columnAttributes } from './clickhouseAttributes.ts';
import { isJaegerRow, jaegerRowSpan } from './clickhouseJaegerRows.ts';
import { nanos, resourceKeyOf, type RowSpan, type RowWarn, zipped } from './clickhouseRow.ts';
import { spanIdOf, traceIdOf } from './foreignIds.ts';
import { FormatError } from './formatError.ts';
import { endAfter, type Exactness, isObject, isTooLate, items, type JsonObject, LATEST_UNIX_NANO, text, TOO_LATE, uint64 } from './jsonFields.ts';
import { kindNamed } from './otelTags.ts';
import { SpanGroups } from './spanGroups.ts';
import { WarningList } from './warningList.ts';

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
  readonly #groups = new SpanGroups();
  readonly #warnings = new WarningList();
  readonly #nativeIds = new Map<string, string>();
  readonly #exactness: Exactness = { rounded: false };
  #rejected = 0;

  add(document: unknown, where = ''): void {
    const rows = clickHouseRowsOf(document);
    if (rows === undefined) throw new FormatError(`${where}no rows of ClickHouse's trace tables: columns "TraceId", "SpanId" and "SpanName", or Jaeger's "trace_id", "start_time" and "service_name" were expected.`, 0);
    rows.forEach((row, k) => {
      const problem = isSpanRow(row) ? this.#row(row as JsonObject, rows.length > 1 ? `${where}row ${k}` : `${where}row`) : 'it is no span';
      if (problem === undefined) return;
      this.#rejected++;
      this.#warnings.add(`${where}row ${k} was rejected: ${problem}.`);
    });
    if (this.#exactness.rounded) this.#warnings.add(`${where}integers beyond 2^53 came without quotes and were rounded before they got here.`);
    this.#exactness.rounded = false;
  }

  finish(): SpanBatch {
    return this.#groups.finish(this.#rejected, this.#warnings, this.#nativeIds);
  }

  #row(row: JsonObject, where: string): string | undefined {
    const warn: RowWarn = (sentence) => this.#warnings.add(`${where}: ${sentence}`);
    const { ids, start, duration, startText, ...found } = isExporterRow(row) ? exporterRowSpan(row, this.#exactness, warn) : jaegerRowSpan(row, this.#exactness, warn);
    const traceId = traceIdOf(ids.trace, this.#nativeIds);
    const spanId = spanIdOf(ids.span, traceId);
    if (spanId === '') return 'it has no span id';
    if (start === undefined) warn(isTooLate(startText, 1n) ? `its start time ${TOO_LATE}.` : 'its start time is no time and was left out.');
    const from = start ?? (isTooLate(startText, 1n) ? LATEST_UNIX_NANO : 0n);
    this.#groups.add(found.resourceKey, () => found.resource, found.scope, {
      ...found.span,
      traceId,
      spanId,
      parentSpanId: spanIdOf(ids.parent, traceId),
      startUnixNano: from,
      endUnixNano: duration === undefined || isOpen(from, duration) ? 0n : endAfter(from, duration),
      links: found.links.map(({ trace, span, ...link }) => ({ ...link, traceId: traceIdOf(trace, new Map()), spanId: spanIdOf(span, trace) })),
    });
    return undefined;
  }
}

/** The exporter writes end − start without a sign: of a span that has not ended, whose end is 0, it wraps around. */
const isOpen = (start: bigint, duration: bigint): boolean => start > 0n && BigInt.asUintN(64, start + duration) === 0n;

const CODES: ReadonlyMap<string, number> = new Map([['OK', 1], ['ERROR', 2]]);
const SCOPE_NAMES: ReadonlySet<string> = new Set(['otel.scope.name', 'otel.scope.version', 'otel.library.name', 'otel.library.version']);

export const codeNamed = (name: string): number => CODES.get(name.toUpperCase().replace(/^STATUS_CODE_/, '')) ?? 0;

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
    resourceKey: resourceKeyOf(service, resource),
    resource: service === '' || resource.some(({ key }) => key === 'service.name') ? resource : [{ key: 'service.name', value: service }, ...resource],
    scope,
    span: {
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
    },
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
