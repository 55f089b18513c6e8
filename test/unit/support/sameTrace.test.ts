// The judge of losses bites: an undeclared difference, a loss that did not happen and one whose datum is in the answer each fail.
import assert from 'node:assert/strict';
import { asText, checkLosses, isTextIn, lossesOf, notIn, sameJson, WHOLE_DOUBLE, type Facts, type Loss } from '../../support/sameTrace.ts';

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
    ['nothing, where the loss says that something is there', got({ 'a/duration': undefined }), [micros], '', /no written loss/],
    ['a loss that no longer happens', expected, [attributeLost], '', /came through/],
    ['a loss whose datum was answered', got({ 'a/attribute/k': undefined }), [attributeLost], '{"k":"secret"}', /the server answered it/],
  ] as const) {
    it(`${what} fails`, () => assert.throws(() => checkLosses(expected, facts, losses, raw), message));
  }

  it('losses of one reference are not asked of the other', () => {
    const second: Loss = { ...micros, only: 'second' };
    assert.deepEqual([lossesOf([attributeLost, second], 'first'), lossesOf([attributeLost, second], 'second')], [[attributeLost], [attributeLost, second]]);
  });

  for (const [what, is, expectedly] of [
    ['a text is one wherever its key stands', isTextIn('{"k":"1"},{"k":"2"}', 'a/attribute/k'), true],
    ['and not where one value is none', isTextIn('{"k":"1"},{"k":2}', 'a/attribute/k'), false],
    ['or the key is not there', isTextIn('{"j":"1"}', 'a/resource/k'), false],
    ['a whole double that came as an integer', WHOLE_DOUBLE.absent('{"k.x":1}', 'a/attribute/k.x', 'double:1'), true],
    ['also in a nested answer', WHOLE_DOUBLE.absent('{"k":{"x": 1 }}', 'a/attribute/k.x', 'double:1'), true],
    ['and not one that kept its point', WHOLE_DOUBLE.absent('{"k.x":1.0}', 'a/attribute/k.x', 'double:1'), false],
    ['a fraction is no whole double', WHOLE_DOUBLE.becomes!('double:1.5', '', ''), undefined],
    ['JSON in another order', sameJson('map:{"a":[1,{"b":2,"c":3}],"d":4}', 'string:{"d":4,"a":[1,{"c":3,"b":2}]}'), true],
    ['other JSON', sameJson('array:[1,2]', 'string:[2,1]'), false],
    ['the text of a value', asText('array:[1]'), 'string:[1]'],
  ] as const) {
    it(`${what}: ${String(expectedly)}`, () => assert.equal(is, expectedly));
  }
});
