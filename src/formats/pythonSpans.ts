// Spans as OpenTelemetry's Python SDK writes them (ReadableSpan.to_json; its ConsoleSpanExporter prints one after the other) → SpanBatch.
// opentelemetry-python opentelemetry-sdk/…/trace/__init__.py, 1.45: ids in hex behind "0x", times in whole µs, no scope. Knows no HTTP.
import type { ForeignSpan } from './foreignSpans.ts';
import { isoNanos } from './isoTime.ts';
import { isObject, type JsonObject, text } from './jsonFields.ts';
import { codeNamed, kindNamed } from './otelTags.ts';
import { idText, objectsIn, otherFields, plainAttributes, type PlainSpanKind, type PlainWarn } from './plainSpan.ts';

export const isSnakeContext = (value: unknown): value is JsonObject => isObject(value) && typeof value['trace_id'] === 'string' && typeof value['span_id'] === 'string';
/** Phoenix's spans look alike, but for where the status and OpenInference's kind stand. */
const isSpan = (value: unknown): value is JsonObject => isObject(value) && isSnakeContext(value['context']) && typeof value['name'] === 'string' && 'start_time' in value && !('span_kind' in value) && !('status_code' in value);

export const PYTHON_SPANS: PlainSpanKind = { expected: 'no span of OpenTelemetry\'s Python SDK: "name", "context" with "trace_id" and "span_id", and "start_time" were expected', isSpan, spanOf };

const KNOWN: ReadonlySet<string> = new Set(['name', 'context', 'kind', 'parent_id', 'start_time', 'end_time', 'status', 'attributes', 'events', 'links', 'resource']);

function spanOf(span: JsonObject, warn: PlainWarn): ForeignSpan {
  const context = span['context'] as JsonObject;
  const status = isObject(span['status']) ? span['status'] : {};
  const resource = isObject(span['resource']) ? span['resource'] : {};
  return {
    ids: { trace: idText(context['trace_id']), span: idText(context['span_id']), parent: idText(span['parent_id']) },
    start: isoNanos(span['start_time']),
    end: isoNanos(span['end_time']) ?? 0n,
    // Older versions wrote the attributes themselves there.
    resource: plainAttributes(isObject(resource['attributes']) ? resource['attributes'] : span['resource'], 'resource attributes', warn),
    scope: { name: '', version: '' },
    traceState: traceStateOf(context['trace_state']),
    name: text(span['name']),
    kind: kindNamed(text(span['kind']).replace(/^SpanKind\./, '')),
    statusCode: codeNamed(text(status['status_code'])),
    statusMessage: text(status['description']),
    attributes: [...plainAttributes(span['attributes'], 'attributes', warn), ...otherFields(span, KNOWN, 'otel.span.')],
    events: objectsIn(span['events'], 'events', warn).map((event) => ({
      timeUnixNano: isoNanos(event['timestamp']) ?? 0n,
      name: text(event['name']),
      attributes: plainAttributes(event['attributes'], 'attributes of an event', warn),
    })),
    links: objectsIn(span['links'], 'links', warn).map((link) => {
      const to = isObject(link['context']) ? link['context'] : {};
      return { trace: idText(to['trace_id']), span: idText(to['span_id']), traceState: traceStateOf(to['trace_state']), attributes: plainAttributes(link['attributes'], 'attributes of a link', warn) };
    }),
  };
}

/** Python's repr of it, "['{key=a, value=1}', '{key=b, value=2}']", as W3C writes it: "a=1,b=2". */
function traceStateOf(value: unknown): string {
  const written = text(value);
  if (!written.startsWith('[')) return written;
  const pairs = [...written.matchAll(/\{key=([^,{}]*), value=(.*?)\}['"]/g)].map(([, key, one]) => `${key}=${one}`);
  return pairs.length === 0 && written !== '[]' ? written : pairs.join(',');
}
