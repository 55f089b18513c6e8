import assert from 'node:assert/strict';
import { smoothEnds } from '../../../src/analysis/smoothEnds.ts';
import { profileOf } from '../../../src/analysis/traceProfile.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { batchOf, type SpanSpec, TRACE_ID } from '../../support/batches.ts';
import { cpuMs } from '../../support/cpuTime.ts';

const trace = (specs: readonly SpanSpec[]): Trace => buildTrace(TRACE_ID, [{ batch: batchOf(specs) }]);
const root: SpanSpec = { id: '1', name: 'root', end: 1000 };
const child = (id: string, start: number, end: number): SpanSpec => ({ id, parent: '1', name: `s${id}`, start, end });

function ends(of: Trace): Record<string, number> {
  const smooth = smoothEnds(of);
  return Object.fromEntries([...of.name].map((name, row) => [of.strings[name]!, smooth.start[row]! + smooth.duration[row]!]));
}

describe('smooth ends', () => {
  const cases: readonly [string, SpanSpec[], Record<string, number>][] = [
    ['a span that runs a little into the next', [child('2', 0, 803), child('3', 800, 990)], { s2: 800, s3: 990 }],
    ['three in a row', [child('2', 0, 401), child('3', 400, 802), child('4', 800, 1000)], { s2: 400, s3: 800, s4: 1000 }],
  ];
  for (const [what, children, expected] of cases) {
    it(`ends ${what} where the next begins`, () => assert.deepEqual(ends(trace([root, ...children])), { root: 1000, ...expected }));
  }

  for (const [what, children] of [
    ['spans that do not touch', [child('2', 0, 100), child('3', 100, 200)]],
    ['spans side by side', [child('2', 0, 500), child('3', 5, 600)]],
    ['a short one inside the end of a long one', [child('2', 0, 900), child('3', 850, 880)]],
    ['half overlaps', [child('2', 0, 500), child('3', 250, 900)]],
    ['an only child', [child('2', 0, 900)]],
  ] as const) {
    it(`leaves ${what} alone`, () => {
      const whole = trace([root, ...children]);
      assert.equal(smoothEnds(whole), whole);
    });
  }

  it('keeps a long call on the path that ended after the next began', () => {
    const { path, total } = profileOf(trace([root, child('2', 10, 803), { id: '5', parent: '2', name: 'inner', start: 20, end: 803 }, child('3', 800, 990)]));
    assert.deepEqual([...path], [20, 10, 780, 190]);
    assert.equal(total, 1000);
  });

  it('takes twenty thousand siblings that all overlap in its stride', () => {
    const siblings = Array.from({ length: 20_000 }, (_, i) => child((i + 2).toString(16), i, 100_000 - (i % 7)));
    const whole = trace([{ ...root, end: 200_000 }, ...siblings]);
    const from = cpuMs();
    smoothEnds(whole);
    assert.ok(cpuMs() - from < 1500);
  });
});
