import assert from 'node:assert/strict';
import { attachedSpans } from '../../../src/analysis/attachedSpans.ts';
import { profileOf } from '../../../src/analysis/traceProfile.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { batchOf, type SpanSpec, TRACE_ID } from '../../support/batches.ts';

const trace = (specs: readonly SpanSpec[]): Trace => buildTrace(TRACE_ID, [{ batch: batchOf(specs) }]);
const names = (of: { count: number; name: Uint32Array; strings: readonly string[] }): string[] => [...of.name].map((at) => of.strings[at]!);

describe('attached spans', () => {
  it('is undefined where every span was waited for', () => {
    assert.equal(attachedSpans(trace([{ id: '1', name: 'root', end: 100 }, { id: '2', parent: '1', name: 'a', start: 10, end: 100 }])), undefined);
    assert.equal(attachedSpans(trace([])), undefined);
  });

  const root: SpanSpec = { id: '1', name: 'root', end: 100 };
  const after: SpanSpec = { id: '9', parent: '1', name: 'after', start: 60, end: 90 };
  for (const [what, child, gone] of [
    ['a consumer that runs on', { id: '2', parent: '1', name: 'c', kind: 5, start: 10, end: 110 }, true],
    ['a child that mostly runs on', { id: '2', parent: '1', name: 'c', start: 10, end: 500 }, true],
    ['a consumer that was waited for', { id: '2', parent: '1', name: 'c', kind: 5, start: 10, end: 50 }, false],
    ['a child a little later than its parent, as skewed clocks show it', { id: '2', parent: '1', name: 'c', start: 10, end: 110 }, false],
  ] as const) {
    it(`${gone ? 'leaves out' : 'keeps'} ${what}, with what is under it`, () => {
      const whole = trace([root, child, { id: '3', parent: '2', name: 'under', start: 20, end: 40 }, after]);
      const attached = attachedSpans(whole);
      if (!gone) return assert.equal(attached, undefined);
      assert.deepEqual(names(attached!.columns), ['root', 'after']);
      assert.deepEqual([...attached!.rows].map((row) => whole.strings[whole.name[row]!]), ['root', 'after']);
      assert.deepEqual([...attached!.columns.parent], [-1, 0]);
      assert.deepEqual([...attached!.columns.subtreeEnd], [2, 2]);
    });
  }

  it('gives the time to what was waited for', () => {
    const whole = trace([root, { id: '2', parent: '1', name: 'c', kind: 5, start: 10, end: 900 }, after]);
    const { path, self, total } = profileOf(whole);
    const byName = Object.fromEntries(names(whole).map((name, row) => [name, [path[row], self[row]]]));
    assert.deepEqual(byName, { root: [70, 70], c: [0, 0], after: [30, 30] });
    assert.equal(total, 100);
  });
});
