// Spans as the Python SDK prints them: what the real one printed of the reference trace, and what they may look like besides.
import assert from 'node:assert/strict';
import { DOCUMENT_KINDS } from '../../../src/formats/documentKinds.ts';
import { readTraceFile, type TraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { PlainSpansConverter } from '../../../src/formats/plainSpan.ts';
import { PYTHON_SPANS } from '../../../src/formats/pythonSpans.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { detailsOf, recorded, recordedText } from '../../support/formatFixtures.ts';
import { pythonLosses } from '../../support/losses/sdkSpans.ts';
import { checkLosses, factsOf } from '../../support/sameTrace.ts';

const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';
const FILE = 'otel-python/console.txt';
const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);
const spansIn = ({ batches }: TraceFile): number => batches.reduce((sum, { count }) => sum + count, 0);

const span = (more: object = {}): object => ({
  name: 'llm', context: { trace_id: `0x${'ab'.repeat(16)}`, span_id: `0x${'cd'.repeat(8)}`, trace_state: '[]' }, kind: 'SpanKind.INTERNAL', parent_id: null,
  start_time: '2024-10-30T12:24:00.218138Z', end_time: '2024-10-30T12:24:01.218138Z', status: { status_code: 'UNSET' }, attributes: {}, events: [], links: [], resource: { attributes: { 'service.name': 'shop' }, schema_url: '' }, ...more,
});
function decode(document: unknown): SpanBatch {
  const converter = new PlainSpansConverter(PYTHON_SPANS);
  converter.add(document);
  return converter.finish();
}
const one = (more: object = {}): SpanDetails => detailsOf(decode(span(more)))[0]!;
const entries = (list: SpanDetails['attributes']): Record<string, unknown> => Object.fromEntries(list.map(({ key, value }) => [key, value]));
const START = 1730291040218138000n;

