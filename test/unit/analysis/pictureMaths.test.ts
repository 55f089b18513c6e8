// What is drawn of many spans in few pixels, held to the plain definition: density below a collapsed row, cells of the minimap.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { density } from '../../../src/analysis/density.ts';
import { minimapCells } from '../../../src/analysis/minimapCells.ts';
import { serviceLook } from '../../../src/analysis/serviceHues.ts';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import type { TraceColumns } from '../../../src/model/trace.ts';

interface Bar {
  readonly start: number;
  readonly duration: number;
  readonly service?: number;
  readonly error?: boolean;
}

const columns = (bars: readonly Bar[]): TraceColumns =>
  ({
    count: bars.length, start: Float64Array.from(bars, ({ start }) => start), duration: Float64Array.from(bars, ({ duration }) => duration),
    service: Uint32Array.from(bars, ({ service = 0 }) => service), flags: Uint16Array.from(bars, ({ error = false }) => (error ? SpanFlag.error : 0)),
  }) as unknown as TraceColumns;

const bar = fc.record({ start: fc.integer({ min: 0, max: 100 }), duration: fc.integer({ min: 0, max: 60 }), service: fc.integer({ min: 0, max: 3 }), error: fc.boolean() });

describe('density', () => {
  const view = { start: 0, end: 10 };
  const rows: readonly (readonly [string, readonly Bar[], readonly number[]])[] = [
    ['nothing', [], [0, 0, 0, 0, 0]],
    ['all of it', [{ start: 0, duration: 10 }], [1, 1, 1, 1, 1]],
    ['a half', [{ start: 0, duration: 5 }], [1, 1, 1, 0, 0]],
    ['exactly one piece', [{ start: 2, duration: 2 }], [0, 1, 0, 0, 0]],
    ['an instant', [{ start: 4, duration: 0 }], [0, 0, 1, 0, 0]],
    ['an instant at the start', [{ start: 0, duration: 0 }], [1, 0, 0, 0, 0]],
    ['an instant at the end is outside', [{ start: 10, duration: 0 }], [0, 0, 0, 0, 0]],
    ['many in one piece', [{ start: 6, duration: 1 }, { start: 7, duration: 0.5 }, { start: 6.5, duration: 0 }], [0, 0, 0, 3, 0]],
    ['what began before and ends after', [{ start: -5, duration: 100 }], [1, 1, 1, 1, 1]],
    ['what ended before', [{ start: -5, duration: 4 }], [0, 0, 0, 0, 0]],
    ['what ends where the view begins', [{ start: -5, duration: 5 }], [0, 0, 0, 0, 0]],
  ];
  for (const [what, bars, expected] of rows) it(what, () => assert.deepEqual([...density(columns(bars), 0, bars.length, view, 5)], expected));

  it('is of the rows asked for only', () => {
    const bars = [{ start: 0, duration: 10 }, { start: 0, duration: 2 }, { start: 8, duration: 2 }];
    assert.deepEqual([...density(columns(bars), 1, 2, view, 5)], [1, 0, 0, 0, 0]);
    assert.deepEqual([...density(columns(bars), 1, 3, view, 5)], [1, 0, 0, 0, 1]);
    assert.deepEqual([...density(columns(bars), 2, 2, view, 5)], [0, 0, 0, 0, 0]);
  });

  it('is what counting pixel by pixel says, for any view', () => {
    fc.assert(
      fc.property(fc.array(bar, { maxLength: 20 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 40 }), (bars, from, span, width) => {
        const zoomed = { start: from, end: from + span };
        const found = density(columns(bars), 0, bars.length, zoomed, width);
        const naive = Array.from({ length: width }, () => 0);
        for (const { start, duration } of bars) {
          const left = ((start - from) * width) / span;
          const right = left + (duration * width) / span;
          if (right < 0 || left >= width || (right === 0 && left < 0)) continue;
          const first = Math.max(0, Math.floor(left + 1e-9));
          for (let x = first; x < width && (x === first || x < right - 1e-9); x++) naive[x]!++;
        }
        // Rounding may put an edge into the neighbouring pixel; the sum moves by as much at most.
        const off = naive.reduce((sum, count, x) => sum + Math.abs(count - found[x]!), 0);
        assert.ok(off <= 2 * bars.length);
        assert.ok(naive.every((count, x) => Math.abs(count - found[x]!) <= bars.length));
        if (width === span) assert.deepEqual([...found], naive, 'exact where pixels are whole');
      }),
      { numRuns: 500 },
    );
  });
});

