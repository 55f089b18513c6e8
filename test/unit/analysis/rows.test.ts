import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { VisibleRows } from '../../../src/analysis/rows.ts';
import type { TraceColumns } from '../../../src/model/trace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { treeSpans } from '../../support/arbitraryTrace.ts';
import { batchOf, type SpanSpec, TRACE_ID } from '../../support/batches.ts';

const build = (specs: readonly SpanSpec[]): TraceColumns => buildTrace(TRACE_ID, [{ batch: batchOf(specs) }]);
const visible = (rows: VisibleRows): number[] => Array.from({ length: rows.count }, (_, k) => rows.rowAt(k));

/** 0 ─ 1 ─ 2, 0 ─ 3, 4 ─ 5 */
const forest = build([
  { id: '1', start: 0, end: 9 },
  { id: '2', parent: '1', start: 1, end: 5 },
  { id: '3', parent: '2', start: 2, end: 3 },
  { id: '4', parent: '1', start: 6, end: 8 },
  { id: '5', start: 7, end: 9 },
  { id: '6', parent: '5', start: 8, end: 9 },
]);

/** As if only the first rows had arrived. */
function firstRows(columns: TraceColumns, count: number): TraceColumns {
  return { ...columns, count, parent: columns.parent.subarray(0, count), subtreeEnd: columns.subtreeEnd.subarray(0, count) };
}

/** Which rows have no collapsed ancestor, one by one. */
function expected({ count, parent }: TraceColumns, collapsed: ReadonlySet<number>): number[] {
  const hidden = new Set<number>();
  for (let row = 0; row < count; row++) if (hidden.has(parent[row]!) || collapsed.has(parent[row]!)) hidden.add(row);
  return Array.from({ length: count }, (_, row) => row).filter((row) => !hidden.has(row));
}

describe('VisibleRows', () => {
  it('shows all at first', () => {
    const rows = new VisibleRows(forest);
    assert.deepEqual(visible(rows), [0, 1, 2, 3, 4, 5]);
    assert.equal(rows.rowAt(-1), -1);
    assert.equal(rows.rowAt(6), -1);
  });

  it('hides and shows a subtree, in the middle and at the end', () => {
    const rows = new VisibleRows(forest);
    assert.equal(rows.toggle(1), true);
    assert.deepEqual(visible(rows), [0, 1, 3, 4, 5]);
    rows.toggle(4);
    assert.deepEqual(visible(rows), [0, 1, 3, 4]);
    rows.toggle(0);
    assert.deepEqual(visible(rows), [0, 4]);
    rows.toggle(0);
    assert.deepEqual(visible(rows), [0, 1, 3, 4], 'what was collapsed inside stays collapsed');
    rows.toggle(1);
    rows.toggle(4);
    assert.deepEqual(visible(rows), [0, 1, 2, 3, 4, 5]);
  });

  it('has nothing to collapse in a leaf or outside', () => {
    const rows = new VisibleRows(forest);
    for (const row of [2, -1, 6, 1.5]) assert.equal(rows.toggle(row), false);
    assert.equal(rows.setCollapsed(0, false), false);
    assert.equal(rows.hasChildren(0), true);
    assert.equal(rows.hasChildren(2), false);
  });

  it('collapses what is hidden for later', () => {
    const rows = new VisibleRows(forest);
    rows.toggle(0);
    assert.equal(rows.toggle(1), true);
    assert.deepEqual(visible(rows), [0, 4, 5]);
    rows.toggle(0);
    assert.deepEqual(visible(rows), [0, 1, 3, 4, 5]);
  });

  it('finds positions and stand-ins', () => {
    const rows = new VisibleRows(forest);
    rows.toggle(0);
    assert.deepEqual([0, 1, 3, 4, 5, 6, -1].map((row) => rows.positionOf(row)), [0, -1, -1, 1, 2, -1, -1]);
    assert.deepEqual([0, 1, 3, 4, 5, 6, -1].map((row) => rows.standIn(row)), [0, 0, 0, 4, 5, -1, -1]);
  });

  it('collapses and expands all, and reveals', () => {
    const rows = new VisibleRows(forest);
    rows.collapseAll();
    assert.deepEqual(visible(rows), [0, 4]);
    assert.equal(rows.reveal(2), true);
    assert.deepEqual(visible(rows), [0, 1, 2, 3, 4]);
    assert.equal(rows.reveal(2), false);
    rows.expandAll();
    assert.equal(rows.count, 6);
  });

  it('takes more rows as they come, also below a collapsed one', () => {
    const rows = new VisibleRows(firstRows(forest, 2));
    assert.deepEqual(visible(rows), [0, 1]);
    rows.toggle(1);
    rows.extend(firstRows(forest, 4));
    assert.deepEqual(visible(rows), [0, 1, 3]);
    rows.toggle(0);
    rows.extend(forest);
    assert.deepEqual(visible(rows), [0, 4, 5]);
    rows.toggle(0);
    assert.deepEqual(visible(rows), [0, 1, 3, 4, 5]);
  });

  it('equals the definition after any toggles while rows arrive', () => {
    fc.assert(
      fc.property(treeSpans(40), fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 60 }), (specs, actions) => {
        const all = build(specs);
        let count = Math.min(3, all.count);
        let columns = firstRows(all, count);
        const rows = new VisibleRows(columns);
        const collapsed = new Set<number>();
        for (const [pick, grow] of actions) {
          if (grow && count < all.count) {
            count = Math.min(all.count, count + 1 + (pick % 5));
            columns = firstRows(all, count);
            rows.extend(columns);
          } else {
            const row = pick % count;
            if (rows.toggle(row)) {
              if (collapsed.has(row)) collapsed.delete(row);
              else collapsed.add(row);
            }
          }
          assert.deepEqual(visible(rows), expected(columns, collapsed));
          for (let row = 0; row < count; row++) assert.equal(rows.isCollapsed(row), collapsed.has(row));
        }
      }),
      { numRuns: 300 },
    );
  });
});
