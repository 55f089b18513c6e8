import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { criticalPath, criticalPathOf, type CriticalPath } from '../../../src/analysis/criticalPath.ts';
import { selfTimes } from '../../../src/analysis/selfTime.ts';
import type { Trace, TraceColumns } from '../../../src/model/trace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { treeSpans, wildSpans } from '../../support/arbitraryTrace.ts';
import { batchOf, type SpanSpec, TRACE_ID } from '../../support/batches.ts';

const build = (specs: readonly SpanSpec[]): Trace => buildTrace(TRACE_ID, [{ batch: batchOf(specs) }]);
const named = (trace: Trace, { row, start, end }: CriticalPath): string => [...row].map((r, k) => `${trace.strings[trace.name[r]!]} ${start[k]}–${end[k]}`).join(', ');

type Segment = [row: number, start: number, end: number];

/** The definition, word by word, O(n²), recursive. */
function oracle({ count, parent, start, duration }: TraceColumns, row: number, from: number, to: number): Segment[] {
  const cut: { child: number; start: number; end: number }[] = [];
  for (let child = row + 1; child < count; child++) {
    if (parent[child] !== row || start[child]! >= to) continue;
    const piece = { child, start: Math.max(start[child]!, from), end: Math.min(start[child]! + duration[child]!, to) };
    if (piece.end > piece.start) cut.push(piece);
  }
  const segments: Segment[] = [];
  let t = to;
  for (;;) {
    let best: (typeof cut)[number] | undefined;
    for (const piece of cut) {
      // An overlap of at most 2 ms and a tenth of the child is the grain of clocks.
      if (piece.end - t > Math.min(2_000_000, 0.1 * (piece.end - piece.start))) continue;
      if (best === undefined || piece.end > best.end || (piece.end === best.end && piece.start > best.start)) best = piece;
    }
    if (best === undefined) break;
    const end = Math.min(best.end, t);
    segments.unshift([row, end, t]);
    segments.unshift(...oracle({ count, parent, start, duration } as TraceColumns, best.child, best.start, end));
    t = best.start;
    cut.splice(cut.indexOf(best), 1);
  }
  segments.unshift([row, from, t]);
  return segments.filter(([, a, b]) => b > a);
}

