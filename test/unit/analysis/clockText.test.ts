// Moments on the reader's clock: with a date where it is another day, to the millisecond where asked, exact behind it, and how long ago, never "Invalid Date".
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ageText, clockAndAge, clockText, dateTimeText, exactMoment, unixMs } from '../../../src/analysis/clockText.ts';

/** Local parts, so that the test says the same in every time zone. */
const at = (...parts: [number, number, number, number, number, number, number]): number => new Date(...parts).getTime();

describe('analysis/clockText', () => {
  const now = at(2026, 10, 21, 14, 40, 0, 0);
  const clocks: readonly (readonly [number, string])[] = [
    [at(2026, 10, 21, 14, 31, 19, 42), '14:31:19'],
    [at(2026, 10, 21, 0, 0, 0, 0), '00:00:00'],
    [at(2026, 10, 20, 23, 59, 59, 999), '2026-11-20 23:59:59'],
    [at(2025, 10, 21, 14, 40, 0, 0), '2025-11-21 14:40:00'],
    [8.64e15 + 1, 'time unknown'],
    [Number.NaN, 'time unknown'],
  ];
  for (const [ms, text] of clocks) it(`the header's clock: ${text}`, () => assert.equal(clockText(ms, now), text));

  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;
  const ages: readonly (readonly [number, string])[] = [
    [now, 'now'], [now - MINUTE + 1, 'now'], [now + MINUTE, 'now'], [now - MINUTE, '1 min ago'], [now - HOUR + 1, '59 min ago'], [now - HOUR, '1 h ago'], [now - 47 * HOUR, '47 h ago'],
    [now - 2 * DAY, '2 d ago'], [now - 30 * DAY, '30 d ago'], [now - 31 * DAY + 1, '30 d ago'], [now + MINUTE + 1, 'in the future'],
    [at(2026, 9, 20, 23, 59, 59, 999), '2026-10-20'], [at(2018, 10, 5, 0, 0, 0, 0), '2018-11-05'], [8.64e15 + 1, 'time unknown'], [-8.64e15 - 1, 'time unknown'], [Number.NaN, 'time unknown'],
  ];
  for (const [ms, text] of ages) it(`${ms} was ${text}`, () => assert.equal(ageText(ms, now), text));

  const both: readonly (readonly [number, string])[] = [[now, '14:40:00, now'], [now - 3 * DAY, '2026-11-18 14:40:00, 3 d ago'], [at(2018, 10, 5, 9, 9, 57, 0), '2018-11-05 09:09:57'], [Number.NaN, 'time unknown']];
  for (const [ms, text] of both) it(`the header says a day once: ${text}`, () => assert.equal(clockAndAge(ms, now), text));

  const moments: readonly (readonly [number, string])[] = [
    [at(2026, 10, 21, 14, 31, 19, 42), '2026-11-21 14:31:19.042'],
    [at(2026, 0, 2, 3, 4, 5, 6), '2026-01-02 03:04:05.006'],
    [at(9999, 11, 31, 23, 59, 59, 999), '9999-12-31 23:59:59.999'],
    [-8.64e15 - 1, 'time unknown'],
    [Infinity, 'time unknown'],
  ];
  for (const [ms, text] of moments) it(`a moment to the millisecond: ${text}`, () => assert.equal(dateTimeText(ms), text));

  const exact: readonly (readonly [bigint, string])[] = [
    [1_795_221_079_042_000_001n, '2026-11-21T00:31:19.042Z (1795221079042000001 ns since 1970)'],
    [0n, '1970-01-01T00:00:00.000Z (0 ns since 1970)'],
    [2n ** 64n - 1n, '2554-07-21T23:34:33.709Z (18446744073709551615 ns since 1970)'],
    [10n ** 22n, 'outside of what a calendar shows (10000000000000000000000 ns since 1970)'],
  ];
  for (const [unixNano, text] of exact) it(`exactly: ${text}`, () => assert.equal(exactMoment(unixNano), text));

  const whole: readonly (readonly [bigint, number])[] = [[0n, 0], [999_999n, 0], [1_000_000n, 1], [-1n, -1], [-1_000_000n, -1], [-1_000_001n, -2]];
  for (const [unixNano, ms] of whole) it(`${unixNano} ns are ${ms} ms`, () => assert.equal(unixMs(unixNano), ms));

  it('a moment is shown in the millisecond it lies in', () => {
    fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n), (unixNano) => {
      const begin = BigInt(unixMs(unixNano)) * 1_000_000n;
      assert.ok(begin <= unixNano && unixNano < begin + 1_000_000n);
    }));
  });
});
