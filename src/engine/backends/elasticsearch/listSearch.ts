// A page of a list as two searches. The first finds which traces: the latest span of each that fits, newest first, collapsed to one a trace
// by the cluster, which costs it no more than the page is long. The second sums those traces up, whole, over some room around their time.
// A trace that still ran in what the last page reached would come again and again: it is named in the next one's question instead.
import { traceIdOf } from '../../../formats/foreignIds.ts';
import { count, isObject, items, text, type JsonObject } from '../../../formats/jsonFields.ts';
import type { TimeWindow, UnknownField } from '../backend.ts';
import type { SourceQuery, SourceTrace } from '../source.ts';
import type { Clause } from './layouts.ts';
import type { SpanIndices } from './spanIndices.ts';

export interface Leader {
  /** As it is stored. */
  readonly id: string;
  /** Of its latest span that fits, epoch ns. */
  readonly timeNs: bigint;
}

const MS_NS = 1_000_000n;
const SERVICES = 30;

export const timeRange = ({ layout }: SpanIndices, { startNs, endNs }: TimeWindow): Clause => ({
  range: { [layout.time]: { gte: Number((startNs < 0n ? 0n : startNs) / MS_NS), lte: Number((endNs < 1n ? 0n : endNs - 1n) / MS_NS), format: 'epoch_millis' } },
});

export const byTime = ({ layout, orderIsDate }: SpanIndices, order: 'asc' | 'desc'): JsonObject => ({ [layout.order]: { order, ...(orderIsDate ? { unmapped_type: 'date', numeric_type: 'date_nanos' } : { unmapped_type: 'long' }) } });

/** Epoch ns of what `byTime` sorted by. */
function sortedTime({ layout, orderIsDate }: SpanIndices, hit: JsonObject): bigint | undefined {
  const [value] = items(hit['sort']);
  if (!/^\d{1,20}$/.test(text(value))) return undefined;
  return BigInt(text(value)) * (orderIsDate ? 1n : (layout.orderUnitNs ?? 1n));
}

/** Conditions that may be met by different spans of a trace: the first decides where is looked, the rarest first. */
export function conditionsOf(indices: SpanIndices, { service, operation, attributes = [], minDurationNs = 0, errorsOnly = false }: SourceQuery): readonly Clause[] {
  const { layout } = indices;
  const ofSpan = [
    ...(service === undefined ? [] : [{ term: { [indices.service]: service } }]),
    ...(operation === undefined ? [] : [{ term: { [indices.operation]: operation } }]),
    ...attributes.map(({ key, value }) => layout.attribute(key, value)),
  ];
  return [
    ...(errorsOnly ? [layout.isError] : []),
    ...(minDurationNs > 0 && indices.hasDuration ? [{ range: { [layout.duration]: { gte: Math.floor(minDurationNs / Number(layout.durationUnitNs)) } } }] : []),
    ...(ofSpan.length === 0 ? [] : [{ bool: { filter: ofSpan } }]),
  ];
}

export function leadersSearch(indices: SpanIndices, [condition]: readonly Clause[], slice: TimeWindow, without: readonly string[], limit: number): JsonObject {
  const { traceId } = indices;
  return {
    size: limit,
    _source: false,
    query: { bool: { filter: [timeRange(indices, slice), { exists: { field: traceId } }, ...(condition === undefined ? [] : [condition])], must_not: without.length === 0 ? [] : [{ terms: { [traceId]: without } }] } },
    collapse: { field: traceId },
    sort: [byTime(indices, 'desc')],
  };
}

export function leadersOf(indices: SpanIndices, hits: readonly JsonObject[]): readonly Leader[] {
  return hits.flatMap((hit) => {
    const [id] = items(isObject(hit['fields']) ? hit['fields'][indices.traceId] : undefined);
    const timeNs = sortedTime(indices, hit);
    return text(id) === '' || timeNs === undefined ? [] : [{ id: text(id), timeNs }];
  });
}

/** `scripts`: the end of a trace is summed up by one, as no field holds a span's end. */
export function summarySearch(indices: SpanIndices, ids: readonly string[], window: TimeWindow, [, ...others]: readonly Clause[], scripts: boolean): JsonObject {
  const { layout, traceId, service } = indices;
  const first = (source: readonly string[]): JsonObject => ({ top_hits: { size: 1, sort: [byTime(indices, 'asc')], _source: source } });
  return {
    size: 0,
    query: { bool: { filter: [{ terms: { [traceId]: ids } }, timeRange(indices, window)] } },
    aggs: {
      traces: {
        terms: { field: traceId, size: ids.length },
        aggs: {
          first: first(layout.rowSource),
          errors: { filter: layout.isError },
          services: { terms: { field: service, size: SERVICES } },
          roots: { filter: rootClause(indices), aggs: { top: first(layout.rowSource) } },
          ...(scripts && (indices.hasDuration || indices.end !== undefined) ? { end: { max: { script: endScript(indices) } } } : {}),
          ...Object.fromEntries(others.map((clause, k) => [`other${k}`, { filter: clause }])),
        },
      },
    },
  };
}

