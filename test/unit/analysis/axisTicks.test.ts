import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { axisTicks, rangeLabel, tickStep } from '../../../src/analysis/axisTicks.ts';

const S = 1e9;

describe('axis ticks', () => {
  const LABELS: readonly (readonly [string, number, number, readonly string[]])[] = [
    ['nanoseconds', 0, 400, ['0 ns', '100 ns', '200 ns', '300 ns', '400 ns']],
    ['microseconds', 0, 4_000, ['0 µs', '1 µs', '2 µs', '3 µs', '4 µs']],
    ['milliseconds', 0, 2e6, ['0 ms', '0.5 ms', '1.0 ms', '1.5 ms', '2.0 ms']],
    ['seconds', 0, 8.96 * S, ['0 s', '2 s', '4 s', '6 s', '8 s']],
    ['minutes', 0, 8 * 60 * S, ['0 s', '2 min', '4 min', '6 min', '8 min']],
    ['a part of it', 2 * S, 4 * S, ['2.0 s', '2.5 s', '3.0 s', '3.5 s', '4.0 s']],
  ];
  for (const [what, start, end, expected] of LABELS) it(what, () => assert.deepEqual(axisTicks({ start, end }, 440).map((tick) => tick.label), expected));

  it('steps are 1, 2 or 5 times a power of ten, at least as wide as asked', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e13, noNaN: true }), fc.integer({ min: 100, max: 4_000 }), (span, width) => {
        const step = tickStep({ start: 0, end: span }, width, 88);
        assert.ok((step / span) * width >= 87.999, `${step} of ${span} over ${width}`);
        if (step < 60 * S) assert.ok([1, 2, 5].some((digit) => Math.abs(step / 10 ** Math.floor(Math.log10(step) + 1e-9) - digit) < 1e-6), `${step}`);
      }),
    );
  });

  it('ticks ascend inside the view and their labels differ, at every zoom', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 38, noNaN: true }), fc.double({ min: 3, max: 15, noNaN: true }), (where, zoom, size) => {
        const total = 10 ** size;
        const span = Math.max(total * 2 ** -zoom, 1e-3);
        const start = where * (total - span);
        const ticks = axisTicks({ start, end: start + span }, 900);
        assert.ok(ticks.length <= 12, `${ticks.length} ticks`);
        ticks.forEach((tick, k) => {
          assert.ok(tick.time >= start - span * 1e-6 && tick.time <= start + span * (1 + 1e-6));
          assert.equal(/NaN|Infinity|e\+|undefined/.test(tick.label), false, tick.label);
          if (k > 0 && span >= 1) assert.notEqual(tick.label, ticks[k - 1]!.label, `${start} + ${span}`);
        });
      }),
    );
  });

  it('deep inside a long trace the labels count from the left edge', () => {
    const labels = axisTicks({ start: 8 * S, end: 8 * S + 400 }, 440).map((tick) => tick.label);
    assert.deepEqual(labels, ['8.00 s', '+100 ns', '+200 ns', '+300 ns', '+400 ns']);
  });

  const RANGES: readonly (readonly [number, number, string])[] = [
    [0, 8.96 * S, '0 s – 8.96 s'],
    [2.25 * S, 4.5 * S, '2.25 s – 4.50 s'],
    [0, 90 * 60 * S, '0 s – 1 h 30 min'],
    [8 * S, 8 * S + 400, '8.000000000 s – 8.000000400 s'],
    [0, 1, '0 ns – 1.00 ns'],
  ];
  for (const [start, end, expected] of RANGES) it(`range ${expected}`, () => assert.equal(rangeLabel({ start, end }), expected));
});
