// A merged list of spans is told apart by trace id, whatever stands between, and every span goes to exactly one document.
import assert from 'node:assert/strict';
import { decodeOtlpJson } from '../../../src/formats/otlpJson.ts';
import { otlpJsonTraces } from '../../../src/formats/otlpJsonTraces.ts';
import { detailsOf, recordedText, serviceOf } from '../../support/formatFixtures.ts';

const span = (traceId: unknown, n: number): unknown => ({ traceId, spanId: n.toString(16).padStart(16, '0'), name: `s${n}` });
const resource = (service: string, ...scopes: readonly (readonly unknown[])[]): unknown => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
  scopeSpans: scopes.map((spans, k) => ({ scope: { name: `scope${k}` }, spans })),
});
const A = 'a'.repeat(32);
const B = 'b'.repeat(32);

describe('formats/otlpJsonTraces', () => {
  it('one document a trace, with the resources and scopes its spans stood in', () => {
    const documents = otlpJsonTraces({ result: { resourceSpans: [resource('one', [span(A, 1), span(B, 2), span(A, 3)], [span(A, 4)]), resource('two', [span(B, 5)], [])] } });
    const read = documents.map((document) => {
      const batch = decodeOtlpJson(document);
      return detailsOf(batch).map(({ traceId, name, scopeName }, i) => [traceId, name, scopeName, serviceOf(batch, i)]);
    });
    assert.deepEqual(read, [
      [[A, 's1', 'scope0', 'one'], [A, 's3', 'scope0', 'one'], [A, 's4', 'scope1', 'one']],
      [[B, 's2', 'scope0', 'one'], [B, 's5', 'scope0', 'two']],
    ]);
  });

  it('ids compare as ids: base64, upper case, without leading zeros', () => {
    const short = '6'.padStart(32, '0');
    for (const same of [['6', short], [A.toUpperCase(), A], [Buffer.from(A, 'hex').toString('base64'), A]] as const) {
      assert.equal(otlpJsonTraces({ resourceSpans: [resource('one', same.map((id, k) => span(id, k + 1)))] }).length, 1, same[0]);
    }
  });

  it('a recorded search of one trace loses nothing', () => {
    const document: unknown = JSON.parse(recordedText('jaeger-v3/search-snake.body'));
    const [only, ...others] = otlpJsonTraces(document);
    assert.equal(others.length, 0);
    assert.deepEqual(detailsOf(decodeOtlpJson(only)), detailsOf(decodeOtlpJson(document)));
  });

  it('odd parts end up where they are counted or left out, never in a trace', () => {
    assert.deepEqual(otlpJsonTraces({ data: [] }), []);
    assert.deepEqual(otlpJsonTraces({ resourceSpans: [null, 5, { scopeSpans: [null, { spans: 'x' }] }] }), []);
    const documents = otlpJsonTraces({ resourceSpans: [resource('one', [null, span(A, 1), { name: '__proto__', traceId: '__proto__' }, span(7, 2)])] });
    assert.deepEqual(documents.map((document) => decodeOtlpJson(document)).map(({ count, rejected }) => [count, rejected]), [[0, 1], [1, 0], [0, 1], [1, 0]]);
  });

  it('older producers call scopes instrumentation libraries', () => {
    const [document] = otlpJsonTraces({ batches: [{ resource: {}, instrumentationLibrarySpans: [{ instrumentationLibrary: { name: 'lib' }, spans: [span(A, 1)] }] }] });
    assert.equal(detailsOf(decodeOtlpJson(document))[0]!.scopeName, 'lib');
  });
});
