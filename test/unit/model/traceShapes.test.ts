// Hostile shapes (reliability R21): a million spans deep, wide, orphaned, circular or all with one id. Every one is shown, and
// nothing recurses. Time limits have slack for a busy machine.
import assert from 'node:assert/strict';
import { criticalPath } from '../../../src/analysis/criticalPath.ts';
import { selfTimes } from '../../../src/analysis/selfTime.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';
import { bigBatch, type BigSpan } from '../../support/bigBatch.ts';
import { cpuMs } from '../../support/cpuTime.ts';

const MILLION = 1_000_000;
const build = (count: number, span: BigSpan): Trace => buildTrace('big', [{ batch: bigBatch(count, span) }]);
const pseudo = (i: number): number => (i * 2_654_435_761) % 0x1_0000_0000;

describe('buildTrace on hostile shapes', function () {
  this.timeout(60_000);

  it('a chain of a million', () => {
    // Given deepest first, as ended spans arrive.
    const trace = build(MILLION, { parent: (i) => (i === MILLION - 1 ? -1 : i + 1), start: (i) => MILLION - i, length: (i) => 2 * i + 1 });
    assert.equal(trace.maxDepth, MILLION);
    assert.equal(trace.parent[MILLION - 1], MILLION - 2);
    assert.ok(trace.subtreeEnd.every((end) => end === MILLION));
    const path = criticalPath(trace);
    assert.equal(path.end.at(-1)! - path.start[0]!, trace.duration[0]);
    assert.equal(path.row.length, 2 * MILLION - 1);
    assert.equal(selfTimes(trace)[0], 2);
  });

  it('a star of a million, all at one time', () => {
    const trace = build(MILLION, { parent: (i) => (i === 0 ? -1 : 0), start: () => 0, length: (i) => (i === 0 ? 10 : 5) });
    assert.deepEqual([trace.maxDepth, trace.roots, trace.subtreeEnd[0]], [2, 1, MILLION]);
    assert.deepEqual([...trace.index.subarray(0, 4)], [0, 1, 2, 3]);
    assert.equal(selfTimes(trace)[0], 5);
    assert.deepEqual([...criticalPath(trace).row], [1, 0]);
  });

  it('a star of 300,000 at random times', () => {
    const trace = build(300_000, { parent: (i) => (i === 0 ? -1 : 0), start: (i) => (i === 0 ? 0 : pseudo(i)), length: (i) => (i === 0 ? 2 ** 33 : pseudo(i + 7) % 1000) });
    for (let row = 2; row < trace.count; row++) assert.ok(trace.start[row - 1]! <= trace.start[row]!);
    const path = criticalPath(trace);
    assert.equal(path.start[0], 0);
    assert.equal(path.end.at(-1), 2 ** 33);
    for (let k = 1; k < path.row.length; k++) assert.equal(path.start[k], path.end[k - 1]);
  });

  it('every second span an orphan', () => {
    const trace = build(100_000, { parent: (i) => (i % 2 === 0 ? -2 : i - 1), start: (i) => i, length: () => 3 });
    assert.deepEqual([trace.count, trace.orphans, trace.roots, trace.maxDepth, trace.rootRow], [100_000, 50_000, 0, 2, 0]);
  });

  it('one cycle of 100,000, and 50,000 of two', () => {
    const ring = build(100_000, { parent: (i) => (i + 1) % 100_000, start: pseudo, length: () => 1 });
    assert.deepEqual([ring.count, ring.maxDepth, ring.roots], [100_000, 100_000, 0]);
    assert.equal(ring.start[0], 0);
    const pairs = build(100_000, { parent: (i) => i ^ 1, start: (i) => i, length: () => 1 });
    assert.deepEqual([pairs.count, pairs.maxDepth, pairs.warnings[0]], [100_000, 2, '50,000 spans were their own ancestors: the cycles are cut there.']);
  });

  it('100,000 spans of one id', () => {
    const trace = build(100_000, { id: () => 1, parent: () => -1, start: (i) => i, length: () => 1 });
    assert.deepEqual([trace.count, trace.roots], [100_000, 100_000]);
    const same = build(100_000, { id: () => 1, parent: () => -1, start: () => 0, length: () => 1 });
    assert.deepEqual([same.count, same.duplicates], [1, 99_999]);
  });

  it('20,000 traces of one batch cost what their spans cost, not what the batch costs', () => {
    const batch = bigBatch(200_000, { parent: () => -1, start: (i) => i, length: () => 1 });
    const strings = Array.from({ length: 200_000 }, (_, k) => `name ${k}`);
    const named = { ...batch, strings, name: Uint32Array.from(strings.keys()) };
    const from = cpuMs();
    for (let t = 0; t < 20_000; t++) buildTrace('t', [{ batch: named, rows: Uint32Array.from({ length: 10 }, (_, k) => 10 * t + k) }]);
    assert.ok(cpuMs() - from < 15_000);
  });
});
