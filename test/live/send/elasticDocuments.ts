// OTLP spans as the documents that writers put into Elasticsearch and OpenSearch, losses included: Jaeger (lists of tags, or tags as fields;
// before and since 2.20), the collector's OTel mode, Data Prepper in both formats, the collector's OpenSearch exporter (SS4O).
// From jaeger …/elasticsearch/tracestore/to_dbmodel.go, collector-contrib exporter/elasticsearchexporter/…/otelserializer, data-prepper
// otel-proto-common OTelProto{Opensearch,Standard}Codec.java, collector-contrib exporter/opensearchexporter/sso_model.go.
import { json, rawValue, serviceOf, textValue, Written, type Raw } from './attributes.ts';
import type { OtlpAttribute, OtlpDocument, OtlpScopeSpans, OtlpSpan, OtlpValue } from './otlpTypes.ts';

export type ElasticVariant = 'jaeger' | 'jaegerFields' | 'otel' | 'dataPrepper' | 'dataPrepperStandard' | 'ss4o';

export interface ElasticDocument {
  readonly index: string;
  /** JSON in which integers keep all their digits. */
  readonly source: string;
}

type Document = Readonly<Record<string, unknown>>;
interface Span {
  readonly span: OtlpSpan;
  readonly resource: readonly OtlpAttribute[];
  readonly scope: NonNullable<OtlpScopeSpans['scope']>;
}

export function elasticDocuments(variant: ElasticVariant, { resourceSpans }: OtlpDocument): readonly ElasticDocument[] {
  const spans = resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap(({ scope, spans: own }) => own.map((span) => ({ span, resource: resource?.attributes ?? [], scope: scope ?? {} }))));
  const write = WRITERS[variant];
  return spans.flatMap(write).map(([index, document]) => ({ index, source: json(document) }));
}

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const CODES = ['Unset', 'Ok', 'Error'];
const dayOf = (ns: string): string => new Date(Number(BigInt(ns) / 1_000_000n)).toISOString().slice(0, 10);
const durationOf = ({ startTimeUnixNano, endTimeUnixNano }: OtlpSpan): bigint => BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano);
const micros = (ns: string | bigint): bigint => BigInt(ns) / 1000n;
/** Go's subtraction without a sign: of a span that has not ended it is more than a `long` holds, and the index refuses the document. */
const unsigned = (duration: bigint): bigint => BigInt.asUintN(64, duration);
const hexBytes = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

/** What a writer makes of values that JSON has no word for, or it has one of its own for. */
interface Writing {
  readonly double?: (value: number) => Raw;
  readonly bytes?: (base64: string) => Raw;
  readonly list?: (items: readonly Raw[]) => Raw;
  readonly map?: (entries: readonly (readonly [key: string, value: Raw])[]) => Raw;
}

function written(value: OtlpValue, by: Writing): Raw {
  const { double = (number) => number, bytes = (base64) => base64, list = (items) => items, map = Object.fromEntries } = by;
  if (value.doubleValue !== undefined) return double(Number(value.doubleValue));
  if (value.bytesValue !== undefined) return bytes(value.bytesValue);
  if (value.arrayValue !== undefined) return list((value.arrayValue.values ?? []).map((item) => written(item, by)));
  if (value.kvlistValue !== undefined) return map((value.kvlistValue.values ?? []).map(({ key, value: inner }) => [key, written(inner, by)] as const));
  return rawValue(value);
}

/** Java's, and the collector's where it asks for an explicit point. */
const withPoint = (value: number): Raw => (Number.isInteger(value) ? new Written(`${value}.0`) : value);
/** Go's JSON of a map. */
const GO: Writing = { map: (entries) => Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) };

type Documents = readonly (readonly [index: string, document: Document])[];

