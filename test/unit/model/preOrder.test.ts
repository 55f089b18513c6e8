import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { preOrder } from '../../../src/model/preOrder.ts';
import { runAtOnce } from '../../../src/model/slices.ts';

describe('preOrder', () => {
  it('puts parents before children and siblings in their order', () => {
    //  1 ─ 0, 1 ─ 4, 2 ─ 3
    const { position, parent, subtreeEnd, depth } = runAtOnce(preOrder(Int32Array.of(1, -1, -1, 2, 1)));
    assert.deepEqual([...position], [1, 0, 4, 2, 3]);
    assert.deepEqual([...parent], [-1, 0, 0, -1, 3]);
    assert.deepEqual([...subtreeEnd], [3, 2, 3, 5, 5]);
    assert.deepEqual([...depth], [1, 2, 2, 1, 2]);
  });

  it('is empty for nothing', () => assert.equal(runAtOnce(preOrder(new Int32Array())).position.length, 0));

  it('agrees with recursion on any forest', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 60 }), (nodes) => {
        // Parents are numbered lower, then all are renumbered backwards, so that parents also come after children.
        const n = nodes.length;
        const parents = Int32Array.from({ length: n }, () => -1);
        nodes.forEach(([up, top], k) => (parents[n - 1 - k] = k === 0 || top ? -1 : n - 1 - (up % k)));
        const rows: number[] = [];
        const visit = (node: number): void => {
          rows.push(node);
          parents.forEach((parent, child) => parent === node && visit(child));
        };
        parents.forEach((parent, node) => parent < 0 && visit(node));
        assert.deepEqual([...runAtOnce(preOrder(parents)).position], rows);
      }),
    );
  });
});
