import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { clampTop, isScaled, MAX_SCROLL_PIXELS, scrollOfTop, scrollScale, topOfScroll, topToShow } from '../../../src/analysis/scrollScale.ts';

describe('scroll scale', () => {
  it('is the rows themselves below the limit', () => {
    const scale = scrollScale(24 * 100_000, 500);
    assert.equal(isScaled(scale), false);
    assert.equal(scale.scrollHeight, 2_400_000);
    assert.equal(topOfScroll(1_234, scale), 1_234);
    assert.equal(scrollOfTop(1_234, scale), 1_234);
  });

  it('stands for the rows above it, both ends exactly', () => {
    const scale = scrollScale(24 * 1_000_000, 500);
    assert.equal(isScaled(scale), true);
    assert.equal(scale.scrollHeight, MAX_SCROLL_PIXELS);
    assert.equal(topOfScroll(0, scale), 0);
    assert.equal(topOfScroll(MAX_SCROLL_PIXELS - 500, scale), 24_000_000 - 500);
    assert.equal(scrollOfTop(24_000_000 - 500, scale), MAX_SCROLL_PIXELS - 500);
  });

  it('every row of up to 32 million can be shown, and the way back is the same place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 40, max: 2_000 }), (rows, where, viewport) => {
        const scale = scrollScale(rows * 24, viewport);
        const row = Math.min(rows - 1, Math.floor(where * rows));
        const top = topToShow(row, 24, 0, scale);
        assert.ok(row * 24 >= top - 1e-6 && row * 24 + 24 <= top + viewport + 1e-6, `row ${row} at ${top}`);
        assert.ok(Math.abs(topOfScroll(scrollOfTop(top, scale), scale) - top) < 1e-3);
      }),
    );
  });

  const TOPS: readonly (readonly [number, number])[] = [
    [-5, 0],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
    [99_999, 1_900],
    [700, 700],
  ];
  for (const [wish, expected] of TOPS) it(`top ${wish} is ${expected}`, () => assert.equal(clampTop(wish, scrollScale(2_400, 500)), expected));

  it('moves no more than needed to show a row', () => {
    const scale = scrollScale(2_400, 240);
    assert.equal(topToShow(3, 24, 0, scale), 0, 'already shown');
    assert.equal(topToShow(10, 24, 0, scale), 24, 'one row down');
    assert.equal(topToShow(2, 24, 480, scale), 48, 'up to its top');
    assert.equal(topToShow(99, 24, 0, scale), 2_160);
  });

  it('fewer rows than fit do not scroll', () => {
    const scale = scrollScale(48, 500);
    assert.equal(scale.scrollHeight, 500);
    assert.equal(topOfScroll(100, scale), 0);
  });
});