describe('minimapCells', () => {
  const lines = (bars: readonly Bar[], total: number, width: number, most: number, loaded = bars.length): string[] => {
    const { cells, height } = minimapCells(columns(bars), loaded, total, width, most);
    return Array.from({ length: height }, (_, y) => [...cells.subarray(y * width, (y + 1) * width)].map((cell) => (cell === 0 ? '.' : cell === 1 ? '!' : String(cell - 2))).join(''));
  };

  const rows: readonly (readonly [string, readonly Bar[], number, readonly string[]])[] = [
    ['nothing yet', [], 4, ['........']],
    ['a row a line where there is room', [{ start: 0, duration: 80 }, { start: 40, duration: 20, service: 1 }], 4, ['00000000', '....11..']],
    ['children cover their parents where rows share a line', [{ start: 0, duration: 80 }, { start: 40, duration: 20, service: 1 }], 1, ['00001100']],
    ['errors cover both', [{ start: 0, duration: 80 }, { start: 20, duration: 20, error: true }, { start: 20, duration: 40, service: 1 }], 1, ['00!!1100']],
    ['an instant has a cell', [{ start: 79.9, duration: 0, service: 2 }], 4, ['.......2']],
    ['what ends later than the trace is cut', [{ start: 40, duration: 900 }], 4, ['....0000']],
    ['what begins later than the trace is its last cell', [{ start: 900, duration: 5 }], 4, ['.......0']],
    ['what begins before it is its first', [{ start: -50, duration: 10 }], 4, ['0.......']],
  ];
  for (const [what, bars, most, expected] of rows) it(what, () => assert.deepEqual(lines(bars, 80, 8, most), expected));

  it('a trace without extent has its cells all the same', () => assert.deepEqual(lines([{ start: 0, duration: 0 }, { start: 0, duration: 0, error: true }], 0, 3, 2), ['0..', '!..']));
  it('rows that are not loaded are not drawn', () => assert.deepEqual(lines([{ start: 0, duration: 80 }, { start: 0, duration: 80, service: 1 }], 80, 4, 4, 1), ['0000']));

  it('is what painting every row by hand says', () => {
    fc.assert(
      fc.property(fc.array(bar, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 12 }), (bars, width, most) => {
        const total = 100;
        const height = Math.min(most, bars.length);
        const wanted = Array.from({ length: width * height }, () => 0);
        // Later paint wins: parents first, then children, then errors (the first of several).
        const order = [...bars.keys()].filter((row) => !bars[row]!.error).concat([...bars.keys()].filter((row) => bars[row]!.error));
        for (const row of order) {
          const { start, duration, error, service } = bars[row]!;
          const y = Math.floor((row * height) / bars.length);
          const first = Math.min(width - 1, Math.floor(start * (width / total)));
          const last = Math.min(width - 1, Math.max(first, Math.ceil((start + duration) * (width / total)) - 1));
          for (let x = first; x <= last; x++) wanted[y * width + x] = error ? 1 : service + 2;
        }
        const { cells, ...size } = minimapCells(columns(bars), bars.length, total, width, most);
        assert.deepEqual([size, [...cells]], [{ width, height }, wanted]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('serviceLook', () => {
  it('eight hues, then the same with one notch more', () => {
    assert.deepEqual([0, 7, 8, 15, 16].map(serviceLook), [{ hue: 0, round: 0 }, { hue: 7, round: 0 }, { hue: 0, round: 1 }, { hue: 7, round: 1 }, { hue: 0, round: 2 }]);
  });
  it('no two services look the same', () => {
    assert.equal(new Set(Array.from({ length: 200 }, (_, order) => JSON.stringify(serviceLook(order)))).size, 200);
  });
});
