import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { spanIdAt } from '../../../src/model/ids.ts';
import { runInSlices } from '../../../src/model/slices.ts';
import type { SpanSelection } from '../../../src/model/splitByTrace.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { buildSteps, buildTrace } from '../../../src/model/traceBuilder.ts';
import { wildSpans } from '../../support/arbitraryTrace.ts';
import { BASE, batchOf, type SpanSpec, TRACE_ID } from '../../support/batches.ts';

const build = (...batches: readonly (readonly SpanSpec[])[]): Trace => buildTrace(TRACE_ID, batches.map((specs) => ({ batch: batchOf(specs) })));

/** `id(parent's id)` per row, ids without their zeros. */
function tree(trace: Trace): string {
  const id = (row: number): string => spanIdAt(trace.batches[trace.batch[row]!]!.spanId, trace.index[row]!).replace(/^0+/, '');
  return Array.from({ length: trace.count }, (_, row) => (trace.parent[row]! < 0 ? id(row) : `${id(row)}(${id(trace.parent[row]!)})`)).join(' ');
}

function flagged(trace: Trace, flag: number): string {
  const id = (row: number): string => spanIdAt(trace.batches[trace.batch[row]!]!.spanId, trace.index[row]!).replace(/^0+/, '');
  return Array.from({ length: trace.count }, (_, row) => row)
    .filter((row) => (trace.flags[row]! & flag) !== 0)
    .map(id)
    .join(' ');
}

/** Everything a reader of a Trace may rely on. */
function assertWellFormed(trace: Trace): void {
  const { count, parent, subtreeEnd, depth, start, duration } = trace;
  const open: number[] = [];
  for (let row = 0; row < count; row++) {
    while (open.length > 0 && subtreeEnd[open.at(-1)!]! <= row) open.pop();
    assert.equal(parent[row], open.at(-1) ?? -1, `parent of row ${row}`);
    assert.equal(depth[row], open.length + 1, `depth of row ${row}`);
    assert.ok(subtreeEnd[row]! > row && subtreeEnd[row]! <= (open.length === 0 ? count : subtreeEnd[open.at(-1)!]!), `subtree of row ${row}`);
    assert.ok(start[row]! >= 0 && duration[row]! >= 0, `times of row ${row}`);
    open.push(row);
  }
  const lastStart = new Map<number, number>();
  for (let row = 0; row < count; row++) {
    assert.ok((lastStart.get(parent[row]!) ?? 0) <= start[row]!, `row ${row} comes after its later sibling`);
    lastStart.set(parent[row]!, start[row]!);
  }
  assert.equal(trace.eventStart.length, count + 1);
  assert.equal(trace.eventStart[count], trace.eventTime.length);
  assert.equal(trace.spans, count);
}

