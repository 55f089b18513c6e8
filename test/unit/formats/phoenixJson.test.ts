// Phoenix's own JSON as spans: what a real one answered of the reference trace, and what its answers and exports may look like besides.
import assert from 'node:assert/strict';
import { DOCUMENT_KINDS } from '../../../src/formats/documentKinds.ts';
import { readTraceFile } from '../../../src/formats/fileReader.ts';
import { FormatError } from '../../../src/formats/formatError.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { decodePhoenixJson, phoenixItemsOf } from '../../../src/formats/phoenixJson.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { SpanDetails } from '../../../src/model/spanDetails.ts';
import { detailsOf, recorded, recordedText } from '../../support/formatFixtures.ts';
import { PHOENIX_JSON_LOSSES, PHOENIX_LIST_LOSSES } from '../../support/losses/phoenix.ts';
import { checkLosses, factsOf, lossesOf } from '../../support/sameTrace.ts';

const REFERENCE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACE = 'ab'.repeat(16);
const span = (more: object = {}): object => ({
  id: 'U3BhbjoxMw==', name: 'op', context: { trace_id: TRACE, span_id: 'cd'.repeat(8) }, span_kind: 'LLM', parent_id: null, start_time: '2024-10-30T12:24:00.218138+00:00', end_time: '2024-10-30T12:24:01.218138+00:00',
  status_code: 'OK', status_message: '', attributes: {}, events: [], ...more,
});
const listed = (more: object = {}): object => ({
  id: 'VHJhY2U6MQ==', trace_id: TRACE, project_id: 'UHJvamVjdDox', start_time: '2024-10-30T12:24:00+00:00', end_time: '2024-10-30T12:24:01+00:00', token_count_prompt: 7, token_count_total: 0,
  spans: [{ id: 'U3Bhbjoy', span_id: 'ee'.repeat(8), parent_id: 'cd'.repeat(8), name: 'child', span_kind: 'UNKNOWN', status_code: 'ERROR', start_time: '2024-10-30T12:24:00.5+00:00', end_time: '2024-10-30T12:24:01+00:00' },
    { id: 'U3Bhbjox', span_id: 'cd'.repeat(8), parent_id: null, name: 'root', span_kind: 'CHAIN', status_code: 'UNSET', start_time: '2024-10-30T12:24:00+00:00', end_time: '2024-10-30T12:24:01+00:00' }], ...more,
});
const one = (more: object = {}): SpanDetails => detailsOf(decodePhoenixJson(span(more)))[0]!;
const entries = (list: SpanDetails['attributes']): Record<string, unknown> => Object.fromEntries(list.map(({ key, value }) => [key, value]));
const START = 1730291040218138000n;

