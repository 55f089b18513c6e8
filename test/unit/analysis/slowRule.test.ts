import assert from 'node:assert/strict';
import { slowTraces, usualOf } from '../../../src/analysis/slowRule.ts';
import type { SlowRule } from '../../../src/protocol/messages.ts';

const RULE: SlowRule = { minSamples: 20, percentile: 90, factor: 1.5 };
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k + 1);

describe('usualOf', () => {
  it('takes nearest ranks: always a duration that was measured', () => {
    assert.deepEqual(usualOf(range(20), { ...RULE, factor: 0 }), { samples: 20, medianNs: 10, limitNs: 18 });
    assert.equal(usualOf(range(20), { ...RULE, factor: 0, percentile: 55 }).limitNs, 11);
    assert.equal(usualOf(range(20), { ...RULE, factor: 0, percentile: 100 }).limitNs, 20);
    assert.equal(usualOf(range(20), { ...RULE, factor: 0, percentile: 0 }).limitNs, 1);
    assert.equal(usualOf(range(20), { ...RULE, factor: 0, percentile: 900 }).limitNs, 20);
  });

  it('wants both: above the percentile and above the factor', () => {
    assert.equal(usualOf(range(20), RULE).limitNs, 18);
    assert.equal(usualOf(range(20), { ...RULE, factor: 3 }).limitNs, 30);
  });

  it('has no limit while too few are known', () => {
    assert.equal(usualOf(range(19), RULE).limitNs, Infinity);
    assert.equal(usualOf([], { ...RULE, minSamples: 0 }).limitNs, Infinity);
    assert.ok(Number.isNaN(usualOf([], RULE).medianNs));
  });
});

describe('slowTraces', () => {
  const trace = (rootService: string, rootName: string, durationNs: number) => ({ rootService, rootName, durationNs: BigInt(durationNs) });

  it('compares a trace with its own root operation, and says what is usual', () => {
    const usual = Array.from({ length: 25 }, (_, k) => trace('web', 'GET /', 100 + k));
    const slow = trace('web', 'GET /', 1_000);
    const other = Array.from({ length: 25 }, () => trace('web', 'POST /', 1_000));
    assert.deepEqual(slowTraces([slow, ...usual, ...other], RULE), [{ trace: slow, usualNs: 112 }]);
  });

  it('does not take service and name for one text', () => {
    const known = [...Array.from({ length: 25 }, () => trace('a', 'b c', 1)), trace('a b', 'c', 1_000)];
    assert.deepEqual(slowTraces(known, RULE), []);
  });

  it('never calls a trace slow whose root is not known', () => {
    assert.deepEqual(slowTraces([...Array.from({ length: 25 }, () => trace('', '', 1)), trace('', '', 1_000)], RULE), []);
  });

  it('calls none slow where all are alike, and none below the factor', () => {
    assert.deepEqual(slowTraces(Array.from({ length: 30 }, () => trace('a', 'b', 7)), RULE), []);
    assert.deepEqual(slowTraces([...Array.from({ length: 30 }, () => trace('a', 'b', 100)), trace('a', 'b', 149)], RULE), []);
  });
});
