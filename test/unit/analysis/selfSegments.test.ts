import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { density } from '../../../src/analysis/density.ts';
import { minimapCells } from '../../../src/analysis/minimapCells.ts';
import { firstSegmentAfter, selfSegments } from '../../../src/analysis/selfSegments.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import type { TraceColumns } from '../../../src/model/trace.ts';
import { cpuMs } from '../../support/cpuTime.ts';

interface Bar {
  readonly start: number;
  readonly duration: number;
  readonly error?: boolean;
  readonly service?: number;
}

/** A root and its children. */
function family(root: Bar, children: readonly Bar[]): TraceColumns {
  const bars = [root, ...children];
  const n = bars.length;
  return {
    count: n,
    parent: Int32Array.from(bars, (_, k) => (k === 0 ? -1 : 0)),
    subtreeEnd: Int32Array.from(bars, (_, k) => (k === 0 ? n : k + 1)),
    depth: Int32Array.from(bars, (_, k) => (k === 0 ? 1 : 2)),
    start: Float64Array.from(bars, (bar) => bar.start),
    duration: Float64Array.from(bars, (bar) => bar.duration),
    service: Uint32Array.from(bars, (bar) => bar.service ?? 0),
    name: new Uint32Array(n),
    flags: Uint16Array.from(bars, (bar) => (bar.error === true ? SpanFlag.error : 0)),
    kind: new Uint8Array(n),
    strings: ['a', 'b'],
  };
}

describe('self segments', () => {
  const CASES: readonly (readonly [string, readonly (readonly [number, number])[], readonly number[]])[] = [
    ['no children', [], [0, 100]],
    ['one in the middle', [[20, 30]], [0, 20, 50, 100]],
    ['two that overlap', [[20, 30], [40, 30]], [0, 20, 70, 100]],
    ['two that touch', [[20, 30], [50, 10]], [0, 20, 60, 100]],
    ['one over all', [[0, 100]], []],
    ['one that outlives it', [[80, 500]], [0, 80]],
    ['one that begins before it', [[-50, 60]], [10, 100]],
    ['one wholly outside', [[200, 50]], [0, 100]],
    ['one without duration', [[50, 0]], [0, 100]],
    ['not in order of their starts', [[60, 10], [10, 10]], [0, 10, 20, 60, 70, 100]],
    ['one inside another', [[10, 80], [20, 10]], [0, 10, 90, 100]],
  ];
  for (const [what, children, expected] of CASES) {
    it(what, () => assert.deepEqual([...selfSegments(family({ start: 0, duration: 100 }, children.map(([start, duration]) => ({ start, duration }))), 0)], expected));
  }

  it('are disjoint, ascending, and what an oracle of single nanoseconds says', () => {
    const bar = fc.record({ start: fc.integer({ min: -20, max: 120 }), duration: fc.integer({ min: 0, max: 80 }) });
    fc.assert(
      fc.property(fc.array(bar, { maxLength: 12 }), (children) => {
        const segments = selfSegments(family({ start: 0, duration: 100 }, children), 0);
        const own = Array.from({ length: 100 }, (_, t) => !children.some(({ start, duration }) => t >= start && t < start + duration));
        const drawn = Array.from({ length: 100 }, (_, t) => segments.some((_from, k) => k % 2 === 0 && t >= segments[k]! && t < segments[k + 1]!));
        assert.deepEqual(drawn, own);
        for (let k = 1; k < segments.length; k++) assert.ok(segments[k]! > segments[k - 1]!);
      }),
    );
  });

  it('rows that have not arrived do not count', () => {
    const columns = family({ start: 0, duration: 100 }, [{ start: 10, duration: 10 }, { start: 50, duration: 10 }]);
    assert.deepEqual([...selfSegments(columns, 0, 2)], [0, 10, 20, 100]);
  });

  it('a hundred thousand children take a moment, not recursion', () => {
    const children = Array.from({ length: 100_000 }, (_, k) => ({ start: 2 * k, duration: 1 }));
    assert.equal(selfSegments(family({ start: 0, duration: 200_000 }, children), 0).length, 200_000);
  });

  it('drawing begins at the first segment that ends after the view\'s start', () => {
    const segments = Float64Array.from([0, 10, 20, 30, 40, 50]);
    for (const [time, index] of [[-1, 0], [0, 0], [9, 0], [10, 1], [25, 1], [49, 2], [50, 3]] as const) assert.equal(firstSegmentAfter(segments, time), index, `after ${time}`);
    assert.equal(firstSegmentAfter(new Float64Array(0), 5), 0);
  });
});

