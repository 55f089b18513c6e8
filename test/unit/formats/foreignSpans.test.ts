// Spans that come whole: ids of any text, resources that are shared, what cannot be kept, and the pages of answers.
import assert from 'node:assert/strict';
import { type ForeignSpan, ForeignSpans } from '../../../src/formats/foreignSpans.ts';
import { nextPageNote } from '../../../src/formats/nextPage.ts';
import { decodeOtlpJson } from '../../../src/formats/otlpJson.ts';
import { detailsOf } from '../../support/formatFixtures.ts';

const TRACE = 'ab'.repeat(16);
const span = (id: string, more: Partial<ForeignSpan> & { readonly trace?: string; readonly parent?: string } = {}): ForeignSpan => {
  const { trace = TRACE, parent = '', ...rest } = more;
  return { ids: { trace, span: id, parent }, start: 5n, end: 6n, resource: [], scope: { name: '', version: '' }, name: id, ...rest };
};

describe('formats/foreignSpans', () => {
  for (const [what, given, hex, native] of [
    ['hex', TRACE, TRACE, undefined],
    ['upper case', TRACE.toUpperCase(), TRACE, undefined],
    ['64 bits', '1f', '1f'.padStart(32, '0'), '1f'],
    ['a UUID', 'E4A1BC7D-2C48-4B3F-9F0B-8E21C2D1A001', 'e4a1bc7d2c484b3f9f0b8e21c2d1a001', 'E4A1BC7D-2C48-4B3F-9F0B-8E21C2D1A001'],
    ['any text', 'order-7', undefined, 'order-7'],
    ['zeros', '0'.repeat(32), '0'.repeat(32), undefined],
  ] as const) {
    it(`a trace id that is ${what}`, () => {
      const spans = new ForeignSpans();
      spans.add(span('1', { trace: given }), 'span');
      const batch = spans.finish();
      const { traceId } = detailsOf(batch)[0]!;
      if (hex !== undefined) assert.equal(traceId === '' ? '0'.repeat(32) : traceId, hex);
      assert.match(traceId, /^([0-9a-f]{32})?$/);
      assert.equal(batch.nativeTraceIds?.get(traceId), native);
    });
  }

  it('parents and links of any text lead to the spans that have it', () => {
    const spans = new ForeignSpans();
    spans.add(span('load', { trace: 'order-7' }), 'span 0');
    spans.add(span('save', { trace: 'order-7', parent: 'load', links: [{ trace: 'order-7', span: 'load', attributes: [{ key: 'why', value: 'retry' }] }] }), 'span 1');
    const [load, save] = detailsOf(spans.finish());
    assert.deepEqual([save!.parentSpanId, save!.links[0]!.traceId, save!.links[0]!.spanId, save!.links[0]!.attributes], [load!.spanId, load!.traceId, load!.spanId, [{ key: 'why', value: 'retry' }]]);
  });

  it('equal resources are written once, by type and value', () => {
    const spans = new ForeignSpans();
    for (const [id, value] of [['1', '5'], ['2', '5'], ['3', 5n]] as const) spans.add(span(id, { resource: [{ key: 'n', value }] }), 'span');
    const batch = spans.finish();
    assert.equal(new Set(batch.resource).size, 2);
    assert.deepEqual(detailsOf(batch).map(({ resource }) => resource[0]!.value), ['5', '5', 5n]);
  });

  it('what cannot be kept is counted and said with its place', () => {
    const spans = new ForeignSpans();
    spans.add(span(''), 'line 3: span 0');
    spans.add(span('2', { start: undefined }), 'line 3: span 1');
    spans.reject('line 4: span', 'it is none');
    const batch = spans.finish();
    assert.deepEqual([batch.count, batch.rejected, batch.warnings], [1, 2, ['line 3: span 0 was rejected: it has no span id.', 'line 3: span 1: its start time is no time and was left out.', 'line 4: span was rejected: it is none.']]);
  });

  for (const [what, document, said] of [['goes on', { data: [], next_cursor: 'U3Bhbjox' }, true], ['is the last', { data: [], next_cursor: null }, false], ['knows no pages', { data: [] }, false], ['is a list', [1], false]] as const) {
    it(`an answer that ${what} is ${said ? '' : 'not '}said to be a page`, () => assert.equal(nextPageNote(document) !== undefined, said));
  }
  it('also where it is OTLP', () => {
    const data = [{ trace_id: TRACE, span_id: 'cd'.repeat(8), name: 'x' }];
    assert.deepEqual(decodeOtlpJson({ data, next_cursor: 'U3Bhbjox' }).warnings, ['this is one page of an answer that goes on ("next_cursor"); the rest is not in it.']);
    assert.deepEqual(decodeOtlpJson({ data, next_cursor: null }).warnings, []);
  });
});
