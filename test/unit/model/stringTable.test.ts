import assert from 'node:assert/strict';
import { StringTable } from '../../../src/model/stringTable.ts';

describe('StringTable', () => {
  it('numbers strings in order of first use', () => {
    const table = new StringTable();
    assert.deepEqual(['a', '', 'a', '__proto__', 'b', '__proto__'].map((text) => table.index(text)), [0, 1, 0, 2, 3, 2]);
    assert.deepEqual(table.strings, ['a', '', '__proto__', 'b']);
  });

  for (const uses of [1, 1_000]) {
    it(`maps another table’s indices, asked ${uses === 1 ? 'rarely' : 'often'}`, () => {
      const table = new StringTable();
      table.index('own');
      const theirs = Array.from({ length: 100 }, (_, k) => (k === 3 ? 'own' : `s${k % 50}`));
      let looked = 0;
      const from = table.from(theirs.length, uses, (k) => {
        looked++;
        return theirs[k] ?? '';
      });
      assert.deepEqual([from(3), from(7), from(57), from(7), from(100), from(2 ** 32 - 1)], [0, 1, 1, 1, 2, 2]);
      assert.equal(looked, uses === 1 ? 6 : 5);
    });
  }
});
