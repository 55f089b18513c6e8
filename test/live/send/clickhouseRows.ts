// OTLP spans as the rows that the collector's exporter and Jaeger write into ClickHouse, losses included: the exporter keeps every
// attribute as text or as JSON, Jaeger by type with what is nested or binary under a marked key.
// From collector-contrib exporter/clickhouseexporter/{exporter_traces,exporter_traces_json}.go and jaeger …/tracestore/dbmodel/to.go.
import { json, rawObject, serviceOf, textObject } from './attributes.ts';
import { JAEGER_TYPES, type ClickHouseVariant } from './clickhouseSchema.ts';
import type { OtlpAttribute, OtlpDocument, OtlpResourceSpans, OtlpScopeSpans, OtlpSpan } from './otlpTypes.ts';

type Row = Readonly<Record<string, unknown>>;
type Scope = NonNullable<OtlpScopeSpans['scope']>;

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const CODES = ['Unset', 'Ok', 'Error'];

export function clickhouseRows(variant: ClickHouseVariant, { resourceSpans }: OtlpDocument): readonly Row[] {
  const row = variant === 'jaeger' ? jaegerRow : variant === 'jsonExporter' ? jsonRow : variant === 'oldExporter' ? oldRow : mapRow;
  return resourceSpans.flatMap(({ resource, scopeSpans }: OtlpResourceSpans) => scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => row(span, resource?.attributes ?? [], scope ?? {}))));
}

/** DateTime64(9) from text: seconds, a point, nine digits. */
const time = (nanos: string): string => `${nanos.slice(0, -9)}.${nanos.slice(-9)}`;
const durationOf = (span: OtlpSpan): bigint => BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano);
/** As the exporter's uint64(): of a span without an end it is what wraps around. */
const unsigned = (duration: bigint): bigint => BigInt.asUintN(64, duration);

function exporterRow(span: OtlpSpan, resource: readonly OtlpAttribute[], attributesOf: (attributes: readonly OtlpAttribute[]) => unknown): Row {
  const { events = [], links = [] } = span;
  return {
    Timestamp: time(span.startTimeUnixNano), TraceId: span.traceId, SpanId: span.spanId, ParentSpanId: span.parentSpanId ?? '', TraceState: span.traceState ?? '',
    SpanName: span.name, SpanKind: KINDS[span.kind ?? 0], ServiceName: serviceOf(resource), ResourceAttributes: attributesOf(resource), SpanAttributes: attributesOf(span.attributes ?? []),
    Duration: unsigned(durationOf(span)), StatusCode: CODES[span.status?.code ?? 0], StatusMessage: span.status?.message ?? '',
    'Events.Timestamp': events.map((event) => time(event.timeUnixNano)), 'Events.Name': events.map((event) => event.name), 'Events.Attributes': events.map((event) => attributesOf(event.attributes ?? [])),
    'Links.TraceId': links.map((link) => link.traceId), 'Links.SpanId': links.map((link) => link.spanId), 'Links.TraceState': links.map((link) => link.traceState ?? ''),
    'Links.Attributes': links.map((link) => attributesOf(link.attributes ?? [])),
  };
}

function mapRow(span: OtlpSpan, resource: readonly OtlpAttribute[], scope: Scope): Row {
  return { ...exporterRow(span, resource, textObject), ScopeName: scope.name ?? '', ScopeVersion: scope.version ?? '' };
}

function oldRow(span: OtlpSpan, resource: readonly OtlpAttribute[], scope: Scope): Row {
  const row = exporterRow(span, resource, textObject);
  const scopeAttributes = { ...(scope.name === undefined ? {} : { 'otel.scope.name': scope.name }), ...(scope.version === undefined ? {} : { 'otel.scope.version': scope.version }) };
  return {
    ...row, Duration: durationOf(span), SpanKind: `SPAN_KIND_${String(row['SpanKind']).toUpperCase()}`, StatusCode: `STATUS_CODE_${String(row['StatusCode']).toUpperCase()}`,
    SpanAttributes: { ...scopeAttributes, ...(row['SpanAttributes'] as Row) },
  };
}

