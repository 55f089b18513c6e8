import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { formatDuration, nanosAt, nanosBetween } from '../../../src/model/time.ts';

const words = (time: bigint): [number, number] => [Number(time & 0xffff_ffffn), Number(time >> 32n)];

describe('times', () => {
  it('nanosAt joins words', () => {
    const column = Uint32Array.of(1, 0, ...words(1_700_000_000_123_456_789n), 0xffff_ffff, 0xffff_ffff);
    assert.deepEqual([0, 1, 2].map((i) => nanosAt(column, i)), [1n, 1_700_000_000_123_456_789n, 2n ** 64n - 1n]);
  });

  it('nanosBetween is exact below 2^53 ns', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }), (from, difference) => {
        const to = from + difference;
        if (to < 0n || to >= 2n ** 64n) return;
        assert.equal(BigInt(nanosBetween(...words(from), ...words(to))), difference);
      }),
    );
  });

  const texts: readonly [number, string][] = [
    [0, '0 ns'],
    [999, '999 ns'],
    [999.6, '1.00 µs'],
    [1_234, '1.23 µs'],
    [9_996, '10.0 µs'],
    [99_960, '100 µs'],
    [999_499, '999 µs'],
    [999_500, '1.00 ms'],
    [13_700_000, '13.7 ms'],
    [8_410_000_000, '8.41 s'],
    [59_940_000_000, '59.9 s'],
    [59_960_000_000, '1 min 0 s'],
    [123_000_000_000, '2 min 3 s'],
    [3_599_600_000_000, '1 h 0 min'],
    [11_520_000_000_000, '3 h 12 min'],
    [352_800_000_000_000, '4 d 2 h'],
    [-1_500_000, '-1.50 ms'],
    [-90_000_000_000, '-1 min 30 s'],
    [Number.NaN, '?'],
    [Infinity, '?'],
  ];
  for (const [ns, text] of texts) it(`${ns} ns reads ${text}`, () => assert.equal(formatDuration(ns), text));
});
