import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { runAtOnce } from '../../../src/model/slices.ts';
import { mergeSort, radixSort } from '../../../src/model/spanSort.ts';

const rows = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, k) => k);

describe('sorting rows', () => {
  it('radixSort orders by 64-bit keys, equals as they were', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, 0xffff_ffff, 0x8000_0000, 2047, 2048), fc.integer({ min: 0, max: 0xffff_ffff }));
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 200 }), (keys) => {
        const order = rows(keys.length);
        runAtOnce(radixSort(order, Uint32Array.from(keys.flat())));
        const value = (k: number): bigint => (BigInt(keys[k]![1]) << 32n) | BigInt(keys[k]![0]);
        const expected = [...rows(keys.length)].sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a - b));
        assert.deepEqual([...order], expected);
      }),
    );
  });

  it('mergeSort orders by comparison, equals as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 }), (keys) => {
        const order = rows(keys.length);
        runAtOnce(mergeSort(order, (a, b) => keys[a]! - keys[b]!));
        assert.deepEqual([...order], [...rows(keys.length)].sort((a, b) => keys[a]! - keys[b]! || a - b));
      }),
    );
  });

  it('both give way while they work', () => {
    const n = 200_000;
    let yields = 0;
    const steps = mergeSort(rows(n), (a, b) => b - a);
    while (!steps.next().done) yields++;
    assert.ok(yields > 20, `${yields} yields`);
    const keys = Uint32Array.from({ length: 2 * n }, (_, k) => Math.imul(k, 2_654_435_761));
    yields = 0;
    for (const steps = radixSort(rows(n), keys); !steps.next().done; ) yields++;
    assert.equal(yields, 12);
  });
});