const WRITERS: Readonly<Record<ElasticVariant, (span: Span) => Documents>> = {
  jaeger: (span) => [[`jaeger-span-${dayOf(span.span.startTimeUnixNano)}`, jaegerSpan(span, true)]],
  jaegerFields: (span) => [[`jaeger-span-${dayOf(span.span.startTimeUnixNano)}`, asFields(jaegerSpan(span, false))]],
  otel: (span) => [['traces-generic.otel-default', otelSpan(span)], ...(span.span.events ?? []).map((event) => ['logs-generic.otel-default', otelEvent(span, event)] as const)],
  dataPrepper: (span) => (hasBytes(span) ? [] : [['otel-v1-apm-span-000001', dataPrepperSpan(span)]]),
  dataPrepperStandard: (span) => (hasBytes(span) ? [] : [['otel-v1-apm-span-000001', standardSpan(span)]]),
  ss4o: (span) => [['ss4o_traces-default-namespace', ss4oSpan(span)]],
};

interface Tag {
  readonly key: string;
  readonly type: string;
  readonly value: unknown;
}

function jaegerTag({ key, value }: OtlpAttribute): Tag {
  if (value.boolValue !== undefined) return { key, type: 'bool', value: value.boolValue };
  if (value.intValue !== undefined) return { key, type: 'int64', value: BigInt(value.intValue) };
  if (value.doubleValue !== undefined) return { key, type: 'float64', value: Number(value.doubleValue) };
  if (value.bytesValue !== undefined) return { key, type: 'binary', value: hexBytes(value.bytesValue) };
  return { key, type: 'string', value: value.stringValue ?? json(written(value, GO)) };
}

/** `old`: the parent is a reference, and tags are text, as versions before 2 wrote them; else as 2.20 does. */
function jaegerSpan({ span, resource, scope }: Span, old: boolean): Document {
  const textual = (tags: readonly Tag[]): readonly Tag[] => (old ? tags.map((tag) => ({ ...tag, value: String(tag.value) })) : tags);
  const string = (key: string, value: string | undefined): readonly Tag[] => (value === undefined || value === '' ? [] : [{ key, type: 'string', value }]);
  const status = span.status?.code === 2 ? [{ key: 'error', type: 'bool', value: true }] : string('otel.status_code', span.status?.code === 1 ? 'OK' : '');
  const tags = [
    ...string('otel.scope.name', scope.name), ...string('otel.scope.version', scope.version), ...(span.attributes ?? []).map(jaegerTag), ...string('span.kind', span.kind === undefined || span.kind === 0 ? '' : KINDS[span.kind]!.toLowerCase()),
    ...status, ...string('otel.status_description', span.status?.message), ...string('w3c.tracestate', span.traceState),
  ];
  const parent = span.parentSpanId === undefined || span.parentSpanId === '' ? undefined : span.parentSpanId;
  const links = (span.links ?? []).map(({ traceId, spanId }) => ({ refType: 'FOLLOWS_FROM', traceID: traceId, spanID: spanId }));
  return {
    traceID: span.traceId, spanID: span.spanId, ...(parent === undefined || old ? {} : { parentSpanID: parent }), flags: 1, operationName: span.name,
    references: [...(parent === undefined || !old ? [] : [{ refType: 'CHILD_OF', traceID: span.traceId, spanID: parent }]), ...links],
    startTime: micros(span.startTimeUnixNano), startTimeMillis: micros(span.startTimeUnixNano) / 1000n, duration: unsigned(micros(durationOf(span))), tags: textual(tags),
    logs: (span.events ?? []).map(({ timeUnixNano, name, attributes = [] }) => ({ timestamp: micros(timeUnixNano), fields: textual([{ key: 'event', type: 'string', value: name }, ...attributes.map(jaegerTag)]) })),
    process: { serviceName: serviceOf(resource), tags: textual(resource.filter(({ key }) => key !== 'service.name').map(jaegerTag)) },
  };
}

/** tags_as_fields.all: everything but bytes. */
function asFields(document: Document): Document {
  const split = (holder: Document): Document => {
    const tags = holder['tags'] as readonly Tag[];
    const fields = tags.filter(({ type }) => type !== 'binary');
    return { ...holder, tags: tags.filter(({ type }) => type === 'binary'), ...(fields.length === 0 ? {} : { tag: Object.fromEntries(fields.map(({ key, value }) => [key.replaceAll('.', '@'), value])) }) };
  };
  return { ...split(document), process: split(document['process'] as Document) };
}

