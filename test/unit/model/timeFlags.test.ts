import assert from 'node:assert/strict';
import { SpanFlag } from '../../../src/model/spanBatch.ts';
import { NS_PER_MS } from '../../../src/model/time.ts';
import { durationOf, isSkewed, ownTimeFlags, type SpanTimes } from '../../../src/model/timeFlags.ts';
import { batchOf, type SpecTime } from '../../support/batches.ts';

const { inProgress, negative, strangeTime } = SpanFlag;
const SECOND = 1_000_000_000n;

describe('ownTimeFlags and durationOf', () => {
  const cases: readonly [string, SpecTime, SpecTime, number, number][] = [
    ['an ordinary span', 0, 10, 0, 10],
    ['no duration', 5, 5, 0, 0],
    ['not ended', 5, 0n, inProgress, 0],
    ['ends before it starts', 10, 5, negative, 0],
    ['across a 32-bit word', 0xffff_ff00, 0x1_0000_0100, 0, 512],
    ['the first strange-free instant', 946_684_800n * SECOND, 946_684_801n * SECOND, 0, 1e9],
    ['just before 2000', 946_684_800n * SECOND - 1n, 946_684_800n * SECOND, strangeTime, 1],
    ['just after 2200', 7_258_118_400n * SECOND, 7_258_118_400n * SECOND + 1n, strangeTime, 1],
    ['no start', 0n, 10n, strangeTime, 10],
    ['neither', 0n, 0n, strangeTime | inProgress, 0],
    ['the largest times there are', 2n ** 64n - 3n, 2n ** 64n - 1n, strangeTime, 2],
    ['from nothing to the end of time', 1n, 2n ** 64n - 1n, strangeTime, 2 ** 64],
  ];
  for (const [what, start, end, flags, duration] of cases) {
    it(what, () => {
      const batch = batchOf([{ id: '1' }, { id: '2', start, end }]);
      assert.equal(ownTimeFlags(batch, 1), flags);
      assert.equal(durationOf(batch, 1), duration);
    });
  }
});

describe('isSkewed', () => {
  const parent: SpanTimes = { start: 100, duration: 50, kind: 3, service: 'web', flags: 0 };
  const child: SpanTimes = { start: 110, duration: 20, kind: 2, service: 'api', flags: 0 };
  const cases: readonly [string, boolean, Partial<SpanTimes>, Partial<SpanTimes>][] = [
    ['inside its parent', false, {}, {}],
    ['starting with it', false, { start: 100 }, {}],
    ['starting before it', true, { start: 97 }, {}],
    ['starting before it, whatever the kinds', true, { start: 97, kind: 5 }, { kind: 4 }],
    ['starting before it by no more than clocks of whole milliseconds differ', false, { start: 98 }, {}],
    ['a server’s half that ends after the client’s by no more than that', false, { start: 132, duration: 20 }, {}],
    ['a server’s half shifted past the client’s end', true, { start: 140 }, {}],
    ['a server’s half wholly after', true, { start: 400 }, {}],
    ['a server that worked on after its client gave up', false, { duration: 51 }, {}],
    ['a server span in the same service', false, { start: 140, service: 'web' }, {}],
    ['an internal child that outlives its parent', false, { start: 140, kind: 1 }, { kind: 1 }],
    ['a consumer long after its producer', false, { start: 9_000, kind: 5 }, { kind: 4 }],
    ['a server span below another server span', false, { start: 140 }, { kind: 2 }],
    ['a child of strange times', false, { start: 1, flags: strangeTime }, {}],
    ['a parent of strange times', false, { start: 1 }, { flags: strangeTime }],
    ['a parent that has not ended', false, { start: 400 }, { duration: 0, flags: inProgress }],
    ['a child that has not ended but started too early', true, { start: 9, duration: 0, flags: inProgress }, {}],
  ];
  const ms = (times: SpanTimes): SpanTimes => ({ ...times, start: times.start * NS_PER_MS, duration: times.duration * NS_PER_MS });
  for (const [what, expected, ofChild, ofParent] of cases) it(`${expected ? 'yes' : 'no'}: ${what}`, () => assert.equal(isSkewed(ms({ ...child, ...ofChild }), ms({ ...parent, ...ofParent })), expected));
});
