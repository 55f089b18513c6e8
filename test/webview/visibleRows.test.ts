// Rows on show under collapse, focus and filters, against counting them one by one. No browser.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { TraceColumns } from '../../src/model/trace.ts';
import { collapsedRows } from '../../webview/actions.ts';
import { readSaved } from '../../webview/persisted.ts';
import { groupByRow } from '../../webview/traceData.ts';
import { NONE_COLLAPSED, visibleRows, withCollapsed, type RowsWish } from '../../webview/visibleRows.ts';

/** `depths`: of the rows in pre-order; a step down is at most one. */
function treeOf(depths: readonly number[]): TraceColumns {
  const n = depths.length;
  const parent = new Int32Array(n).fill(-1);
  const subtreeEnd = new Int32Array(n);
  const depth = new Int32Array(n);
  const open: number[] = [];
  depths.forEach((wish, row) => {
    const level = Math.min(wish, open.length);
    for (const closed of open.splice(level)) subtreeEnd[closed] = row;
    parent[row] = open.at(-1) ?? -1;
    depth[row] = level + 1;
    open.push(row);
  });
  for (const closed of open) subtreeEnd[closed] = n;
  const zeros = new Float64Array(n);
  return { count: n, parent, subtreeEnd, depth, start: zeros, duration: zeros, service: new Uint32Array(n), name: new Uint32Array(n), flags: new Uint16Array(n), kind: new Uint8Array(n), strings: [''] };
}

const rowsOf = (rows: ReturnType<typeof visibleRows>): number[] => Array.from({ length: rows.count }, (_, position) => rows.rowAt(position));

describe('visible rows', () => {
  //  0 ─ 1 ─ 2
  //    └ 3
  //  4 ─ 5
  const columns = treeOf([0, 1, 2, 1, 0, 1]);
  const wish: RowsWish = { columns, loaded: 6, collapsed: NONE_COLLAPSED, focusRoot: -1, passed: undefined };
  const collapsed = (...rows: readonly number[]): typeof NONE_COLLAPSED => withCollapsed(NONE_COLLAPSED, rows, true, 6);

  const CASES: readonly (readonly [string, Partial<RowsWish>, readonly number[]])[] = [
    ['all', {}, [0, 1, 2, 3, 4, 5]],
    ['one collapsed', { collapsed: collapsed(1) }, [0, 1, 3, 4, 5]],
    ['a collapsed one inside a collapsed one', { collapsed: collapsed(0, 1) }, [0, 4, 5]],
    ['a focused subtree', { focusRoot: 1 }, [1, 2]],
    ['a focused subtree, collapsed', { focusRoot: 0, collapsed: collapsed(1) }, [0, 1, 3]],
    ['matches and their ancestors', { passed: Uint8Array.from([0, 0, 1, 0, 0, 0]) }, [0, 1, 2]],
    ['matches in two trees', { passed: Uint8Array.from([0, 0, 0, 1, 0, 1]) }, [0, 3, 4, 5]],
    ['a match under a collapsed row is hidden with it', { passed: Uint8Array.from([0, 0, 1, 0, 0, 0]), collapsed: collapsed(1) }, [0, 1]],
    ['no match', { passed: new Uint8Array(6) }, []],
    ['only what has arrived', { loaded: 4 }, [0, 1, 2, 3]],
  ];
  for (const [what, change, expected] of CASES) {
    it(what, () => {
      const rows = visibleRows({ ...wish, ...change });
      assert.deepEqual(rowsOf(rows), expected);
      for (let row = 0; row < 6; row++) assert.equal(rows.positionOf(row), expected.indexOf(row), `row ${row}`);
      assert.equal(rows.rowAt(-1), -1);
      assert.equal(rows.rowAt(expected.length), -1);
    });
  }

  it('agrees with asking every row on its own', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { minLength: 1, maxLength: 40 }), fc.array(fc.nat(39)), fc.option(fc.array(fc.nat(39))), (depths, closed, found) => {
        const tree = treeOf(depths);
        const state = withCollapsed(NONE_COLLAPSED, closed, true, tree.count);
        const passed = found === null ? undefined : Uint8Array.from({ length: tree.count }, (_, row) => (found.includes(row) ? 1 : 0));
        const shown: number[] = [];
        for (let row = 0; row < tree.count; row++) {
          let hidden = false;
          for (let up = tree.parent[row]!; up >= 0; up = tree.parent[up]!) hidden ||= state.flags[up] === 1;
          const kept = passed === undefined || passed.subarray(row, tree.subtreeEnd[row]).includes(1);
          if (!hidden && kept) shown.push(row);
        }
        assert.deepEqual(rowsOf(visibleRows({ columns: tree, loaded: tree.count, collapsed: state, focusRoot: -1, passed })), shown);
      }),
    );
  });

  it('collapsing is counted, undone, and ignores rows that are not there', () => {
    const once = withCollapsed(NONE_COLLAPSED, [1, 1, 3, -1, 99], true, 6);
    assert.deepEqual([once.size, collapsedRows(once)], [2, [1, 3]]);
    const undone = withCollapsed(once, [1, 2], false, 6);
    assert.deepEqual([undone.size, collapsedRows(undone)], [1, [3]]);
    assert.deepEqual(collapsedRows(once), [1, 3], 'what was is not changed');
  });

  it('a million rows are walked in a moment', () => {
    const n = 1_000_000;
    const chain = { ...columns, count: n, parent: Int32Array.from({ length: n }, (_, row) => row - 1), subtreeEnd: new Int32Array(n).fill(n) };
    const passed = new Uint8Array(n);
    passed[n - 1] = 1;
    const from = performance.now();
    assert.equal(visibleRows({ ...wish, columns: chain, loaded: n, passed }).count, n);
    assert.ok(performance.now() - from < 100 * 5);
  });
});

describe('grouping by row', () => {
  it('keeps the order of entries within a row', () => {
    const { first, a, b } = groupByRow(Int32Array.from([2, 0, 2, 0]), Float64Array.from([5, 1, 6, 3]), 3, Float64Array.from([6, 2, 7, 4]));
    assert.deepEqual([...first], [0, 2, 2, 4]);
    assert.deepEqual([...a], [1, 3, 5, 6]);
    assert.deepEqual([...b!], [2, 4, 6, 7]);
  });
  it('of nothing', () => assert.deepEqual([...groupByRow(new Int32Array(0), new Float64Array(0), 2).first], [0, 0, 0]));
});

describe('saved state', () => {
  const good = { version: 1, traceId: 't', rows: 5, spanId: 'a', row: 3, view: { start: 1, end: 2 }, top: 24, collapsed: [1], showCriticalPath: false, matchesOnly: true, errorsOnly: true, panelOpen: false, panelWidth: 300, nameWidth: 200, query: 'q' };
  it('comes back as it was', () => assert.deepEqual(readSaved(structuredClone(good)), good));
  for (const [what, raw] of [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['another version', { ...good, version: 2 }],
    ['no trace', { ...good, traceId: undefined }],
  ] as const) it(`${what} is none`, () => assert.equal(readSaved(raw), undefined));
  it('whatever is in it, it is within bounds', () => {
    fc.assert(
      fc.property(fc.object(), (noise) => {
        const saved = readSaved({ ...noise, version: 1, traceId: 't' });
        assert.ok(saved !== undefined);
        assert.ok(saved.panelWidth >= 200 && saved.panelWidth <= 2000 && saved.nameWidth >= 120 && saved.nameWidth <= 2000 && Number.isInteger(saved.row) && saved.top >= 0);
      }),
    );
  });
});