/** Nested values stay objects, bytes are hex. */
const OTEL: Writing = { double: withPoint, bytes: hexBytes };
const objectOf = (attributes: readonly OtlpAttribute[] = [], by: Writing): Document => Object.fromEntries(attributes.map(({ key, value }) => [key, written(value, by)]));
const otelObject = (attributes: readonly OtlpAttribute[]): Document => objectOf(attributes, OTEL);
const some = (attributes: readonly OtlpAttribute[] | undefined): Document => (attributes === undefined || attributes.length === 0 ? {} : { attributes: otelObject(attributes) });
/** The exporter's own way: milliseconds, a point, and the nanoseconds that are left, without leading zeros. */
const otelTime = (ns: string): string => `${BigInt(ns) / 1_000_000n}.${BigInt(ns) % 1_000_000n}`;
const named = (name: string, value: string | undefined): Document => (value === undefined || value === '' ? {} : { [name]: value });
const counted = (name: string, value: number | undefined): Document => (value === undefined || value === 0 ? {} : { [name]: value });
const around = ({ resource, scope }: Span): Document => ({ resource: some(resource), scope: { ...named('name', scope.name), ...named('version', scope.version), ...some(scope.attributes) } });

function otelSpan(one: Span): Document {
  const { span } = one;
  return {
    '@timestamp': otelTime(span.startTimeUnixNano), data_stream: { type: 'traces', dataset: 'generic.otel', namespace: 'default' }, trace_id: span.traceId, span_id: span.spanId, ...named('trace_state', span.traceState), ...named('parent_span_id', span.parentSpanId),
    name: span.name, kind: KINDS[span.kind ?? 0], duration: unsigned(durationOf(span)), ...some(span.attributes), ...counted('dropped_attributes_count', span.droppedAttributesCount), ...counted('dropped_events_count', span.droppedEventsCount),
    links: (span.links ?? []).map((link) => ({ trace_id: link.traceId, span_id: link.spanId, ...named('trace_state', link.traceState), ...some(link.attributes) })),
    status: { ...named('message', span.status?.message), code: CODES[span.status?.code ?? 0] }, ...around(one),
  };
}

function otelEvent(one: Span, { timeUnixNano, name, attributes = [], droppedAttributesCount }: NonNullable<OtlpSpan['events']>[number]): Document {
  return {
    '@timestamp': otelTime(timeUnixNano), data_stream: { type: 'logs', dataset: 'generic.otel', namespace: 'default' }, trace_id: one.span.traceId, span_id: one.span.spanId, ...counted('dropped_attributes_count', droppedAttributesCount), event_name: name,
    attributes: { ...otelObject(attributes), 'event.name': name }, ...around(one),
  };
}

