import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { splitByTrace, type TraceParts } from '../../../src/model/splitByTrace.ts';
import { batchOf } from '../../support/batches.ts';

const A = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
const outline = (parts: readonly TraceParts[]): unknown => parts.map(({ traceId, selections }) => [traceId, selections.map(({ rows }) => (rows === undefined ? 'all' : [...rows]))]);

describe('splitByTrace', () => {
  it('takes a batch of one trace whole', () => {
    const batch = batchOf([{ id: '1', trace: A }, { id: '2', trace: A }]);
    const parts = splitByTrace([batch]);
    assert.deepEqual(outline(parts), [[A, ['all']]]);
    assert.equal(parts[0]!.selections[0]!.batch, batch);
  });

  it('gathers a trace from several batches, rows ascending', () => {
    const first = batchOf([{ id: '1', trace: A }, { id: '2', trace: B }, { id: '3', trace: A }]);
    const second = batchOf([{ id: '4', trace: B }]);
    assert.deepEqual(outline(splitByTrace([first, second])), [[A, [[0, 2]]], [B, [[1], 'all']]]);
  });

  it('puts spans without a valid trace id last, under ""', () => {
    assert.deepEqual(outline(splitByTrace([batchOf([{ id: '1', trace: '0' }, { id: '2', trace: A }, { id: '3', trace: '' }])])), [[A, [[1]]], ['', [[0, 2]]]]);
  });

  it('compares 64-bit ids left-padded', () => {
    assert.deepEqual(outline(splitByTrace([batchOf([{ id: '1', trace: 'abc' }]), batchOf([{ id: '2', trace: '0'.repeat(29) + 'abc' }])])), [['00000000000000000000000000000abc', ['all', 'all']]]);
  });

  it('answers the backend’s own id where a batch names one', () => {
    const hex = '00000000000000000000000000000abc';
    const native = new Map([[hex, 'lf-trace-7']]);
    assert.deepEqual(outline(splitByTrace([batchOf([{ id: '1', trace: 'abc' }]), batchOf([{ id: '2', trace: 'abc' }], { nativeTraceIds: native })])), [['lf-trace-7', ['all', 'all']]]);
  });

  it('is empty for nothing', () => {
    assert.deepEqual(splitByTrace([]), []);
    assert.deepEqual(splitByTrace([batchOf([])]), []);
  });

  it('tells ids apart by every digit', () => {
    const ids = Array.from({ length: 32 }, (_, k) => '1'.padEnd(32 - k, '0').padStart(32, '0'));
    assert.deepEqual(splitByTrace([batchOf(ids.map((trace) => ({ id: '1', trace })))]).map((part) => part.traceId), ids);
  });

  it('gives every span to exactly the trace it names', () => {
    const trace = fc.integer({ min: 0, max: 200 }).map((n) => (n % 5 === 0 ? '' : n.toString(16)));
    fc.assert(
      fc.property(fc.array(fc.array(trace, { maxLength: 60 }), { maxLength: 4 }), (batches) => {
        const parts = splitByTrace(batches.map((traces) => batchOf(traces.map((id, k) => ({ id: (k + 1).toString(16), trace: id })))));
        const expected = new Map<string, number>();
        for (const id of batches.flat()) {
          const key = id === '' ? '' : id.padStart(32, '0');
          expected.set(key, (expected.get(key) ?? 0) + 1);
        }
        const found = new Map(parts.map(({ traceId, selections }) => [traceId, selections.reduce((sum, { batch, rows }) => sum + (rows?.length ?? batch.count), 0)]));
        assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()));
      }),
    );
  });
});
