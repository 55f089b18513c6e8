// Spans of OpenTelemetry's JavaScript SDK as JSON → SpanBatch: what its ConsoleSpanExporter shows, where a program made JSON of it (itself it prints
// what no JSON reader takes), and ReadableSpan with its context in place (OpenInference's fixtures). Times are [s, ns] or µs, kinds count from 0.
// opentelemetry-js packages/sdk-trace/src/export/ConsoleSpanExporter.ts, 3.1. Knows no HTTP.
import type { Attribute } from '../model/attributes.ts';
import type { ForeignSpan } from './foreignSpans.ts';
import { isoNanos } from './isoTime.ts';
import { count, endAfter, isObject, type JsonObject, microseconds, text } from './jsonFields.ts';
import { codeNamed, kindNamed } from './otelTags.ts';
import { idText, objectsIn, otherFields, plainAttributes, type PlainSpanKind, type PlainWarn } from './plainSpan.ts';

const isContext = (value: unknown): value is JsonObject => isObject(value) && typeof value['traceId'] === 'string' && typeof value['spanId'] === 'string';
const isReadable = (value: unknown): value is JsonObject => isObject(value) && isContext(value['spanContext'] ?? value['_spanContext']) && 'startTime' in value;
/** Zipkin's spans have "id", "traceId", "timestamp" and "duration" too, but tags. */
const isPrinted = (value: unknown): value is JsonObject => isObject(value) && typeof value['traceId'] === 'string' && typeof value['id'] === 'string' && 'timestamp' in value && isObject(value['attributes']) && isObject(value['status']);
const isSpan = (value: unknown): value is JsonObject => isReadable(value) || isPrinted(value);

export const JS_SPANS: PlainSpanKind = { expected: 'no span of OpenTelemetry\'s JavaScript SDK: "spanContext" and "startTime", or "traceId", "id", "timestamp", "attributes" and "status" were expected', isSpan, spanOf };

const KNOWN: ReadonlySet<string> = new Set([
  'resource', 'instrumentationScope', 'instrumentationLibrary', 'traceId', 'id', 'spanContext', '_spanContext', 'parentSpanContext', 'parentSpanId', 'parentId', 'traceState', 'name', 'kind', 'timestamp', 'duration', 'startTime', 'endTime',
  'attributes', 'status', 'events', 'links', 'droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount', 'ended',
]);

function spanOf(span: JsonObject, warn: PlainWarn): ForeignSpan {
  const context = contextOf(span);
  const scope = isObject(span['instrumentationScope']) ? span['instrumentationScope'] : isObject(span['instrumentationLibrary']) ? span['instrumentationLibrary'] : {};
  const status = isObject(span['status']) ? span['status'] : {};
  const parent = isObject(span['parentSpanContext']) ? span['parentSpanContext']['spanId'] : (span['parentSpanId'] ?? span['parentId']);
  return {
    ids: { trace: idText(context['traceId']), span: idText(context['spanId']), parent: idText(parent) },
    ...timesOf(span),
    resource: resourceOf(span['resource'], warn),
    scope: { name: text(scope['name']), version: text(scope['version']) },
    traceState: text(context['traceState']),
    name: text(span['name']),
    kind: kindOf(span['kind']),
    statusCode: statusOf(status['code']),
    statusMessage: text(status['message']),
    attributes: [...plainAttributes(span['attributes'], 'attributes', warn), ...otherFields(span, KNOWN, 'otel.span.')],
    events: objectsIn(span['events'], 'events', warn).map((event) => ({
      timeUnixNano: hrNanos(event['time']) ?? 0n,
      name: text(event['name']),
      attributes: plainAttributes(event['attributes'], 'attributes of an event', warn),
      droppedAttributes: count(event['droppedAttributesCount']),
    })),
    links: objectsIn(span['links'], 'links', warn).map((link) => {
      const to = isObject(link['context']) ? link['context'] : {};
      return { trace: idText(to['traceId']), span: idText(to['spanId']), traceState: text(to['traceState']), attributes: plainAttributes(link['attributes'], 'attributes of a link', warn) };
    }),
    droppedAttributes: count(span['droppedAttributesCount']),
    droppedEvents: count(span['droppedEventsCount']),
    droppedLinks: count(span['droppedLinksCount']),
  };
}

function contextOf(span: JsonObject): JsonObject {
  const context = span['spanContext'] ?? span['_spanContext'];
  return isContext(context) ? context : { traceId: span['traceId'], spanId: span['id'], traceState: span['traceState'] };
}

function timesOf(span: JsonObject): { readonly start: bigint | undefined; readonly end: bigint } {
  if (!isReadable(span)) return lasting(microseconds(span['timestamp'], { rounded: false }), microseconds(span['duration'], { rounded: false }));
  const start = hrNanos(span['startTime']);
  const end = hrNanos(span['endTime']);
  return end === undefined ? lasting(start, hrNanos(span['duration'])) : { start, end };
}

const lasting = (start: bigint | undefined, duration: bigint | undefined): { readonly start: bigint | undefined; readonly end: bigint } => ({ start, end: start === undefined || duration === undefined ? 0n : endAfter(start, duration) });

/** [seconds, nanoseconds], or an instant as JSON writes a Date. */
function hrNanos(value: unknown): bigint | undefined {
  if (!Array.isArray(value)) return isoNanos(value);
  const [seconds, nanos] = value as readonly unknown[];
  const whole = (part: unknown): part is number => typeof part === 'number' && Number.isSafeInteger(part) && part >= 0;
  return value.length === 2 && whole(seconds) && whole(nanos) ? BigInt(seconds) * 1_000_000_000n + BigInt(nanos) : undefined;
}

/** The API counts INTERNAL as 0, OTLP as 1. */
const kindOf = (kind: unknown): number => (typeof kind === 'number' ? (Number.isInteger(kind) && kind >= 0 && kind <= 4 ? kind + 1 : 0) : kindNamed(text(kind)));
const statusOf = (code: unknown): number => (code === 1 || code === 2 ? code : codeNamed(text(code)));

/** Its attributes, or the fields they are kept in, where a resource was made JSON of as it is. */
function resourceOf(resource: unknown, warn: PlainWarn): Attribute[] {
  if (!isObject(resource)) return [];
  const pairs = resource['_rawAttributes'];
  const attributes = resource['attributes'] ?? resource['_attributes'] ?? (Array.isArray(pairs) ? Object.fromEntries(pairs.filter(isPair)) : undefined);
  return plainAttributes(attributes, 'resource attributes', warn);
}

const isPair = (value: unknown): value is readonly [string, unknown] => Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