function jsonRow(span: OtlpSpan, resource: readonly OtlpAttribute[], scope: Scope): Row {
  const keys = (attributes: readonly OtlpAttribute[]): readonly string[] => attributes.map(({ key }) => key);
  return {
    ...exporterRow(span, resource, rawObject), ResourceAttributesKeys: keys(resource), SpanAttributesKeys: keys(span.attributes ?? []),
    ScopeName: scope.name ?? '', ScopeVersion: scope.version ?? '',
  };
}

/** What is nested keeps OTLP's own JSON, what is binary is base64: both under a key that says so. */
function jaegerAttribute({ key, value }: OtlpAttribute): readonly [(typeof JAEGER_TYPES)[number][0], string, unknown] | undefined {
  if (value.boolValue !== undefined) return ['bool', key, value.boolValue];
  if (value.doubleValue !== undefined) return ['double', key, Number(value.doubleValue)];
  if (value.intValue !== undefined) return ['int', key, BigInt(value.intValue)];
  if (value.stringValue !== undefined) return ['str', key, value.stringValue];
  if (value.bytesValue !== undefined) return ['complex', `@bytes@${key}`, value.bytesValue];
  if (value.arrayValue !== undefined) return ['complex', `@slice@${key}`, json(value)];
  return value.kvlistValue === undefined ? undefined : ['complex', `@map@${key}`, json(value)];
}

function jaegerAttributes(attributes: readonly OtlpAttribute[], prefix = ''): Row {
  const typed = attributes.map(jaegerAttribute).filter((attribute) => attribute !== undefined);
  return Object.fromEntries(JAEGER_TYPES.flatMap(([type]) => {
    const own = typed.filter(([of]) => of === type);
    return [[`${prefix}${type}_attributes.key`, own.map(([, key]) => key)], [`${prefix}${type}_attributes.value`, own.map(([, , value]) => value)]];
  }));
}

/** In events and links, attributes are arrays of (key, value) tuples: nested twice. */
function nestedAttributes(prefix: string, lists: readonly (readonly OtlpAttribute[])[]): Row {
  return Object.fromEntries(JAEGER_TYPES.map(([type]) => [
    `${prefix}.${type}_attributes`,
    lists.map((attributes) => attributes.map(jaegerAttribute).filter((attribute) => attribute?.[0] === type).map((attribute) => [attribute![1], attribute![2]])),
  ]));
}

function jaegerRow(span: OtlpSpan, resource: readonly OtlpAttribute[], scope: Scope): Row {
  const { events = [], links = [] } = span;
  return {
    id: span.spanId, trace_id: span.traceId, trace_state: span.traceState ?? '', parent_span_id: span.parentSpanId ?? '', name: span.name,
    kind: (span.kind ?? 0) === 0 ? '' : KINDS[span.kind!]!.toLowerCase(), start_time: time(span.startTimeUnixNano), status_code: CODES[span.status?.code ?? 0], status_message: span.status?.message ?? '',
    duration: durationOf(span), ...jaegerAttributes(span.attributes ?? []),
    'events.name': events.map((event) => event.name), 'events.timestamp': events.map((event) => time(event.timeUnixNano)), ...nestedAttributes('events', events.map((event) => event.attributes ?? [])),
    'links.trace_id': links.map((link) => link.traceId), 'links.span_id': links.map((link) => link.spanId), 'links.trace_state': links.map((link) => link.traceState ?? ''),
    ...nestedAttributes('links', links.map((link) => link.attributes ?? [])),
    service_name: serviceOf(resource), ...jaegerAttributes(resource, 'resource_'), scope_name: scope.name ?? '', scope_version: scope.version ?? '', ...jaegerAttributes(scope.attributes ?? [], 'scope_'),
  };
}