describe('criticalPath', () => {
  const cases: readonly [string, SpanSpec[], string][] = [
    ['a lone root', [{ id: '1', name: 'a', end: 10 }], 'a 0–10'],
    ['nothing for a root without duration', [{ id: '1', name: 'a' }], ''],
    ['a child in the middle', [{ id: '1', name: 'a', end: 10 }, { id: '2', parent: '1', name: 'b', start: 3, end: 7 }], 'a 0–3, b 3–7, a 7–10'],
    [
      'of two at once the one that ends last',
      [{ id: '1', name: 'a', end: 10 }, { id: '2', parent: '1', name: 'b', start: 1, end: 8 }, { id: '3', parent: '1', name: 'c', start: 2, end: 9 }],
      'a 0–2, c 2–9, a 9–10',
    ],
    [
      'one after another, the earlier ending with the later’s start',
      [{ id: '1', name: 'a', end: 10 }, { id: '2', parent: '1', name: 'b', start: 1, end: 5 }, { id: '3', parent: '1', name: 'c', start: 5, end: 9 }],
      'a 0–1, b 1–5, c 5–9, a 9–10',
    ],
    [
      'one after another, a little overlapping as clocks of whole milliseconds do',
      [{ id: '1', name: 'a', end: 300 }, { id: '2', parent: '1', name: 'b', start: 0, end: 201 }, { id: '3', parent: '1', name: 'c', start: 200, end: 300 }],
      'b 0–200, c 200–300',
    ],
    [
      'side by side: an overlap of more than a tenth',
      [{ id: '1', name: 'a', end: 300 }, { id: '2', parent: '1', name: 'b', start: 190, end: 201 }, { id: '3', parent: '1', name: 'c', start: 199, end: 300 }],
      'a 0–199, c 199–300',
    ],
    [
      'side by side: an overlap of more than 2 ms',
      [{ id: '1', name: 'a', end: 3e9 }, { id: '2', parent: '1', name: 'b', start: 0, end: 2.003e9 }, { id: '3', parent: '1', name: 'c', start: 2e9, end: 3e9 }],
      'a 0–2000000000, c 2000000000–3000000000',
    ],
    [
      'of equal ends the later start',
      [{ id: '1', name: 'a', end: 10 }, { id: '2', parent: '1', name: 'b', start: 1, end: 9 }, { id: '3', parent: '1', name: 'c', start: 6, end: 9 }],
      'a 0–6, c 6–9, a 9–10',
    ],
    [
      'of equal times the first id',
      [{ id: '1', name: 'a', end: 10 }, { id: '3', parent: '1', name: 'c', start: 1, end: 9 }, { id: '2', parent: '1', name: 'b', start: 1, end: 9 }],
      'a 0–1, b 1–9, a 9–10',
    ],
    ['a child that outlives its parent is cut', [{ id: '1', name: 'a', end: 10 }, { id: '2', parent: '1', name: 'b', start: 4, end: 99 }], 'a 0–4, b 4–10'],
    ['a child that starts too early is cut', [{ id: '9', name: 'z', start: 0, end: 1 }, { id: '1', name: 'a', start: 5, end: 10 }, { id: '2', parent: '1', name: 'b', start: 2, end: 7 }], 'b 5–7, a 7–10'],
    ['a child at or after its parent’s end is dropped', [{ id: '1', name: 'a', end: 10 }, { id: '2', parent: '1', name: 'b', start: 10, end: 20 }], 'a 0–10'],
    [
      'grandchildren are cut to what is left of their parent',
      [{ id: '1', name: 'a', end: 10 }, { id: '2', parent: '1', name: 'b', start: 4, end: 50 }, { id: '3', parent: '2', name: 'c', start: 8, end: 20 }, { id: '4', parent: '2', name: 'd', start: 12, end: 18 }],
      'a 0–4, b 4–8, c 8–10',
    ],
    ['the longest root', [{ id: '1', name: 'a', end: 10 }, { id: '2', name: 'b', start: 5, end: 50 }, { id: '3', name: 'c', start: 6, end: 51 }], 'b 5–50'],
    ['a root before a longer orphan', [{ id: '1', name: 'a', end: 10 }, { id: '2', parent: 'dead', name: 'b', start: 5, end: 50 }], 'a 0–10'],
    ['an orphan where no root has a duration', [{ id: '1', name: 'a', end: 0n }, { id: '2', parent: 'dead', name: 'b', start: 5, end: 50 }], 'b 5–50'],
  ];
  for (const [what, specs, expected] of cases) {
    it(what, () => {
      const trace = build(specs);
      assert.equal(named(trace, criticalPath(trace)), expected);
    });
  }

  it('is empty for nothing', () => assert.equal(criticalPath(build([])).row.length, 0));

  for (const [what, spans] of [['trees', treeSpans(120)], ['wild spans', wildSpans]] as const) {
    it(`equals the definition on ${what}, and partitions the root exactly`, () => {
      fc.assert(
        fc.property(spans, (specs) => {
          const trace = build(specs);
          for (let top = 0; top < trace.count; top = trace.subtreeEnd[top]!) {
            const end = trace.start[top]! + trace.duration[top]!;
            const path = criticalPathOf(trace, top);
            assert.deepEqual([...path.row].map((row, k) => [row, path.start[k], path.end[k]]), oracle(trace, top, trace.start[top]!, end));
            if (path.row.length === 0) continue;
            assert.equal(path.start[0], trace.start[top]);
            assert.equal(path.end.at(-1), end);
            for (let k = 1; k < path.row.length; k++) assert.equal(path.start[k], path.end[k - 1]);
          }
        }),
        { numRuns: 400 },
      );
    });
  }
});

describe('selfTimes', () => {
  /** Counts the unit steps of each span that no child covers. */
  function selfOracle({ count, parent, start, duration }: TraceColumns): number[] {
    return Array.from({ length: count }, (_, row) => {
      let self = 0;
      for (let t = start[row]!; t < start[row]! + duration[row]!; t++) {
        let covered = false;
        for (let child = row + 1; child < count && !covered; child++) covered = parent[child] === row && start[child]! <= t && t < start[child]! + duration[child]!;
        if (!covered) self++;
      }
      return self;
    });
  }

  for (const [what, spans] of [['trees', treeSpans(40)], ['wild spans', wildSpans]] as const) {
    it(`is the duration without the union of the children, on ${what}`, () => {
      fc.assert(
        fc.property(spans, (specs) => {
          const trace = build(specs);
          assert.deepEqual([...selfTimes(trace)], selfOracle(trace));
        }),
        { numRuns: 300 },
      );
    });
  }

  it('is never negative, whatever the neighbours’ times', () => {
    const trace = build([{ id: '9', start: 1n, end: 2n }, { id: '1', start: 1, end: 901 }, { id: '2', parent: '1', start: 1, end: 901 }]);
    assert.ok(selfTimes(trace).every((self) => self >= 0));
  });
});