describe('density', () => {
  const columns = family({ start: 0, duration: 100 }, [{ start: 0, duration: 50 }, { start: 25, duration: 50 }, { start: 99, duration: 0 }]);
  const whole = { start: 0, end: 100 };

  it('counts what runs in each column; what is narrower counts once', () => {
    assert.deepEqual([...density(columns, 1, 4, whole, 4)], [1, 2, 1, 1]);
    assert.deepEqual([...density(columns, 1, 2, whole, 4)], [1, 1, 0, 0]);
  });
  it('of a part of the time', () => assert.deepEqual([...density(columns, 1, 4, { start: 50, end: 100 }, 2)], [1, 1]));
  it('of nothing', () => assert.deepEqual([...density(columns, 2, 2, whole, 3)], [0, 0, 0]));
  it('agrees with counting one by one', () => {
    const bar = fc.record({ start: fc.integer({ min: -50, max: 150 }), duration: fc.integer({ min: 1, max: 100 }) });
    fc.assert(
      fc.property(fc.array(bar, { maxLength: 20 }), (children) => {
        const counts = density(family({ start: 0, duration: 100 }, children), 1, children.length + 1, whole, 100);
        const oracle = Array.from({ length: 100 }, (_, t) => children.filter(({ start, duration }) => t >= start && t < start + duration).length);
        assert.deepEqual([...counts], oracle);
      }),
    );
  });
});

describe('minimap cells', () => {
  it('children cover their parents, errors cover both', () => {
    const columns = family({ start: 0, duration: 100, service: 0 }, [{ start: 50, duration: 25, service: 1 }]);
    assert.deepEqual([...minimapCells(columns, 2, 100, 4, 1).cells], [2, 2, 3, 2]);
    const failing = family({ start: 0, duration: 100, error: true }, [{ start: 50, duration: 25, service: 1 }]);
    assert.deepEqual([...minimapCells(failing, 2, 100, 4, 1).cells], [1, 1, 1, 1]);
  });
  it('one line a row where there is room, shared lines where there is not', () => {
    const columns = family({ start: 0, duration: 100 }, [{ start: 0, duration: 10 }, { start: 90, duration: 10 }]);
    assert.deepEqual([...minimapCells(columns, 3, 100, 2, 10).cells], [2, 2, 2, 0, 0, 2]);
    assert.equal(minimapCells(columns, 3, 100, 2, 2).height, 2);
  });
  it('a span without duration shows, also at the very end', () => {
    const columns = family({ start: 100, duration: 0 }, []);
    assert.deepEqual([...minimapCells(columns, 1, 100, 3, 1).cells], [0, 0, 2]);
  });
  it('a million rows over the whole time are painted once a cell', () => {
    const n = 1_000_000;
    const columns: TraceColumns = { ...family({ start: 0, duration: 100 }, []), count: n, start: new Float64Array(n), duration: new Float64Array(n).fill(100), service: new Uint32Array(n), flags: new Uint16Array(n) };
    const from = cpuMs();
    const { cells } = minimapCells(columns, n, 100, 800, 38);
    assert.ok(cpuMs() - from < 500 * 5, 'in time');
    assert.equal(cells.every((cell) => cell === 2), true);
  });
  it('nothing loaded is nothing painted', () => assert.deepEqual([...minimapCells(family({ start: 0, duration: 1 }, []), 0, 1, 3, 1).cells], [0, 0, 0]));
});
