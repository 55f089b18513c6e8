// Spans of the JavaScript SDK as JSON: what the real console exporter shows, what a program makes of ReadableSpan, and what they may look like besides.
import assert from 'node:assert/strict';
import { context, createTraceState, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { ConsoleSpanExporter, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { DOCUMENT_KINDS } from '../../../src/formats/documentKinds.ts';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { JS_SPANS } from '../../../src/formats/jsSpans.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { PlainSpansConverter } from '../../../src/formats/plainSpan.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { OtlpDocument } from '../../live/send/otlpTypes.ts';
import { detailsOf, foreign, recorded, recordedText } from '../../support/formatFixtures.ts';
import { shownByJsConsole } from '../../support/jsConsole.ts';
import { JS_CONSOLE_LOSSES } from '../../support/losses/sdkSpans.ts';
import { checkLosses, factsOf, type Facts } from '../../support/sameTrace.ts';

function decode(document: unknown): SpanBatch {
  const converter = new PlainSpansConverter(JS_SPANS);
  converter.add(document);
  return converter.finish();
}
const entries = (list: SpanDetails['attributes']): Record<string, unknown> => Object.fromEntries(list.map(({ key, value }) => [key, value]));
const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ID = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
const readable = (more: object = {}): object => ({ name: 'op', spanContext: ID, attributes: {}, status: { code: 0 }, startTime: [1730291040, 218138154], endTime: [1730291041, 0], events: [], ...more });
const printed = (more: object = {}): object => ({ name: 'op', traceId: ID.traceId, id: ID.spanId, kind: 0, timestamp: 1730291040218138, duration: 1500.25, attributes: {}, status: { code: 0 }, events: [], links: [], ...more });
const one = (document: object): SpanDetails => detailsOf(decode(document))[0]!;
const START = 1730291040218138154n;

/** Two spans of the real SDK: what its console exporter shows, and the spans themselves. */
async function fromSdk(): Promise<{ readonly shown: readonly object[]; readonly spans: readonly ReadableSpan[] }> {
  const shown: object[] = [];
  const dir = console.dir;
  console.dir = (span: object) => void shown.push(span);
  try {
    const memory = new InMemorySpanExporter();
    const provider = new TracerProvider({ resource: resourceFromAttributes({ 'service.name': 'shop' }), spanProcessors: [new SimpleSpanProcessor({ exporter: memory }), new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() })] });
    const tracer = provider.getTracer('lib', '1.2');
    const far = trace.setSpanContext(context.active(), { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef', traceFlags: TraceFlags.SAMPLED, traceState: createTraceState('vendor=1') });
    const root = tracer.startSpan('root', { kind: SpanKind.SERVER, startTime: [1795221079, 123456789], attributes: { whole: 1, list: ['x'] } }, far);
    const child = tracer.startSpan('child', { kind: SpanKind.CLIENT, startTime: [1795221079, 200000000], links: [{ context: root.spanContext(), attributes: { why: 'batch' } }] }, trace.setSpan(context.active(), root));
    child.recordException(new Error('boom'), [1795221079, 250000001]);
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'bad' });
    child.end([1795221079, 300000000]);
    root.end([1795221080, 0]);
    await provider.forceFlush();
    return { shown, spans: memory.getFinishedSpans() };
  } finally {
    console.dir = dir;
  }
}

/** As a program does that wants JSON of it: spanContext is a method. */
const inPlace = (span: ReadableSpan): object => ({
  name: span.name, kind: span.kind, spanContext: span.spanContext(), parentSpanContext: span.parentSpanContext, startTime: span.startTime, endTime: span.endTime, status: span.status,
  attributes: span.attributes, links: span.links, events: span.events, resource: { attributes: span.resource.attributes }, instrumentationScope: span.instrumentationScope, droppedAttributesCount: span.droppedAttributesCount,
});