describe('formats/phoenixJson', () => {
  for (const [file, losses, warnings] of [
    ['spans', PHOENIX_JSON_LOSSES, []],
    ['traces-with-spans', PHOENIX_LIST_LOSSES, ['line 1: Phoenix lists the spans of traces without their attributes, events and status messages.']],
  ] as const) {
    it(`reads the reference trace out of ${file}, but for the written losses`, async () => {
      const { format, batches, warnings: ofFile } = await readTraceFile(recorded(`phoenix/${file}.body`), file);
      assert.deepEqual([format, ofFile, batches.flatMap((batch) => batch.warnings), batches.map(({ rejected }) => rejected)], ['Phoenix JSON', [], warnings, [0]]);
      const expected = factsOf(buildTrace(REFERENCE, [{ batch: decodeOtlpProto(recorded('reference-trace.otlp.pb')) }]));
      checkLosses(expected, factsOf(buildTrace(REFERENCE, batches.map((batch) => ({ batch })))), lossesOf(losses, 'first'), recordedText(`phoenix/${file}.body`));
    });
  }

  it('keeps what only it says: its own kind, its ids, what nobody knows', () => {
    const found = one({ attributes: { 'llm.model_name': 'm', 'llm.token_count.prompt': 100 }, annotations: [{ name: 'good' }], conversation: null });
    assert.deepEqual(entries(found.attributes), { 'llm.model_name': 'm', 'llm.token_count.prompt': 100n, 'openinference.span.kind': 'LLM', 'phoenix.id': 'U3BhbjoxMw==', 'phoenix.annotations': [{ entries: [{ key: 'name', value: 'good' }] }] });
    assert.equal('openinference.span.kind' in entries(one({ span_kind: 'UNKNOWN' }).attributes), false);
    assert.equal(entries(one({ span_kind: 'LLM', attributes: { 'openinference.span.kind': 'CHAIN' } }).attributes)['openinference.span.kind'], 'CHAIN');
  });

  it('attributes that were not flattened are, as its REST API does', () => {
    assert.deepEqual(entries(one({ attributes: { llm: { model_name: 'm', deep: { a: [1, 2] } }, flat: { }, text: 't' }, span_kind: '', id: '' }).attributes), { 'llm.model_name': 'm', 'llm.deep.a': [1n, 2n], flat: { entries: [] }, text: 't' });
  });

  for (const [what, more, expected] of [
    ['times and a state', { status_code: 'ERROR', status_message: 'bad' }, [START, START + 1_000_000_000n, 2, 'bad']],
    ['an end in 1970, as it stores what still runs', { end_time: '1970-01-01T00:00:00+00:00' }, [START, 0n, 1, '']],
    ['no end', { end_time: null }, [START, 0n, 1, '']],
    ['no start', { start_time: 'never' }, [0n, START + 1_000_000_000n, 1, '']],
  ] as const) {
    it(`reads a span with ${what}`, () => {
      const found = one(more);
      assert.deepEqual([found.startUnixNano, found.endUnixNano, found.statusCode, found.statusMessage], expected);
    });
  }

  it('reads events, and the ids that older exports have', () => {
    const batch = decodePhoenixJson([span({ context: { trace_id: 'E4A1BC7D-2C48-4B3F-9F0B-8E21C2D1A001', span_id: '5f3c2a1e-0000-4000-8000-000000000001' }, events: [{ name: 'exception', timestamp: '2024-10-30T12:24:00.5Z', attributes: { 'exception.message': 'm' } }] }),
      span({ context: { trace_id: 'E4A1BC7D-2C48-4B3F-9F0B-8E21C2D1A001', span_id: 'aa'.repeat(8) }, parent_id: '5f3c2a1e-0000-4000-8000-000000000001' })]);
    const [parent, child] = detailsOf(batch);
    assert.deepEqual([parent!.traceId, child!.parentSpanId === parent!.spanId && parent!.spanId.length === 16], ['e4a1bc7d2c484b3f9f0b8e21c2d1a001', true]);
    assert.equal(batch.nativeTraceIds?.get(parent!.traceId), 'E4A1BC7D-2C48-4B3F-9F0B-8E21C2D1A001');
    assert.deepEqual(parent!.events.map(({ name, timeUnixNano, attributes }) => [name, timeUnixNano, entries(attributes)]), [['exception', 1730291040500000000n, { 'exception.message': 'm' }]]);
  });

  it('what a list says of a trace stands on its root', () => {
    const [child, root] = detailsOf(decodePhoenixJson({ data: [listed()], next_cursor: null }));
    assert.deepEqual([child!.name, child!.parentSpanId, child!.statusCode, entries(child!.attributes)], ['child', root!.spanId, 2, { 'phoenix.id': 'U3Bhbjoy' }]);
    assert.deepEqual(entries(root!.attributes), { 'openinference.span.kind': 'CHAIN', 'phoenix.id': 'U3Bhbjox', 'phoenix.trace.id': 'VHJhY2U6MQ==', 'phoenix.trace.token_count_prompt': 7n, 'phoenix.trace.token_count_total': 0n });
    assert.deepEqual(entries(root!.resource), { 'phoenix.project_id': 'UHJvamVjdDox' });
  });

  for (const [what, document, spans, warnings] of [
    ['an answer', { data: [span()], next_cursor: null }, 1, []],
    ['a span', span(), 1, []],
    ['a list of spans', [span()], 1, []],
    ['a trace as its command line prints it', { traceId: TRACE, spans: [span(), 5], duration: 5 }, 1, [/^trace\.spans\[1\] was rejected: it is none of Phoenix's/]],
    ['several of those', [{ traceId: TRACE, spans: [span()] }, { traceId: TRACE, spans: [span()] }], 2, []],
    ['a page of more', { data: [span()], next_cursor: 'U3BhbjoxMg==' }, 1, [/^this is one page of an answer that goes on/]],
    ['an empty page', { data: [], next_cursor: null }, 0, []],
    ['traces without their spans', { data: [listed({ spans: null }), listed()], next_cursor: null }, 2, [/^1 of 2 traces came without their spans; include_spans=true asks for them/, /without their attributes/]],
    ['something else among spans', { data: [span(), { hello: 1 }, null] }, 1, [/^span 1 was rejected/, /^span 2 was rejected/]],
    ['no span among those of a listed trace', [listed({ spans: [7] })], 0, [/^trace\.spans\[0\] was rejected: it is not an object/, /without their attributes/]],
  ] as const) {
    it(`reads ${what}`, () => {
      assert.equal(DOCUMENT_KINDS.find(({ matches }) => matches(document))?.format, 'Phoenix JSON');
      const batch = decodePhoenixJson(document);
      assert.deepEqual([batch.count, batch.warnings.length], [spans, warnings.length], batch.warnings.join('\n'));
      warnings.forEach((warning, k) => assert.match(batch.warnings[k]!, warning));
    });
  }

  it('refuses what is none of its shapes', () => {
    for (const other of [{ data: [] }, { data: [{ trace_id: 'a' }] }, [{ context: {} }], [], {}, 5, null, { traceId: 'a', spans: [] }]) {
      assert.equal(phoenixItemsOf(other), undefined, JSON.stringify(other));
      assert.throws(() => decodePhoenixJson(other), FormatError);
    }
  });

  it('hostile keys and depths stay data', () => {
    let deep: object = { end: 1 };
    for (let k = 0; k < 5000; k++) deep = { a: deep };
    const found = one({ attributes: JSON.parse('{"__proto__":{"polluted":"1"},"constructor":"c"}') as object, odd: deep, span_kind: '', id: '' });
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    assert.deepEqual(found.attributes.map(({ key }) => key), ['__proto__.polluted', 'constructor', 'phoenix.odd']);
    assert.ok(detailsOf(decodePhoenixJson(span({ attributes: deep }))).length === 1);
  });
});