describe('buildTrace', () => {
  it('puts spans in pre-order, whatever order and batches they come in', () => {
    const specs: SpanSpec[] = [
      { id: 'a', start: 0, end: 100 },
      { id: 'b', parent: 'a', start: 10, end: 40 },
      { id: 'c', parent: 'b', start: 12, end: 20 },
      { id: 'd', parent: 'a', start: 50, end: 90 },
    ];
    assert.equal(tree(build(specs)), 'a b(a) c(b) d(a)');
    assert.equal(tree(build(specs.toReversed())), 'a b(a) c(b) d(a)');
    assert.equal(tree(build([specs[2]!], [specs[3]!, specs[0]!], [specs[1]!])), 'a b(a) c(b) d(a)');
  });

  it('fills the columns', () => {
    const trace = build([
      { id: '1', start: 5, end: 105, name: 'GET /', service: 'web', kind: 2 },
      { id: '2', parent: '1', start: 15, end: 25, name: 'query', service: 'db', kind: 3, error: true, events: [{ at: 20, name: 'exception' }, { at: 21 }] },
    ]);
    assert.equal(trace.startUnixNano, BASE + 5n);
    assert.equal(trace.durationNs, 100n);
    assert.deepEqual([...trace.start], [0, 10]);
    assert.deepEqual([...trace.duration], [100, 10]);
    assert.deepEqual([...trace.kind], [2, 3]);
    assert.deepEqual([...trace.name].map((k) => trace.strings[k]), ['GET /', 'query']);
    assert.deepEqual([...trace.service].map((k) => trace.strings[k]), ['web', 'db']);
    assert.deepEqual([...trace.eventStart], [0, 0, 2]);
    assert.deepEqual([...trace.eventTime], [15, 16]);
    assert.equal(trace.flags[1]! & (SpanFlag.error | SpanFlag.exception | SpanFlag.events), SpanFlag.error | SpanFlag.exception | SpanFlag.events);
    assert.equal(trace.errors, 1);
    assert.equal(trace.maxDepth, 2);
    assert.equal(trace.rootRow, 0);
  });

  it('is empty for nothing', () => {
    for (const trace of [build(), build([])]) {
      assert.equal(trace.count, 0);
      assert.equal(trace.rootRow, -1);
      assert.equal(trace.durationNs, 0n);
      assert.deepEqual(trace.services, []);
      assert.deepEqual([...trace.eventStart], [0]);
    }
  });

  it('orders siblings by start, then the longer one, then id', () => {
    const specs: SpanSpec[] = [
      { id: '1', start: 0, end: 50 },
      { id: '9', parent: '1', start: 5, end: 10 },
      { id: '3', parent: '1', start: 5, end: 10 },
      { id: '7', parent: '1', start: 5, end: 20 },
      { id: '8', parent: '1', start: 2, end: 3 },
    ];
    assert.equal(tree(build(specs)), '1 8(1) 7(1) 3(1) 9(1)');
    assert.equal(tree(build(specs.toReversed())), '1 8(1) 7(1) 3(1) 9(1)');
  });

  describe('links', () => {
    it('keeps orphans at the top, flagged, and not among the roots', () => {
      const trace = build([
        { id: '1', parent: 'dead', start: 0, end: 5 },
        { id: '2', parent: '1', start: 1, end: 4 },
        { id: '3', start: 2, end: 9 },
      ]);
      assert.equal(tree(trace), '1 2(1) 3');
      assert.equal(flagged(trace, SpanFlag.orphan), '1');
      assert.deepEqual([trace.roots, trace.orphans, trace.rootRow], [1, 1, 2]);
      assert.deepEqual(trace.warnings, ['1 span names a parent that was not received.']);
    });

    it('names the earliest orphan where there is no root', () => {
      const trace = build([
        { id: '5', parent: '6', start: 0 },
        { id: '6', parent: '5', start: 1 },
        { id: '1', parent: 'dead', start: 3 },
        { id: '2', parent: 'beef', start: 2 },
      ]);
      assert.equal(trace.rootRow, 2);
      assert.equal(trace.roots, 0);
    });

    const cycles: readonly [string, SpanSpec[], string, string][] = [
      ['a span that is its own parent', [{ id: '1', parent: '1' }], '1', '1'],
      ['two spans', [{ id: '2', parent: '1', start: 1 }, { id: '1', parent: '2', start: 2 }], '2 1(2)', '2'],
      ['three, with a tail', [{ id: '1', parent: '3', start: 3 }, { id: '2', parent: '1', start: 2 }, { id: '3', parent: '2', start: 5 }, { id: '4', parent: '3', start: 0 }], '2 3(2) 4(3) 1(3)', '2'],
      ['of equal times by id', [{ id: '9', parent: '8' }, { id: '8', parent: '9' }], '8 9(8)', '8'],
      ['two apart', [{ id: '1', parent: '2', start: 0 }, { id: '2', parent: '1', start: 1 }, { id: '3', parent: '4', start: 2 }, { id: '4', parent: '3', start: 3 }], '1 2(1) 3 4(3)', '1 3'],
    ];
    for (const [what, specs, rows, cut] of cycles) {
      it(`cuts a cycle of ${what} at its earliest span`, () => {
        for (const order of [specs, specs.toReversed()]) {
          const trace = build(order);
          assert.equal(tree(trace), rows);
          assert.equal(flagged(trace, SpanFlag.cycle), cut);
          assert.equal(trace.roots, 0);
          assertWellFormed(trace);
        }
      });
    }

    it('keeps spans without a valid id, which are nobody’s parent and no conflict', () => {
      const trace = build([{ id: '', start: 0 }, { id: '0', start: 0 }, { id: '1', parent: '', start: 1 }]);
      assert.equal(trace.count, 2, 'the first two are the same bytes');
      assert.equal(trace.duplicates, 1);
      const other = build([{ id: '', start: 0, name: 'a' }, { id: '', start: 0, name: 'b' }]);
      assert.equal(other.count, 2);
      assert.equal(flagged(other, SpanFlag.conflict), '');
    });
  });

  describe('spans sent twice', () => {
    it('collapse when bytes and service are the same, and are counted', () => {
      const span: SpanSpec = { id: '2', parent: '1', start: 1, end: 2, service: 'a', attributes: { k: 1 } };
      const trace = build([{ id: '1', end: 5 }, span, span], [span], [{ ...span, resource: { pod: 'x' } }]);
      assert.equal(trace.count, 2);
      assert.equal(trace.duplicates, 3);
      assert.equal(flagged(trace, SpanFlag.conflict), '');
      assert.deepEqual(trace.warnings, ['3 spans were sent again and are shown once.']);
    });

    it('are all kept and flagged when anything differs', () => {
      const span: SpanSpec = { id: '2', parent: '1', start: 1, end: 2, service: 'a' };
      const others: SpanSpec[] = [{ ...span, service: 'b' }, { ...span, name: 'x' }, { ...span, end: 3 }, { ...span, start: 0 }, { ...span, attributes: { k: 1 } }];
      const trace = build([{ id: '1', end: 5 }, span, ...others]);
      assert.equal(trace.count, 7);
      assert.equal(trace.duplicates, 0);
      assert.equal(flagged(trace, SpanFlag.conflict), '2 2 2 2 2 2');
    });

    it('have their children under the first of them', () => {
      const specs: SpanSpec[] = [
        { id: '2', start: 3, end: 9, name: 'late' },
        { id: '2', start: 1, end: 9, name: 'early' },
        { id: '3', parent: '2', start: 4, end: 5 },
      ];
      for (const order of [specs, specs.toReversed()]) {
        const trace = build(order);
        assert.equal(tree(trace), '2 3(2) 2');
        assert.equal(trace.strings[trace.name[0]!], 'early');
      }
    });

    it('add up: shown + duplicates + rejected = given', () => {
      fc.assert(
        fc.property(wildSpans, fc.nat({ max: 5 }), (specs, rejected) => {
          const trace = buildTrace(TRACE_ID, [{ batch: batchOf(specs) }], { rejected });
          assert.equal(trace.spans + trace.duplicates + trace.rejected, specs.length + rejected);
        }),
      );
    });
  });

  describe('times', () => {
    it('shows spans that have not ended with no duration, flagged', () => {
      const trace = build([{ id: '1', start: 5, end: 0n }, { id: '2', parent: '1', start: 10, end: 30 }]);
      assert.equal(flagged(trace, SpanFlag.inProgress), '1');
      assert.equal(trace.duration[0], 0);
      assert.equal(trace.durationNs, 25n);
      assert.equal(build([{ id: '1', start: 5, end: 0n }]).durationNs, 0n);
    });

    it('shows negative spans with no duration, flagged; zero is nothing odd', () => {
      const trace = build([{ id: '1', start: 50, end: 20 }, { id: '2', start: 60, end: 60 }]);
      assert.equal(flagged(trace, SpanFlag.negative), '1');
      assert.deepEqual([...trace.duration], [0, 0]);
      assert.equal(trace.durationNs, 10n);
    });

    it('keeps strange times as sent and the others’ durations exact', () => {
      const trace = build([
        { id: '1', start: 1n, end: 5n },
        { id: '2', start: 7, end: 10 },
        { id: '3', start: 0, end: 253_402_300_799_999_999_999n & 0xffff_ffff_ffff_ffffn },
      ]);
      assert.equal(flagged(trace, SpanFlag.strangeTime), '1 3');
      assert.equal(trace.startUnixNano, 1n);
      assert.equal(trace.duration[trace.count - 1], 3);
      assert.ok(trace.warnings.some((sentence) => sentence.includes('stretches the time axis') || sentence.includes('stretch the time axis')));
      assertWellFormed(trace);
    });

    it('orders by exact times even where doubles cannot tell them apart', () => {
      const specs: SpanSpec[] = [{ id: '1', start: 1n, end: 2n }, { id: '2', start: 30, end: 40 }, { id: '3', start: 29, end: 35 }, { id: '4', start: 28, end: 30 }];
      for (const order of [specs, specs.toReversed()]) assert.equal(tree(build(order)), '1 4 3 2');
      const many: SpanSpec[] = [{ id: 'ffff', start: 1n }, ...Array.from({ length: 3000 }, (_, k) => ({ id: (3000 - k).toString(16), start: 3000 - k }))];
      const trace = build(many);
      const ids = tree(trace).split(' ').slice(1).map((id) => Number.parseInt(id, 16));
      assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
    });

    it('counts events relative to the trace, exactly, beside a strange neighbour', () => {
      const trace = build([{ id: '2', start: 7, end: 10, events: [{ at: 9 }] }]);
      assert.deepEqual([...trace.eventTime], [2]);
    });
  });

  it('lists services by first appearance, without nameless ones', () => {
    const trace = build([
      { id: '1', start: 5, end: 100, service: 'root' },
      { id: '2', parent: '1', start: 50, service: 'late' },
      { id: '3', parent: '1', start: 20, service: '' },
      { id: '4', parent: '2', start: 1, service: 'skewed' },
      { id: '5', parent: '4', start: 60, service: 'root' },
    ]);
    assert.deepEqual(trace.services, ['skewed', 'root', 'late']);
  });

  it('repeats the warnings of batches that are its own alone, at most thirty', () => {
    const whole = batchOf([{ id: '1' }], { warnings: ['Repaired.', 'Repaired.'] });
    const shared = batchOf([{ id: '2' }, { id: '3', trace: 'ff' }], { warnings: ['Maybe another’s.'] });
    assert.deepEqual(buildTrace(TRACE_ID, [{ batch: whole }, { batch: shared, rows: Uint32Array.of(0) }]).warnings, ['Repaired.']);
    const noisy = batchOf([{ id: '1' }], { warnings: Array.from({ length: 1_234 }, (_, k) => `Problem ${k}.`) });
    const { warnings } = buildTrace(TRACE_ID, [{ batch: noisy }]);
    assert.equal(warnings.length, 31);
    assert.equal(warnings.at(-1), '1,204 more warnings of this kind were left out.');
  });

  it('says how many could not be read', () => {
    assert.deepEqual(buildTrace(TRACE_ID, [], { rejected: 2 }).warnings, ['2 spans could not be read.']);
    assert.equal(buildTrace(TRACE_ID, [], { rejected: 2 }).rejected, 2);
  });

  it('takes selected rows only', () => {
    const batch = batchOf([{ id: '1', end: 9 }, { id: '2', trace: 'ff' }, { id: '3', parent: '1', start: 1, events: [{ at: 2 }] }, { id: '4', parent: '2' }]);
    const trace = buildTrace(TRACE_ID, [{ batch, rows: Uint32Array.of(0, 2) }]);
    assert.equal(tree(trace), '1 3(1)');
    assert.deepEqual([...trace.eventTime], [2]);
  });

  it('is well-formed and the same for any input in any order', () => {
    const shape = (trace: Trace): unknown => [tree(trace), [...trace.start], [...trace.duration], [...trace.flags], trace.services, trace.warnings, trace.rootRow, [...trace.name].map((k) => trace.strings[k])];
    fc.assert(
      fc.property(wildSpans, fc.nat(), (specs, cut) => {
        const trace = build(specs);
        assertWellFormed(trace);
        const at = specs.length === 0 ? 0 : cut % specs.length;
        const again = build(specs.slice(at).toReversed(), specs.slice(0, at));
        assertWellFormed(again);
        assert.deepEqual(shape(again), shape(trace));
      }),
      { numRuns: 500 },
    );
  });

  it('takes the same steps in slices, and stops when told', async () => {
    const specs = Array.from({ length: 2_000 }, (_, k): SpanSpec => ({ id: (k + 1).toString(16), parent: k === 0 ? '' : Math.ceil(k / 3).toString(16), start: k % 50, end: 60 }));
    const selections: SpanSelection[] = [{ batch: batchOf(specs) }];
    let pauses = 0;
    const pause = (): Promise<void> => {
      pauses++;
      return Promise.resolve();
    };
    const sliced = await runInSlices(buildSteps(TRACE_ID, selections), { pause, budgetMs: 0 });
    assert.deepEqual(sliced.parent, buildTrace(TRACE_ID, selections).parent);
    assert.ok(pauses > 10, `${pauses} pauses`);
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await assert.rejects(runInSlices(buildSteps(TRACE_ID, selections), { pause, budgetMs: 0, signal: abort.signal }), /enough/);
  });
});
