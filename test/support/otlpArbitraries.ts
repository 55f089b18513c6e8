// Random trace messages (fast-check): as plain values, as what protobufjs encodes, and as the details our decoder must give.
import * as fc from 'fast-check';
import type { Attribute, AttributeMap, AttributeValue } from '../../src/model/attributes.ts';
import type { SpanDetails } from '../../src/model/spanDetails.ts';

export interface ModelScope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly Attribute[];
  readonly spans: readonly ModelSpan[];
}
export interface ModelResource {
  readonly attributes: readonly Attribute[];
  readonly scopes: readonly ModelScope[];
}
export type ModelSpan = Omit<SpanDetails, 'resource' | 'scopeName' | 'scopeVersion' | 'scopeAttributes'>;

const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('', 'exception', 'GET /', 'ключ', '😀', '\u0000'));
const key = fc.oneof(text, fc.constantFrom('code.file.path', 'gen_ai.usage', 'db.system', 'exception.type', 'code.stacktrace', 'llm.x', 'ai.y', 'openinference.z', '__proto__', 'codex', 'd', 'db'));
const int64 = fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.constantFrom(0n, -1n, (1n << 63n) - 1n, -(1n << 63n)));
const uint64 = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.constantFrom(0n, 1_795_221_079_000_000_000n, (1n << 64n) - 1n));
const uint32 = fc.oneof(fc.constant(0), fc.nat(), fc.constant(0xffffffff));
const hex = (digits: number): fc.Arbitrary<string> => fc.array(fc.integer({ min: 0, max: 15 }), { minLength: digits, maxLength: digits }).map((nibbles) => nibbles.map((n) => n.toString(16)).join('')).filter((id) => !/^0+$/.test(id));

const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.boolean(),
    int64,
    fc.double(),
    fc.uint8Array({ maxLength: 20 }),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.record({ key, value: tie('value') }, { noNullPrototype: true }), { maxLength: 4 }).map((entries): AttributeMap => ({ entries })),
  ),
})).value;

const attributes = fc.array(fc.record({ key, value }, { noNullPrototype: true }), { maxLength: 6 });

const span: fc.Arbitrary<ModelSpan> = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: fc.oneof(fc.constant(''), hex(16)),
  traceState: text,
  name: text,
  kind: fc.integer({ min: 0, max: 5 }),
  startUnixNano: uint64,
  endUnixNano: uint64,
  statusCode: fc.integer({ min: 0, max: 2 }),
  statusMessage: text,
  attributes,
  events: fc.array(fc.record({ timeUnixNano: uint64, name: text, attributes, droppedAttributes: uint32 }, { noNullPrototype: true }), { maxLength: 3 }),
  links: fc.array(fc.record({ traceId: hex(32), spanId: hex(16), traceState: text, attributes }, { noNullPrototype: true }), { maxLength: 3 }),
  droppedAttributes: uint32,
  droppedEvents: uint32,
  droppedLinks: uint32,
});

export const traces: fc.Arbitrary<readonly ModelResource[]> = fc.array(
  fc.record({ attributes, scopes: fc.array(fc.record({ name: text, version: text, attributes, spans: fc.array(span, { maxLength: 4 }) }), { maxLength: 3 }) }),
  { maxLength: 3 },
);

/** In the order they stand in the message. */
export function expectedDetails(model: readonly ModelResource[]): SpanDetails[] {
  return model.flatMap((resource) =>
    resource.scopes.flatMap((scope) =>
      scope.spans.map((one) => ({ ...one, resource: resource.attributes, scopeName: scope.name, scopeVersion: scope.version, scopeAttributes: scope.attributes })),
    ),
  );
}

type Message = Record<string, unknown>;

/** What protobufjs' fromObject takes. */
export function toMessage(model: readonly ModelResource[]): Message {
  return {
    resourceSpans: model.map((resource) => ({
      resource: { attributes: resource.attributes.map(keyValue) },
      scopeSpans: resource.scopes.map((scope) => ({
        scope: { name: scope.name, version: scope.version, attributes: scope.attributes.map(keyValue) },
        spans: scope.spans.map(spanMessage),
      })),
    })),
  };
}

function spanMessage(one: ModelSpan): Message {
  return {
    traceId: Buffer.from(one.traceId, 'hex'),
    spanId: Buffer.from(one.spanId, 'hex'),
    parentSpanId: Buffer.from(one.parentSpanId, 'hex'),
    traceState: one.traceState,
    name: one.name,
    kind: one.kind,
    startTimeUnixNano: one.startUnixNano.toString(),
    endTimeUnixNano: one.endUnixNano.toString(),
    attributes: one.attributes.map(keyValue),
    droppedAttributesCount: one.droppedAttributes,
    events: one.events.map((event) => ({ timeUnixNano: event.timeUnixNano.toString(), name: event.name, attributes: event.attributes.map(keyValue), droppedAttributesCount: event.droppedAttributes })),
    droppedEventsCount: one.droppedEvents,
    links: one.links.map((link) => ({ traceId: Buffer.from(link.traceId, 'hex'), spanId: Buffer.from(link.spanId, 'hex'), traceState: link.traceState, attributes: link.attributes.map(keyValue) })),
    droppedLinksCount: one.droppedLinks,
    status: { code: one.statusCode, message: one.statusMessage },
    flags: 257,
  };
}

const keyValue = (attribute: Attribute): Message => ({ key: attribute.key, value: anyValue(attribute.value) });

function anyValue(one: AttributeValue): Message {
  if (typeof one === 'string') return { stringValue: one };
  if (typeof one === 'boolean') return { boolValue: one };
  if (typeof one === 'bigint') return { intValue: one.toString() };
  if (typeof one === 'number') return { doubleValue: one };
  if (one instanceof Uint8Array) return { bytesValue: one };
  if (one === undefined) return {};
  if (Array.isArray(one)) return { arrayValue: { values: (one as readonly AttributeValue[]).map(anyValue) } };
  return { kvlistValue: { values: (one as AttributeMap).entries.map(keyValue) } };
}