describe('formats/pythonSpans', () => {
  it('reads the reference trace out of what the console exporter printed, but for the written losses', async () => {
    const { format, batches, warnings } = await readTraceFile(recorded(FILE), 'console.txt');
    assert.deepEqual([format, warnings, batches.flatMap((batch) => batch.warnings), batches.map(({ rejected }) => rejected)], ['OpenTelemetry Python spans', [], [], [0]]);
    const expected = factsOf(buildTrace(REFERENCE, [{ batch: decodeOtlpProto(recorded('reference-trace.otlp.pb')) }]));
    checkLosses(expected, factsOf(buildTrace(REFERENCE, batches.map((batch) => ({ batch })))), pythonLosses(expected), recordedText(FILE));
  });

  const printed = recordedText(FILE);
  const documents = printed.split(/(?<=^\})\n/m).map((text) => text.trim()).filter((text) => text !== '');
  for (const [what, content] of [
    ['one after the other', printed],
    ['one a line', documents.map((text) => JSON.stringify(JSON.parse(text))).join('\n')],
    ['as a list', `[${documents.join(',')}]`],
    ['between what the program prints', `INFO: started\n${printed}bye\n`],
  ] as const) {
    it(`reads them ${what}`, async () => {
      const file = await readTraceFile(bytesOf(content), 'x');
      assert.deepEqual([file.format, spansIn(file)], ['OpenTelemetry Python spans', 13]);
    });
  }

  it('reads ids behind "0x", kinds, states, times, events and links', () => {
    const found = one({
      parent_id: `0x${'ef'.repeat(8)}`, kind: 'SpanKind.CLIENT', status: { status_code: 'ERROR', description: 'bad' },
      context: { trace_id: `0x${'ab'.repeat(16)}`, span_id: `0x${'cd'.repeat(8)}`, trace_state: "['{key=vendor, value=a=b}', '{key=b@c, value=1}']" },
      events: [{ name: 'exception', timestamp: '2024-10-30T12:24:00.500000Z', attributes: { 'exception.type': 'E' } }],
      links: [{ context: { trace_id: '0x0123456789abcdef0123456789abcdef', span_id: '0x0123456789abcdef', trace_state: '[]' }, attributes: { why: 'batch' } }],
    });
    assert.deepEqual([found.traceId, found.spanId, found.parentSpanId], ['ab'.repeat(16), 'cd'.repeat(8), 'ef'.repeat(8)]);
    assert.deepEqual([found.kind, found.statusCode, found.statusMessage, found.traceState], [3, 2, 'bad', 'vendor=a=b,b@c=1']);
    assert.deepEqual([found.startUnixNano, found.endUnixNano], [START, START + 1_000_000_000n]);
    assert.deepEqual(found.events.map(({ name, timeUnixNano, attributes }) => [name, timeUnixNano, entries(attributes)]), [['exception', 1730291040500000000n, { 'exception.type': 'E' }]]);
    assert.deepEqual(found.links.map(({ traceId, spanId, attributes }) => [traceId, spanId, entries(attributes)]), [['0123456789abcdef0123456789abcdef', '0123456789abcdef', { why: 'batch' }]]);
    assert.deepEqual(entries(found.resource), { 'service.name': 'shop' });
  });

  for (const [what, resource, expected] of [
    ['attributes in it', { attributes: { 'service.name': 'a' }, schema_url: 'https://x' }, { 'service.name': 'a' }],
    ['what older versions wrote', { 'service.name': 'a', 'telemetry.sdk.language': 'python' }, { 'service.name': 'a', 'telemetry.sdk.language': 'python' }],
    ['nothing', null, {}],
  ] as const) {
    it(`reads a resource that is ${what}`, () => assert.deepEqual(entries(one({ resource }).resource), expected));
  }

  for (const [what, more, expected] of [
    ['still runs', { end_time: null }, [START, 0n, undefined]],
    ['has no start', { start_time: null }, [0n, START + 1_000_000_000n, 'span: its start time is no time and was left out.']],
    ['has odd attributes', { attributes: [1] }, [START, START + 1_000_000_000n, 'span: attributes that are no object were left out.']],
    ['has odd events', { events: [5, { name: 'x' }] }, [START, START + 1_000_000_000n, 'span: 1 of its events were no objects and were left out.']],
    ['has links that are no list', { links: 'none' }, [START, START + 1_000_000_000n, 'span: links that are no list were left out.']],
  ] as const) {
    it(`a span that ${what} is kept, and said`, () => {
      const batch = decode(span(more));
      const [found] = detailsOf(batch);
      assert.deepEqual([found!.startUnixNano, found!.endUnixNano, batch.warnings[0]], expected);
    });
  }

  it('keeps values exactly, and fields nobody knows', async () => {
    const text = JSON.stringify(span({ attributes: { whole: 5, half: 0.5, yes: true, list: ['a', 'b'], big: 'BIG', text: '' }, future: { a: [1] }, nothing: null })).replace('"BIG"', '9223372036854775807');
    const [found] = (await readTraceFile(bytesOf(text), 'x')).batches.flatMap(detailsOf);
    // JSON does not tell an integer beyond 2^53 from text of its digits, once it is exact.
    assert.deepEqual(entries(found!.attributes), { whole: 5n, half: 0.5, yes: true, list: ['a', 'b'], big: '9223372036854775807', text: '', 'otel.span.future': { entries: [{ key: 'a', value: [1n] }] } });
  });

  it('reads what Python writes for numbers that JSON does not have', async () => {
    const text = JSON.stringify(span({ attributes: { score: 'SCORE' } })).replace('"SCORE"', 'NaN');
    const { batches, warnings } = await readTraceFile(bytesOf(text), 'x');
    assert.deepEqual([warnings, entries(batches.flatMap(detailsOf)[0]!.attributes)], [[], { score: 'NaN' }]);
  });

  it('what is no span is counted with its place, what is none at all is refused', () => {
    const batch = decode([span(), { hello: 1 }, 5, span({ context: { trace_id: '0x1', span_id: `0x${'0'.repeat(16)}` } })]);
    assert.deepEqual([batch.count, batch.rejected], [1, 3]);
    assert.deepEqual(batch.warnings, ['span 1 was rejected: it is none of the SDK.', 'span 2 was rejected: it is none of the SDK.', 'span 3 was rejected: it has no span id.']);
    assert.throws(() => decode([{ hello: 1 }]), (error: unknown) => error instanceof FormatError && /no span of OpenTelemetry's Python SDK/.test(error.message));
    for (const other of [{ ...span(), span_kind: 'LLM' }, { ...span(), context: null }, { ...span(), context: { trace_id: 1, span_id: 2 } }, { ...span(), start_time: undefined, name: 5 }]) assert.equal(PYTHON_SPANS.isSpan(other), false);
    assert.equal(DOCUMENT_KINDS.find(({ matches }) => matches(span()))?.format, 'OpenTelemetry Python spans');
  });

  it('hostile keys and depths stay data', () => {
    let deep: object = { end: 1 };
    for (let k = 0; k < 5000; k++) deep = { a: deep };
    const found = one({ attributes: JSON.parse('{"__proto__":{"polluted":"1"},"constructor":"c"}') as object, resource: { attributes: { deep } }, odd: deep });
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    assert.deepEqual(found.attributes.map(({ key }) => key), ['__proto__', 'constructor', 'otel.span.odd']);
  });
});
