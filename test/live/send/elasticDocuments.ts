// OTLP spans as the documents that writers put into Elasticsearch and OpenSearch, losses included: Jaeger (lists of tags, or tags as fields;
// before and since 2.20), the collector's OTel mode, Data Prepper in both formats, the collector's OpenSearch exporter (SS4O).
// From jaeger …/elasticsearch/tracestore/to_dbmodel.go, collector-contrib exporter/elasticsearchexporter/…/otelserializer, data-prepper
// otel-proto-common OTelProto{Opensearch,Standard}Codec.java, collector-contrib exporter/opensearchexporter/sso_model.go.
import { json, rawValue, serviceOf, type Raw } from './attributes.ts';
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
const hexBytes = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

type Written = readonly (readonly [index: string, document: Document])[];

const WRITERS: Readonly<Record<ElasticVariant, (span: Span) => Written>> = {
  jaeger: (span) => [[`jaeger-span-${dayOf(span.span.startTimeUnixNano)}`, jaegerSpan(span, true)]],
  jaegerFields: (span) => [[`jaeger-span-${dayOf(span.span.startTimeUnixNano)}`, asFields(jaegerSpan(span, false))]],
  otel: (span) => [['traces-generic.otel-default', otelSpan(span)], ...(span.span.events ?? []).map((event) => ['logs-generic.otel-default', otelEvent(span, event)] as const)],
  dataPrepper: (span) => [['otel-v1-apm-span-000001', dataPrepperSpan(span)]],
  dataPrepperStandard: (span) => [['otel-v1-apm-span-000001', standardSpan(span)]],
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
  return { key, type: 'string', value: value.stringValue ?? json(rawValue(value)) };
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
    startTime: micros(span.startTimeUnixNano), startTimeMillis: micros(span.startTimeUnixNano) / 1000n, duration: micros(durationOf(span)), tags: textual(tags),
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
const otelValue = (value: OtlpValue): Raw => (value.bytesValue === undefined ? rawValue(value) : hexBytes(value.bytesValue));
const otelObject = (attributes: readonly OtlpAttribute[]): Document => Object.fromEntries(attributes.map(({ key, value }) => [key, otelValue(value)]));
const some = (attributes: readonly OtlpAttribute[] | undefined): Document => (attributes === undefined || attributes.length === 0 ? {} : { attributes: otelObject(attributes) });
/** The exporter's own way: milliseconds, a point, and the nanoseconds that are left, without leading zeros. */
const otelTime = (ns: string): string => `${BigInt(ns) / 1_000_000n}.${BigInt(ns) % 1_000_000n}`;
const named = (name: string, value: string | undefined): Document => (value === undefined || value === '' ? {} : { [name]: value });
const around = ({ resource, scope }: Span): Document => ({ resource: some(resource), scope: { ...named('name', scope.name), ...named('version', scope.version) } });

function otelSpan(one: Span): Document {
  const { span } = one;
  return {
    '@timestamp': otelTime(span.startTimeUnixNano), data_stream: { type: 'traces', dataset: 'generic.otel', namespace: 'default' }, trace_id: span.traceId, span_id: span.spanId, ...named('trace_state', span.traceState), ...named('parent_span_id', span.parentSpanId),
    name: span.name, kind: KINDS[span.kind ?? 0], duration: durationOf(span), ...some(span.attributes),
    links: (span.links ?? []).map((link) => ({ trace_id: link.traceId, span_id: link.spanId, ...named('trace_state', link.traceState), ...some(link.attributes) })),
    status: { ...named('message', span.status?.message), code: CODES[span.status?.code ?? 0] }, ...around(one),
  };
}

function otelEvent(one: Span, { timeUnixNano, name, attributes = [] }: NonNullable<OtlpSpan['events']>[number]): Document {
  return {
    '@timestamp': otelTime(timeUnixNano), data_stream: { type: 'logs', dataset: 'generic.otel', namespace: 'default' }, trace_id: one.span.traceId, span_id: one.span.spanId, event_name: name,
    attributes: { ...otelObject(attributes), 'event.name': name }, ...around(one),
  };
}

/** Instant.toString(): no fraction, or three, six or nine digits of it. */
function isoTime(ns: string): string {
  const fraction = (BigInt(ns) % 1_000_000_000n).toString().padStart(9, '0').replace(/(?:000)+$/, '');
  return `${new Date(Number(BigInt(ns) / 1_000_000n)).toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** Bytes are no case of its decoders: a span that has some never gets there, so here they stand as text. */
const standardValue = (value: OtlpValue): Raw => rawValue(value) ?? '';
/** Lists and maps are JSON text in the format of its own. */
const flatValue = (value: OtlpValue): Raw => (value.arrayValue !== undefined || value.kvlistValue !== undefined ? json(rawValue(value)) : standardValue(value));
const withAt = (key: string): string => key.replaceAll('.', '@');
type ToObject = (attributes: readonly OtlpAttribute[] | undefined) => Document;
const flatObject = (attributes: readonly OtlpAttribute[] = [], prefix = ''): Document => Object.fromEntries(attributes.map(({ key, value }) => [`${prefix}${withAt(key)}`, flatValue(value)]));
const standardObject: ToObject = (attributes = []) => Object.fromEntries(attributes.map(({ key, value }) => [key, standardValue(value)]));

function prepperCore({ span, resource }: Span, toObject: ToObject): Document {
  const group = (span.parentSpanId ?? '') === '';
  return {
    traceId: span.traceId, spanId: span.spanId, traceState: span.traceState ?? '', parentSpanId: span.parentSpanId ?? '', name: span.name, kind: `SPAN_KIND_${KINDS[span.kind ?? 0]!.toUpperCase()}`,
    startTime: isoTime(span.startTimeUnixNano), endTime: isoTime(span.endTimeUnixNano), durationInNanos: durationOf(span), serviceName: serviceOf(resource), traceGroup: group ? span.name : undefined,
    traceGroupFields: group ? { endTime: isoTime(span.endTimeUnixNano), durationInNanos: durationOf(span), statusCode: span.status?.code ?? 0 } : {},
    droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0,
    events: (span.events ?? []).map((event) => ({ name: event.name, time: isoTime(event.timeUnixNano), attributes: toObject(event.attributes), droppedAttributesCount: 0 })),
    links: (span.links ?? []).map((link) => ({ traceId: link.traceId, spanId: link.spanId, traceState: link.traceState ?? '', attributes: toObject(link.attributes), droppedAttributesCount: 0 })),
  };
}

function dataPrepperSpan(one: Span): Document {
  const { span, resource, scope } = one;
  return {
    ...prepperCore(one, (attributes) => flatObject(attributes)), ...flatObject(span.attributes, 'span.attributes.'), ...flatObject(resource, 'resource.attributes.'),
    'instrumentationScope.name': scope.name, 'instrumentationScope.version': scope.version, 'status.code': span.status?.code ?? 0, ...named('status.message', span.status?.message),
  };
}

function standardSpan(one: Span): Document {
  const { span, resource, scope } = one;
  return {
    ...prepperCore(one, standardObject), attributes: standardObject(span.attributes), resource: { attributes: standardObject(resource), droppedAttributesCount: 0, schemaUrl: '' },
    instrumentationScope: { name: scope.name, version: scope.version, droppedAttributesCount: 0 }, status: { message: span.status?.message ?? '', code: span.status?.code ?? 0 }, schemaUrl: '', flags: 0,
  };
}

/** Resource attributes are text there. */
function ss4oSpan({ span, resource, scope }: Span): Document {
  return {
    attributes: { ...otelObject(span.attributes ?? []), data_stream: { dataset: 'default', namespace: 'namespace', type: 'span' } }, droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0, endTime: isoTime(span.endTimeUnixNano),
    events: (span.events ?? []).map((event) => ({ attributes: otelObject(event.attributes ?? []), droppedAttributesCount: 0, name: event.name, '@timestamp': isoTime(event.timeUnixNano) })),
    instrumentationScope: { name: scope.name, version: scope.version, schemaUrl: '', droppedAttributesCount: 0 }, kind: KINDS[span.kind ?? 0],
    links: (span.links ?? []).map((link) => ({ attributes: otelObject(link.attributes ?? []), spanId: link.spanId, traceId: link.traceId })), name: span.name, parentSpanId: span.parentSpanId ?? '',
    resource: Object.fromEntries(resource.map(({ key, value }) => [key, String(rawValue(value))])), spanId: span.spanId, startTime: isoTime(span.startTimeUnixNano), status: { code: CODES[span.status?.code ?? 0], message: span.status?.message ?? '' },
    '@timestamp': isoTime(span.startTimeUnixNano), traceId: span.traceId, traceState: span.traceState ?? '',
  };
}