describe('formats/jsSpans', () => {
  for (const [what, documentsOf] of [
    ['what the console exporter shows', async () => (await fromSdk()).shown],
    ['finished spans with their contexts', async () => (await fromSdk()).spans.map(inPlace)],
  ] as const) {
    it(`reads ${what} as the SDK meant it`, async () => {
      const { batches, format, warnings } = await readTraceFile(new TextEncoder().encode(JSON.stringify(await documentsOf(), null, 2)), 'x');
      assert.deepEqual([format, warnings, batches.flatMap((batch) => batch.warnings)], ['OpenTelemetry JavaScript spans', [], []]);
      const [child, root] = batches.flatMap(detailsOf);
      assert.deepEqual([root!.name, root!.kind, root!.traceId, root!.parentSpanId, root!.scopeName, root!.scopeVersion], ['root', 2, '0123456789abcdef0123456789abcdef', '0123456789abcdef', 'lib', '1.2']);
      assert.deepEqual([entries(root!.attributes), entries(root!.resource)], [{ whole: 1n, list: ['x'] }, { 'service.name': 'shop' }]);
      assert.deepEqual([child!.name, child!.kind, child!.parentSpanId, child!.statusCode, child!.statusMessage], ['child', 3, root!.spanId, 2, 'bad']);
      assert.deepEqual(child!.events.map(({ name, timeUnixNano, attributes }) => [name, timeUnixNano, entries(attributes)['exception.message']]), [['exception', 1795221079250000001n, 'boom']]);
      assert.deepEqual(child!.links.map(({ traceId, spanId, attributes }) => [traceId, spanId, entries(attributes)]), [[root!.traceId, root!.spanId, { why: 'batch' }]]);
      // The console shows µs as a double, to about a quarter of one.
      const off = root!.startUnixNano - 1795221079123456789n;
      assert.ok(off > -300n && off < 300n, String(off));
      assert.equal(child!.endUnixNano, 1795221079300000000n);
    });
  }

  it('reads the reference trace out of what the console exporter shows, but for the written losses', async () => {
    const raw = JSON.stringify(await shownByJsConsole(JSON.parse(recordedText('reference-trace.otlp.json')) as OtlpDocument));
    const { batches, warnings } = await readTraceFile(new TextEncoder().encode(raw), 'x');
    assert.deepEqual([warnings, batches.flatMap((batch) => batch.warnings), batches.map(({ count, rejected }) => [count, rejected])], [[], [], [[14, 0]]]);
    const facts = (list: readonly SpanBatch[]): Facts => factsOf(buildTrace(REFERENCE, list.map((batch) => ({ batch }))));
    checkLosses(facts([decodeOtlpProto(recorded('reference-trace.otlp.pb'))]), facts(batches), JS_CONSOLE_LOSSES, raw);
  });

  it('times are exact to the ns where they are pairs', () => {
    assert.deepEqual([one(readable()).startUnixNano, one(readable()).endUnixNano], [START, 1730291041000000000n]);
  });

  for (const [what, span, start, end] of [
    ['dates', readable({ startTime: '2024-10-30T12:24:00.218138154Z', endTime: '2024-10-30T12:24:01Z' }), START, 1730291041000000000n],
    ['a duration', readable({ endTime: undefined, duration: [1, 5] }), START, START + 1_000_000_005n],
    ['no end', readable({ endTime: undefined }), START, 0n],
    ['none', readable({ startTime: 'soon', endTime: [1] }), 0n, 0n],
    ['negative seconds', readable({ startTime: [-1, 0] }), 0n, 1730291041000000000n],
    ['µs', printed(), 1730291040218138000n, 1730291040218138000n + 1_500_250n],
    ['µs without a duration', printed({ duration: undefined }), 1730291040218138000n, 0n],
  ] as const) {
    it(`reads times that are ${what}`, () => assert.deepEqual([one(span).startUnixNano, one(span).endUnixNano], [start, end]));
  }

  for (const [kind, expected] of [[0, 1], [1, 2], [4, 5], [5, 0], [-1, 0], [0.5, 0], ['SERVER', 2], [undefined, 0]] as const) {
    it(`reads the kind ${String(kind)}`, () => assert.equal(one(printed({ kind })).kind, expected));
  }

  for (const [what, more, parent] of [
    ['a context', { parentSpanContext: { traceId: ID.traceId, spanId: 'ef'.repeat(8) } }, 'ef'.repeat(8)], ['an id, as SDK 1 has it', { parentSpanId: 'ef'.repeat(8) }, 'ef'.repeat(8)], ['an id, as its console shows it', { parentId: 'ef'.repeat(8) }, 'ef'.repeat(8)], ['nothing', {}, ''],
  ] as const) {
    it(`reads a parent that is ${what}`, () => assert.deepEqual([one(readable(more)).parentSpanId, one(printed(more)).parentSpanId], [parent, parent]));
  }

  for (const [what, resource] of [['attributes', { attributes: { a: 'b' } }], ['the fields of SDK 1', { _attributes: { a: 'b' } }], ['the fields of SDK 2', { _rawAttributes: [['a', 'b'], 5, ['c']], _asyncAttributesPending: false }]] as const) {
    it(`reads a resource that is ${what}`, () => assert.deepEqual(entries(one(readable({ resource })).resource), { a: 'b' }));
  }

  it('keeps counts of what was dropped, the scope of SDK 1, and fields nobody knows', () => {
    const span = one(readable({ instrumentationLibrary: { name: 'old', version: '0' }, droppedAttributesCount: 3, droppedEventsCount: 2, droppedLinksCount: 1, mood: 'good', spanContext: { ...ID, traceState: 'a=1' } }));
    assert.deepEqual([span.scopeName, span.droppedAttributes, span.droppedEvents, span.droppedLinks, span.traceState, entries(span.attributes)], ['old', 3, 2, 1, 'a=1', { 'otel.span.mood': 'good' }]);
  });

  it('is neither Zipkin nor anything else, and says what is no span', () => {
    assert.equal(DOCUMENT_KINDS.find(({ matches }) => matches([printed()]))?.format, 'OpenTelemetry JavaScript spans');
    assert.equal(DOCUMENT_KINDS.find(({ matches }) => matches([{ traceId: 'a', id: 'b', timestamp: 1, duration: 1, tags: {} }]))?.format, 'Zipkin v2 JSON');
    const batch = decode([readable(), 5, printed({ id: '0'.repeat(16) })]);
    assert.deepEqual([batch.count, batch.rejected, batch.warnings], [1, 2, ['span 1 was rejected: it is none of the SDK.', 'span 2 was rejected: it has no span id.']]);
    assert.throws(() => decode({ hello: 1 }), (error: unknown) => error instanceof FormatError && /JavaScript SDK/.test(error.message));
  });

  const vercel = foreign('openinference/vercel-v6-all-spans.json');
  if (vercel !== undefined) {
    it('reads the fixtures of OpenInference', async () => {
      const { batches, format, warnings } = await readTraceFile(vercel, 'x');
      const spans = batches.flatMap(detailsOf);
      assert.deepEqual([format, warnings, spans.length, new Set(spans.map(({ traceId }) => traceId)).size], ['OpenTelemetry JavaScript spans', [], 10, 10]);
      assert.equal(spans.find(({ events }) => events.length > 0)?.events[0]!.name, 'ai.stream.firstChunk');
    });
  }
});
