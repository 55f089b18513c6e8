// A trace of OpenTelemetry as the collector's exporter writes it into Zipkin: attributes, resource, scope, status, state and links are tags of
// text, events are annotations. From collector-contrib pkg/translator/zipkin/zipkinv2/from_translator.go.
import { json, rawObject, serviceOf, textObject } from './attributes.ts';
import type { OtlpDocument, OtlpResourceSpans, OtlpScopeSpans, OtlpSpan } from './otlpTypes.ts';

const KINDS: Readonly<Record<number, string>> = { 2: 'SERVER', 3: 'CLIENT', 4: 'PRODUCER', 5: 'CONSUMER' };
const INTERNAL = 1;
const STATUS = ['', 'Ok', 'Error'];

export function zipkinSpans({ resourceSpans }: OtlpDocument): readonly object[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => zipkinSpan(span, resource, scope))));
}

/** zipkin-go rounds to the nearest. */
const micros = (ns: bigint): number => Number((ns + 500n) / 1000n);

function zipkinSpan(span: OtlpSpan, resource: OtlpResourceSpans['resource'], scope: OtlpScopeSpans['scope']): object {
  const attributes = resource?.attributes ?? [];
  const { 'service.name': _named, ...ofResource } = textObject(attributes);
  const { events = [], links = [], status } = span;
  // What took no time is written as what has not ended: it has none.
  const duration = span.endTimeUnixNano === '0' ? 0 : micros(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano));
  return {
    traceId: span.traceId, id: span.spanId, ...(span.parentSpanId === undefined ? {} : { parentId: span.parentSpanId }), name: span.name, ...(KINDS[span.kind ?? 0] === undefined ? {} : { kind: KINDS[span.kind!] }),
    timestamp: micros(BigInt(span.startTimeUnixNano)), ...(duration === 0 ? {} : { duration }),
    localEndpoint: { serviceName: serviceOf(attributes) },
    annotations: events.map((event) => ({
      timestamp: micros(BigInt(event.timeUnixNano)),
      value: (event.attributes ?? []).length === 0 && event.droppedAttributesCount === undefined ? event.name : `${event.name}|${json(rawObject(event.attributes ?? []))}|${event.droppedAttributesCount ?? 0}`,
    })),
    tags: {
      ...ofResource, ...(scope?.name === undefined ? {} : { 'otel.library.name': scope.name }), ...(scope?.version === undefined ? {} : { 'otel.library.version': scope.version }), ...textObject(span.attributes ?? []),
      ...(span.traceState === undefined ? {} : { 'w3c.tracestate': span.traceState }), ...(span.kind === INTERNAL ? { 'span.kind': 'internal' } : {}),
      ...(status?.code === 2 ? { error: 'true' } : {}), ...(status?.code === undefined ? {} : { 'otel.status_code': STATUS[status.code] }), ...(status?.message === undefined ? {} : { 'otel.status_description': status.message }),
      ...Object.fromEntries(links.map((link, k) => [`otlp.link.${k}`, `${link.traceId}|${link.spanId}|${link.traceState ?? ''}|${json(rawObject(link.attributes ?? []))}|0`])),
    },
  };
}