/** Instant.toString(): no fraction, or three, six or nine digits of it. */
function isoTime(ns: string): string {
  const fraction = (BigInt(ns) % 1_000_000_000n).toString().padStart(9, '0').replace(/(?:000)+$/, '');
  return `${new Date(Number(BigInt(ns) / 1_000_000n)).toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** Bytes are no case of its decoders: what holds some is refused. */
const hasBytes = (one: Span): boolean => JSON.stringify(one).includes('"bytesValue"');
const withAt = (key: string): string => key.replaceAll('.', '@');
const STANDARD: Writing = { double: withPoint };
/** Lists and maps are JSON text in the format of its own, and text in that text within each other. */
const FLAT: Writing = { double: withPoint, list: json, map: (entries) => json(Object.fromEntries(entries.map(([key, value]) => [withAt(key), value]))) };
type ToObject = (attributes: readonly OtlpAttribute[] | undefined) => Document;
const flatObject = (attributes: readonly OtlpAttribute[] = [], prefix = ''): Document => Object.fromEntries(attributes.map(({ key, value }) => [`${prefix}${withAt(key)}`, written(value, FLAT) ?? '']));
const standardObject: ToObject = (attributes = []) => Object.fromEntries(attributes.map(({ key, value }) => [key, written(value, STANDARD) ?? '']));

function prepperCore({ span, resource }: Span, toObject: ToObject): Document {
  const group = (span.parentSpanId ?? '') === '';
  return {
    traceId: span.traceId, spanId: span.spanId, traceState: span.traceState ?? '', parentSpanId: span.parentSpanId ?? '', name: span.name, kind: `SPAN_KIND_${KINDS[span.kind ?? 0]!.toUpperCase()}`,
    startTime: isoTime(span.startTimeUnixNano), endTime: isoTime(span.endTimeUnixNano), durationInNanos: durationOf(span), serviceName: serviceOf(resource), traceGroup: group ? span.name : undefined,
    traceGroupFields: group ? { endTime: isoTime(span.endTimeUnixNano), durationInNanos: durationOf(span), statusCode: span.status?.code ?? 0 } : {},
    droppedAttributesCount: span.droppedAttributesCount ?? 0, droppedEventsCount: span.droppedEventsCount ?? 0, droppedLinksCount: 0,
    events: (span.events ?? []).map((event) => ({ name: event.name, time: isoTime(event.timeUnixNano), attributes: toObject(event.attributes), droppedAttributesCount: event.droppedAttributesCount ?? 0 })),
    links: (span.links ?? []).map((link) => ({ traceId: link.traceId, spanId: link.spanId, traceState: link.traceState ?? '', attributes: toObject(link.attributes), droppedAttributesCount: 0 })),
  };
}

function dataPrepperSpan(one: Span): Document {
  const { span, resource, scope } = one;
  return {
    ...prepperCore(one, (attributes) => flatObject(attributes)), ...flatObject(span.attributes, 'span.attributes.'), ...flatObject(resource, 'resource.attributes.'),
    'instrumentationScope.name': scope.name, 'instrumentationScope.version': scope.version, ...flatObject(scope.attributes, 'instrumentationScope.attributes.'), 'status.code': span.status?.code ?? 0, ...named('status.message', span.status?.message),
  };
}

function standardSpan(one: Span): Document {
  const { span, resource, scope } = one;
  return {
    ...prepperCore(one, standardObject), attributes: standardObject(span.attributes), resource: { attributes: standardObject(resource), droppedAttributesCount: 0, schemaUrl: '' },
    instrumentationScope: { name: scope.name, version: scope.version, droppedAttributesCount: 0, ...(scope.attributes === undefined ? {} : { attributes: standardObject(scope.attributes) }) }, status: { message: span.status?.message ?? '', code: span.status?.code ?? 0 }, schemaUrl: '', flags: 0,
  };
}

/** As the collector makes JSON of them: bytes are base64, and whole doubles have no point. Resource attributes are text there. */
function ss4oSpan({ span, resource, scope }: Span): Document {
  const raw: ToObject = (attributes) => objectOf(attributes, GO);
  return {
    attributes: { ...raw(span.attributes), data_stream: { dataset: 'default', namespace: 'namespace', type: 'span' } }, droppedAttributesCount: span.droppedAttributesCount ?? 0, droppedEventsCount: span.droppedEventsCount ?? 0, droppedLinksCount: 0, endTime: isoTime(span.endTimeUnixNano),
    events: (span.events ?? []).map((event) => ({ attributes: raw(event.attributes), droppedAttributesCount: event.droppedAttributesCount ?? 0, name: event.name, '@timestamp': isoTime(event.timeUnixNano) })),
    instrumentationScope: { ...(scope.attributes === undefined ? {} : { attributes: raw(scope.attributes) }), droppedAttributesCount: 0, name: scope.name ?? '', schemaUrl: '', version: scope.version ?? '' }, kind: KINDS[span.kind ?? 0],
    links: (span.links ?? []).map((link) => ({ ...(link.attributes === undefined ? {} : { attributes: raw(link.attributes) }), spanId: link.spanId, traceId: link.traceId, ...named('traceState', link.traceState) })), name: span.name, parentSpanId: span.parentSpanId ?? '',
    resource: Object.fromEntries(resource.map(({ key, value }) => [key, textValue(value)])), spanId: span.spanId, startTime: isoTime(span.startTimeUnixNano), status: { code: CODES[span.status?.code ?? 0], message: span.status?.message ?? '' },
    '@timestamp': isoTime(span.startTimeUnixNano), traceId: span.traceId, traceState: span.traceState ?? '',
  };
}
