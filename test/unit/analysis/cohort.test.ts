import assert from 'node:assert/strict';
import { CohortBuilder, type DecodeSpan } from '../../../src/analysis/cohort.ts';
import { slowOperations } from '../../../src/analysis/slowOperations.ts';
import { operationKey } from '../../../src/analysis/spanMatching.ts';
import { runAtOnce } from '../../../src/model/slices.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { step } from '../../support/pipelineCatalogue.ts';
import { decodeSpec, Random, type Step, traceOf } from '../../support/pipelines.ts';

const random = new Random(17);
let clock = 0;
const made = (root: Step): Trace => traceOf(root, random, (clock += 1000));
const counted = (): { decode: DecodeSpan; calls: () => number } => {
  let calls = 0;
  return { decode: (batch, index) => (calls++, decodeSpec(batch, index)), calls: () => calls };
};
const simple = (work: number, children: readonly Step[] = []): Step => step('a', 'root', 10, {}, [step('a', 'work', work), ...children]);

function cohortOf(target: Step, others: readonly Step[], decode: DecodeSpan = decodeSpec): CohortBuilder {
  const builder = new CohortBuilder(made(target), decode);
  for (const other of others) assert.ok(builder.add(made(other)));
  return builder;
}

describe('cohort', () => {
  it('keeps an entry a trace and operation, 0 where the operation was absent', () => {
    const cohort = cohortOf(simple(50, [step('b', 'extra', 5)]), [simple(20), simple(30, [step('b', 'extra', 7)])]);
    const { history } = cohort.operations.get(operationKey('b', 'extra'))!;
    assert.deepEqual([history.count, history.pathNs], [[0, 1], [0, 7e6]]);
    assert.equal(cohort.size, 2);
    assert.deepEqual(cohort.totals, [30e6, 47e6]);
  });

  it('adds up to the length of each trace', () => {
    const cohort = cohortOf(simple(50), [simple(20), simple(31)]);
    const sums = [0, 1].map((i) => [...cohort.operations.values()].reduce((sum, { history }) => sum + history.pathNs[i]!, 0));
    assert.deepEqual(sums, cohort.totals);
  });

  it('leaves out the trace itself and other roots', () => {
    const target = made(simple(5));
    const cohort = new CohortBuilder(target, decodeSpec);
    assert.equal(cohort.add(target), false);
    assert.equal(cohort.add(made({ ...simple(5), name: 'another' })), false);
    assert.equal(cohort.add(made({ ...simple(5), service: 'z' })), false);
    assert.equal(cohort.size, 0);
  });

  it('does the same in slices as at once', () => {
    const other = made(simple(33));
    const target = made(simple(50));
    const [atOnce, sliced] = [new CohortBuilder(target, decodeSpec), new CohortBuilder(target, decodeSpec)];
    atOnce.add(other);
    assert.equal(runAtOnce(sliced.addSteps(other)), true);
    assert.deepEqual(sliced.totals, atOnce.totals);
    assert.deepEqual([...sliced.operations.values()], [...atOnce.operations.values()]);
  });

  it('reads a few spans of each operation, and a bounded number of a trace', () => {
    const repeated = counted();
    cohortOf(simple(5, Array.from({ length: 500 }, () => step('db', 'SELECT', 1))), [], repeated.decode);
    assert.equal(repeated.calls(), 6);
    const many = counted();
    cohortOf(simple(5, Array.from({ length: 900 }, (_, i) => step('db', `q ${String.fromCodePoint(0x4e00 + i)}`, 1))), [], many.decode);
    assert.ok(many.calls() <= 260, `${many.calls()}`);
  });

  it('keeps the longest of many occurrences among those it reads', () => {
    const cohort = cohortOf(simple(5, Array.from({ length: 50 }, (_, i) => step('db', 'SELECT', i === 33 ? 90 : 1))), []);
    const { samples } = cohort.operations.get(operationKey('db', 'SELECT'))!;
    assert.ok(samples.some((sample) => sample.durationNs === 90e6));
  });

  it('takes names that differ in ids only for the same operation', () => {
    const named = (id: number, ms: number): Step => simple(5, [step('files', `GET /files/${id}`, ms)]);
    const cohort = cohortOf(named(1234, 900), Array.from({ length: 30 }, (_, i) => named(5000 + i, 40)));
    assert.deepEqual(cohort.operations.get(operationKey('files', 'GET /files/1234'))!.history.count, Array.from({ length: 30 }, () => 1));
    const [slow] = slowOperations(cohort);
    assert.deepEqual([slow?.kind, slow?.deltaNs], ['time', 860e6]);
  });
});

describe('slow operations', () => {
  const normal = Array.from({ length: 40 }, (_, i) => simple(50 + (i % 7)));

  for (const [what, target, expected] of [
    ['nothing of a usual trace', simple(53), []],
    ['nothing of a slightly longer one', simple(60), []],
    ['the one that is slower', simple(400), [['a\u0000work', 'time']]],
    ['a newcomer with what it calls, once', simple(50, [step('n', 'detour', 5, {}, [step('a', 'work', 300)])]), [['n\u0000detour', 'absent']]],
    ['more calls', simple(50, Array.from({ length: 9 }, () => step('a', 'work', 50))), [['a\u0000work', 'count']]],
  ] as const) {
    it(`finds ${what}`, () => {
      const found = slowOperations(cohortOf(target, normal));
      assert.deepEqual(found.map(({ operation, kind }) => [operationKey(operation.history.service, operation.history.name), kind]), expected);
    });
  }

  it('splits the cohort into traces where the operation was usual and where it was as slow', () => {
    const others = [...normal, ...Array.from({ length: 4 }, () => simple(410))];
    const [slow] = slowOperations(cohortOf(simple(400), others));
    assert.deepEqual(slow?.slow, [40, 41, 42, 43]);
    assert.equal(slow?.normal.length, 40);
  });

  it('says nothing of a few microseconds, and speaks of pipelines that take no more than some hundred', () => {
    const quick = (ms: number): Step => step('a', 'root', 0.001, {}, [step('a', 'work', ms)]);
    assert.deepEqual(slowOperations(cohortOf(quick(0.009), Array.from({ length: 30 }, () => quick(0.001)))), []);
    assert.equal(slowOperations(cohortOf(quick(0.9), Array.from({ length: 30 }, () => quick(0.02)))).length, 1);
  });
});
