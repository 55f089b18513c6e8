// Decoded spans → OTLP/JSON as the specification writes it (hex ids, integer enums, 64-bit integers as strings, base64 bytes).
// What it writes, otlpJson.ts reads back to the same details.
import type { Attribute, AttributeMap, AttributeValue } from '../model/attributes.ts';
import { base64 } from '../model/attributeText.ts';
import type { SpanDetails } from '../model/spanDetails.ts';

interface ScopeSpans {
  readonly scope: Json;
  readonly spans: Json[];
}
interface ResourceSpans {
  readonly resource: Json;
  readonly scopeSpans: Map<string, ScopeSpans>;
}
type Json = { readonly [key: string]: unknown };

/** One TracesData document. Spans are grouped by resource and scope, in the order given. `indent` as in JSON.stringify. */
export function spansToOtlpJson(spans: Iterable<SpanDetails>, indent?: number): string {
  const groups = new Map<string, ResourceSpans>();
  for (const span of spans) {
    const resource = { attributes: span.resource.map(attributeJson) };
    const group = getOrAdd(groups, JSON.stringify(resource), () => ({ resource, scopeSpans: new Map<string, ScopeSpans>() }));
    const scope = scopeJson(span);
    getOrAdd(group.scopeSpans, JSON.stringify(scope), () => ({ scope, spans: [] })).spans.push(spanJson(span));
  }
  const resourceSpans = Array.from(groups.values(), ({ resource, scopeSpans }) => ({ resource, scopeSpans: [...scopeSpans.values()] }));
  return JSON.stringify({ resourceSpans }, undefined, indent);
}

function getOrAdd<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function scopeJson(span: SpanDetails): Json {
  return {
    ...(span.scopeName === '' ? {} : { name: span.scopeName }),
    ...(span.scopeVersion === '' ? {} : { version: span.scopeVersion }),
    ...list('attributes', span.scopeAttributes.map(attributeJson)),
  };
}

function spanJson(span: SpanDetails): Json {
  const status = { ...(span.statusCode === 0 ? {} : { code: span.statusCode }), ...text('message', span.statusMessage) };
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...text('parentSpanId', span.parentSpanId),
    ...text('traceState', span.traceState),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: span.startUnixNano.toString(),
    endTimeUnixNano: span.endUnixNano.toString(),
    ...list('attributes', span.attributes.map(attributeJson)),
    ...count('droppedAttributesCount', span.droppedAttributes),
    ...list(
      'events',
      span.events.map((event) => ({
        timeUnixNano: event.timeUnixNano.toString(),
        name: event.name,
        ...list('attributes', event.attributes.map(attributeJson)),
        ...count('droppedAttributesCount', event.droppedAttributes),
      })),
    ),
    ...count('droppedEventsCount', span.droppedEvents),
    ...list(
      'links',
      span.links.map((link) => ({
        traceId: link.traceId,
        spanId: link.spanId,
        ...text('traceState', link.traceState),
        ...list('attributes', link.attributes.map(attributeJson)),
      })),
    ),
    ...count('droppedLinksCount', span.droppedLinks),
    ...(Object.keys(status).length === 0 ? {} : { status }),
  };
}

const text = (key: string, value: string): Json => (value === '' ? {} : { [key]: value });
const count = (key: string, value: number): Json => (value === 0 ? {} : { [key]: value });
const list = (key: string, values: readonly unknown[]): Json => (values.length === 0 ? {} : { [key]: values });

function attributeJson({ key, value }: Attribute): Json {
  return { key, value: valueJson(value) };
}

/** Nesting is bounded by the decoder (anyValue.ts). */
function valueJson(value: AttributeValue): Json {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'bigint':
      return { intValue: value.toString() };
    case 'number':
      return { doubleValue: Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value) };
    case 'undefined':
      return {};
    case 'object':
      if (value instanceof Uint8Array) return { bytesValue: base64(value) };
      if (Array.isArray(value)) return { arrayValue: { values: (value as readonly AttributeValue[]).map(valueJson) } };
      return { kvlistValue: { values: (value as AttributeMap).entries.map(attributeJson) } };
  }
}
