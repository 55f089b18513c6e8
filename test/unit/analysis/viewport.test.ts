import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { barPixels, clampView, fullView, isFull, panBy, timeToX, viewOfSpan, xToTime, zoomAround, ZOOM_FLOOR } from '../../../src/analysis/viewport.ts';

const TOTAL = 8_960_000_000;

describe('viewport', () => {
  it('a trace without extent is shown as one nanosecond', () => {
    assert.deepEqual(fullView(0), { start: 0, end: 1 });
    assert.equal(isFull(fullView(0), 0), true);
  });

  const CLAMPED: readonly (readonly [string, { start: number; end: number }, { start: number; end: number }])[] = [
    ['inside stays', { start: 10, end: 50 }, { start: 10, end: 50 }],
    ['left of the trace is moved', { start: -20, end: 20 }, { start: 0, end: 40 }],
    ['right of the trace is moved', { start: 80, end: 130 }, { start: 50, end: 100 }],
    ['wider than the trace is the trace', { start: -500, end: 900 }, { start: 0, end: 100 }],
    ['ends swapped are taken as a range', { start: 50, end: 10 }, { start: 10, end: 50 }],
    ['no number is the edge', { start: Number.NaN, end: Number.NaN }, { start: 0, end: 100 }],
    ['infinite is the edge', { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }, { start: 0, end: 100 }],
  ];
  for (const [what, wish, expected] of CLAMPED) it(`clamp: ${what}`, () => assert.deepEqual(clampView(wish, 100), expected));

  it('stops at the zoom floor, around the anchor', () => {
    let view = fullView(TOTAL);
    for (let k = 0; k < 200; k++) view = zoomAround(view, TOTAL, TOTAL / 3, 0.5);
    const span = view.end - view.start;
    assert.ok(Math.abs(span - TOTAL * ZOOM_FLOOR) <= TOTAL * 2 ** -50, `${span}`);
    assert.ok(view.start <= TOTAL / 3 && view.end >= TOTAL / 3);
    assert.ok(view.end > view.start, 'pixels can still be told apart');
  });

  it('zooming out ends with everything', () => {
    let view = { start: 1_000, end: 1_010 };
    for (let k = 0; k < 80; k++) view = zoomAround(view, TOTAL, 1_005, 2);
    assert.equal(isFull(view, TOTAL), true);
  });

  it('what is under the pointer stays there', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 0.8, noNaN: true }), fc.double({ min: 0.3, max: 0.95, noNaN: true }), (share, factor) => {
        const view = { start: TOTAL * 0.25, end: TOTAL * 0.75 };
        const anchor = view.start + share * (view.end - view.start);
        const zoomed = zoomAround(view, TOTAL, anchor, factor);
        assert.ok(Math.abs(timeToX(anchor, zoomed, 1_000) - timeToX(anchor, view, 1_000)) < 1e-6);
      }),
    );
  });

  it('every zoom and pan stays inside the trace, whatever is asked', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('zoom' as const), at: fc.double({ min: -1, max: 2, noNaN: true }), by: fc.double({ min: 1e-6, max: 1e6, noNaN: true }) }),
      fc.record({ kind: fc.constant('pan' as const), at: fc.constant(0), by: fc.double({ min: -50, max: 50, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let view = fullView(TOTAL);
        for (const { kind, at, by } of steps) view = kind === 'zoom' ? zoomAround(view, TOTAL, at * TOTAL, by) : panBy(view, TOTAL, by);
        assert.ok(view.start >= 0 && view.end <= TOTAL * (1 + 1e-12) && view.end > view.start, JSON.stringify(view));
      }),
    );
  });

  it('panning keeps the width and stops at the edges', () => {
    assert.deepEqual(panBy({ start: 10, end: 30 }, 100, 0.5), { start: 20, end: 40 });
    assert.deepEqual(panBy({ start: 10, end: 30 }, 100, -5), { start: 0, end: 20 });
    assert.deepEqual(panBy({ start: 10, end: 30 }, 100, 50), { start: 80, end: 100 });
  });

  it('a span is shown with air around it; one without duration too', () => {
    assert.deepEqual(viewOfSpan(40, 20, 100), { start: 38, end: 62 });
    const instant = viewOfSpan(50, 0, 100);
    assert.ok(instant.start < 50 && instant.end > 50);
  });

  it('pixels and times are each other\'s inverse', () => {
    const view = { start: 250, end: 750 };
    for (const x of [0, 1, 333.3, 1_000]) assert.ok(Math.abs(timeToX(xToTime(x, view, 1_000), view, 1_000) - x) < 1e-9);
  });

  const BARS: readonly (readonly [string, number, number, { x: number; width: number } | undefined])[] = [
    ['inside', 10, 20, { x: 10, width: 20 }],
    ['at least two pixels', 50, 0, { x: 50, width: 2 }],
    ['never beyond the right edge', 100, 0, { x: 98, width: 2 }],
    ['cut at the left, without an end there', -50, 80, { x: -1, width: 31 }],
    ['cut at the right, without an end there', 90, 80, { x: 90, width: 11 }],
    ['left of the view', -50, 10, undefined],
    ['right of the view', 101, 10, undefined],
    ['over all of it', -1e12, 2e12, { x: -1, width: 102 }],
  ];
  for (const [what, start, duration, expected] of BARS) it(`bar: ${what}`, () => assert.deepEqual(barPixels(start, duration, { start: 0, end: 100 }, 100, 2), expected));
});
