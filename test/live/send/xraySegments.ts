// The reference trace as X-Ray segment documents, the way the collector's exporter writes them: a segment where a service is entered,
// nested subsegments below it, attributes in metadata, status and exceptions as fault and cause.
// From collector-contrib exporter/awsxrayexporter/README.md and AWS' page on segment documents.
import { json, rawObject, serviceOf, textObject } from './attributes.ts';
import type { OtlpDocument, OtlpSpan } from './otlpTypes.ts';

interface Segment {
  readonly name: string;
  readonly id: string;
  readonly subsegments: Segment[];
  readonly [field: string]: unknown;
}

const KIND_SERVER = 2;
const KIND_CLIENT = 3;
const KIND_PRODUCER = 4;
const KIND_CONSUMER = 5;
const STATUS_ERROR = 2;

/** `1-` and the first 8 digits, which are seconds since 1970, and the rest. */
export function xrayTraceId(traceId: string): string {
  return `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
}

/** Each is the text of one document, as PutTraceSegments takes them. */
export function xraySegments({ resourceSpans }: OtlpDocument): readonly string[] {
  const entries: Segment[] = [];
  for (const { resource, scopeSpans } of resourceSpans) {
    const attributes = resource?.attributes ?? [];
    const spans = scopeSpans.flatMap((scope) => scope.spans);
    const documents = new Map<string, Segment>();
    for (const span of spans) {
      const parent = span.kind === KIND_SERVER || span.kind === KIND_CONSUMER ? undefined : documents.get(span.parentSpanId ?? '');
      const document = segment(span, parent === undefined ? serviceOf(attributes) : span.name, {
        ...(parent === undefined ? { trace_id: xrayTraceId(span.traceId), ...(span.parentSpanId === undefined ? {} : { parent_id: span.parentSpanId }) } : {}),
        ...(span.kind === KIND_CLIENT || span.kind === KIND_PRODUCER ? { namespace: 'remote' } : {}),
        metadata: { default: { ...rawObject(span.attributes ?? []), ...Object.fromEntries(Object.entries(textObject(attributes)).map(([key, value]) => [`otel.resource.${key}`, value])) } },
      });
      documents.set(span.spanId, document);
      (parent?.subsegments ?? entries).push(document);
    }
  }
  return entries.map((document) => json(document));
}

function segment(span: OtlpSpan, name: string, more: Readonly<Record<string, unknown>>): Segment {
  const attributes = textObject(span.attributes ?? []);
  const method = attributes['http.request.method'];
  const status = attributes['http.response.status_code'];
  return {
    name, id: span.spanId, start_time: seconds(span.startTimeUnixNano), ...(span.endTimeUnixNano === '0' ? { in_progress: true } : { end_time: seconds(span.endTimeUnixNano) }), ...more,
    ...(method === undefined ? {} : { http: { request: { method, url: attributes['url.path'] }, ...(status === undefined ? {} : { response: { status: Number(status) } }) } }),
    ...(span.status?.code === STATUS_ERROR ? { fault: true, cause: causeOf(span) } : {}),
    ...(span.links === undefined ? {} : { links: span.links.map((link) => ({ trace_id: xrayTraceId(link.traceId), id: link.spanId, attributes: textObject(link.attributes ?? []) })) }),
    subsegments: [],
  };
}

const seconds = (nanos: string): number => Number(BigInt(nanos) / 1000n) / 1e6;

function causeOf(span: OtlpSpan): unknown {
  const exceptions = (span.events ?? []).filter((event) => event.name === 'exception').map((event, index) => {
    const attributes = textObject(event.attributes ?? []);
    return { id: span.spanId.slice(0, 14) + String(index).padStart(2, '0'), type: attributes['exception.type'], message: attributes['exception.message'], stack: framesOf(attributes['exception.stacktrace'] ?? '') };
  });
  return { working_directory: '', exceptions: exceptions.length > 0 ? exceptions : [{ id: span.spanId, message: span.status?.message ?? '' }] };
}

/** Innermost first, as X-Ray has them; of Python's that is the last. */
function framesOf(stack: string): readonly unknown[] {
  const frame = (path: string, line: string, label: string): unknown => ({ path, line: Number(line), label });
  const python = [...stack.matchAll(/File "([^"]+)", line (\d+), in (\S+)/g)].map(([, path, line, label]) => frame(path!, line!, label!)).reverse();
  return python.length > 0 ? python : [...stack.matchAll(/^ +at (?:async )?(\S+) \(([^:)]+):(\d+):\d+\)$/gm)].map(([, label, path, line]) => frame(path!, line!, label!));
}
