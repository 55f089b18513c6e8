// The judge of losses bites: an undeclared difference, a loss that did not happen and one whose datum is in the answer each fail.
import assert from 'node:assert/strict';
import { checkLosses, notIn, type Facts, type Loss } from '../../support/sameTrace.ts';

const expected: Facts = new Map([['a/name', 'x'], ['a/attribute/k', 'string:secret'], ['a/duration', '1234']]);
const got = (change: Readonly<Record<string, string | undefined>>): Facts => {
  const facts = new Map(expected);
  for (const [path, value] of Object.entries(change)) {
    if (value === undefined) facts.delete(path);
    else facts.set(path, value);
  }
  return facts;
};
const attributeLost: Loss = { what: 'attributes are lost', paths: /\/attribute\//, absent: notIn };
const micros: Loss = { what: 'times are whole µs', paths: /\/duration$/, becomes: (value) => String(Math.floor(Number(value) / 1000) * 1000), absent: notIn };

describe('support/sameTrace', () => {
  it('the same needs no losses; what is added is none', () => {
    assert.deepEqual(checkLosses(expected, got({ 'a/attribute/own': 'string:y' }), [], ''), { kept: 3, lost: 0 });
  });

  it('declared losses that happen are counted', () => {
    assert.deepEqual(checkLosses(expected, got({ 'a/attribute/k': undefined, 'a/duration': '1000' }), [attributeLost, micros], '{"duration":1}'), { kept: 1, lost: 2 });
  });

  for (const [what, facts, losses, raw, message] of [
    ['an undeclared difference', got({ 'a/name': 'y' }), [], '', /no written loss/],
    ['a lost datum without a loss', got({ 'a/attribute/k': undefined }), [], '', /no written loss/],
    ['another value than the loss says', got({ 'a/duration': '1001' }), [micros], '', /no written loss/],
    ['a loss that no longer happens', expected, [attributeLost], '', /came through/],
    ['a loss whose datum was answered', got({ 'a/attribute/k': undefined }), [attributeLost], '{"k":"secret"}', /the server answered it/],
  ] as const) {
    it(`${what} fails`, () => assert.throws(() => checkLosses(expected, facts, losses, raw), message));
  }
});
