import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { WordTable } from '../../../src/model/wordTable.ts';
import { cpuMs } from '../../support/cpuTime.ts';

describe('WordTable', () => {
  it('keeps the least number of an id and says what was there', () => {
    const ids = Uint32Array.of(1, 2, 1, 3, 1, 2);
    const table = new WordTable(2, 1);
    assert.equal(table.find(ids, 0), -1);
    assert.equal(table.add(ids, 0, 7), -1);
    assert.equal(table.add(ids, 2, 9), -1);
    assert.equal(table.add(ids, 4, 5), 7);
    assert.equal(table.add(ids, 0, 6), 5);
    assert.equal(table.find(ids, 4), 5);
    assert.equal(table.find(Uint32Array.of(2, 1), 0), -1);
  });

  for (const words of [2, 4] as const) {
    it(`agrees with a Map on ids of ${words} words, however few it expected`, () => {
      fc.assert(
        fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: words, maxLength: words }), { maxLength: 300 }), fc.nat({ max: 10 }), (ids, expected) => {
          const column = Uint32Array.from(ids.flat());
          const table = new WordTable(words, expected);
          const map = new Map<string, number>();
          ids.forEach((id, k) => {
            const key = id.join();
            assert.equal(table.add(column, k * words, k), map.get(key) ?? -1);
            if (!map.has(key)) map.set(key, k);
          });
          ids.forEach((id, k) => assert.equal(table.find(column, k * words), map.get(id.join())));
        }),
      );
    });
  }

  it('stays fast for ids chosen to be alike', () => {
    const n = 200_000;
    const from = cpuMs();
    for (const step of [1, 1 << 12, 0x0101_0101]) {
      const ids = new Uint32Array(2 * n);
      for (let i = 0; i < n; i++) ids[2 * i + 1] = Math.imul(i, step);
      for (let i = 0; i < n; i++) ids[2 * i] = i;
      const table = new WordTable(2, n);
      for (let i = 0; i < n; i++) assert.equal(table.add(ids, 2 * i, i), -1);
    }
    assert.ok(cpuMs() - from < 5_000);
  });
});