/** Epoch µs, the finest that a double holds. Always the same text, so that it is compiled once. */
function endScript({ layout, orderIsDate, hasDuration, end }: SpanIndices): JsonObject {
  const micros = (field: string): string => `ChronoUnit.MICROS.between(Instant.EPOCH, doc[params.${field}].value.toInstant())`;
  if (!hasDuration) return { lang: 'painless', source: `return doc[params.end].size() == 0 ? 0 : ${micros('end')}`, params: { end } };
  return { lang: 'painless', source: `def d = doc[params.duration]; return ${orderIsDate ? micros('time') : 'doc[params.time].value'} + (d.size() == 0 ? 0 : d.value / params.unit)`, params: { time: layout.order, duration: layout.duration, unit: Number(1000n / layout.durationUnitNs) } };
}

/** No parent by its field, whose text may be empty or zeros, and by no reference. */
const rootClause = ({ layout, parent }: SpanIndices): Clause => ({
  bool: { must_not: [{ bool: { filter: [{ exists: { field: layout.parent } }], must_not: [{ terms: { [parent]: ['', '0', '0000000000000000'] } }] } }, ...(layout.isChild === undefined ? [] : [layout.isChild])] },
});

/** Those that meet every condition; undefined where one cannot be placed. */
export function rowsOf(indices: SpanIndices, aggregations: JsonObject, conditions: readonly Clause[]): readonly (SourceTrace | undefined)[] {
  const buckets = isObject(aggregations['traces']) ? items(aggregations['traces']['buckets']).filter(isObject) : [];
  const meets = (bucket: JsonObject): boolean => conditions.slice(1).every((_condition, k) => docCount(bucket[`other${k}`]) > 0);
  return buckets.filter(meets).map((bucket) => rowOf(indices, bucket));
}

function rowOf({ layout }: SpanIndices, bucket: JsonObject): SourceTrace | undefined {
  const id = text(bucket['key']);
  const traceId = traceIdOf(id, new Map());
  const first = topOf(bucket['first']);
  const start = first === undefined ? undefined : layout.startOf(first);
  if (traceId === '' || start === undefined) return undefined;
  const roots = isObject(bucket['roots']) ? bucket['roots'] : {};
  const root = topOf(roots['top']);
  const end = endOf(bucket['end']) ?? endIn(layout, root) ?? endIn(layout, first);
  const durationNs = end === undefined || end < start ? 0n : end - start;
  const services = isObject(bucket['services']) ? bucket['services'] : {};
  // Of a trace over very many services only the usual ones are named.
  const unknown: UnknownField[] = [...(count(services['sum_other_doc_count']) > 0 ? ['services' as const] : []), ...(root === undefined ? ['root' as const] : []), ...(endOf(bucket['end']) === undefined && root === undefined ? ['duration' as const] : [])];
  return {
    ref: { traceId: id, startUnixNano: start.toString(), endUnixNano: (start + durationNs).toString() },
    summary: {
      traceId, rootService: root === undefined ? '' : layout.serviceOf(root), rootName: root === undefined ? '' : text(root[layout.operation]), startUnixNano: start, durationNs, spans: count(bucket['doc_count']), errors: docCount(bucket['errors']),
      orphans: 0, roots: docCount(roots), maxDepth: 0, services: items(services['buckets']).filter(isObject).map(({ key }) => text(key)), duplicates: 0, rejected: 0, warnings: [], provisional: false,
    },
    ...(unknown.length === 0 ? {} : { unknown }),
  };
}

const docCount = (bucket: unknown): number => (isObject(bucket) ? count(bucket['doc_count']) : 0);

function topOf(top: unknown): JsonObject | undefined {
  const [hit] = isObject(top) && isObject(top['hits']) ? items(top['hits']['hits']) : [];
  return isObject(hit) && isObject(hit['_source']) ? hit['_source'] : undefined;
}

const endOf = (max: unknown): bigint | undefined => (isObject(max) && typeof max['value'] === 'number' && max['value'] >= 0 ? BigInt(Math.floor(max['value'])) * 1000n : undefined);

function endIn({ startOf, durationOf }: SpanIndices['layout'], source: JsonObject | undefined): bigint | undefined {
  const start = source === undefined ? undefined : startOf(source);
  return start === undefined ? undefined : start + (durationOf(source!) ?? 0n);
}
