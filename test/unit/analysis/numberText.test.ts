// Numbers in sentences, and names cut to a line: grouped, exact, and never half a character.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ageText, countText, exactNs, plural, valueText } from '../../../src/analysis/numberText.ts';
import { visibleLine } from '../../../src/analysis/visibleText.ts';

describe('analysis/numberText', () => {
  const counts: readonly (readonly [number, string])[] = [
    [0, '0'], [-0, '0'], [7, '7'], [999, '999'], [1_000, '1,000'], [48_711, '48,711'], [1_000_000, '1,000,000'], [-1_234, '-1,234'], [-999, '-999'], [1_234.5, '1,234.5'], [0.001, '0.001'], [1_234_567.891, '1,234,567.891'],
    [Number.NaN, '?'], [Infinity, '?'], [-Infinity, '?'], [1e21, '1e+21'], [-1e21, '-1e+21'], [1e-7, '1e-7'], [2 ** 53, '9,007,199,254,740,992'],
  ];
  for (const [value, text] of counts) it(`${value} is ${text}`, () => assert.equal(countText(value), text));
  it('grouping changes nothing but commas', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(Number(countText(value).replaceAll(',', '')), value === 0 ? 0 : value);
      assert.doesNotMatch(countText(value), /(?:^|[^\d]),|,\d{0,2}(?:[.,]|$)|\.\d*,/);
    }));
  });

  it('one is one, all else is many', () => {
    assert.deepEqual([0, 1, 2, 1_204].map((count) => plural(count, 'span')), ['0 spans', '1 span', '2 spans', '1,204 spans']);
    assert.deepEqual([1, 2].map((count) => plural(count, 'child', 'children')), ['1 child', '2 children']);
    assert.equal(exactNs(350_812_334.4), '350,812,334 ns');
  });

  const ages: readonly (readonly [number, string])[] = [
    [-60, 'in the future'], [-6, 'in the future'], [-5, 'just now'], [0, 'just now'], [4.4, 'just now'], [4.6, '5 s ago'], [59, '59 s ago'], [60, '1 min ago'], [119, '1 min ago'], [120, '2 min ago'], [3_599, '59 min ago'], [3_600, '1 h ago'],
    [86_399, '23 h ago'], [86_400, '1 d ago'], [12 * 86_400, '12 d ago'], [730 * 86_400, '730 d ago'], [1_096 * 86_400, '3 years ago'],
  ];
  for (const [seconds, text] of ages) it(`${seconds} s before now is ${text}`, () => assert.equal(ageText(1e12 - seconds * 1000, 1e12), text));

  const values: readonly (readonly [string, string])[] = [
    ['500', '500'], ['5000', '5,000'], ['-5000', '-5,000'], ['0123', '0123'], ['-0500', '-0500'], ['5000.5', '5000.5'], ['5000 ms', '5000 ms'], ['1234567890123456', '1234567890123456'], ['', ''], ['x'.repeat(60), 'x'.repeat(60)], ['x'.repeat(61), `${'x'.repeat(60)}…`],
  ];
  for (const [text, shown] of values) it(`the value ${JSON.stringify(text.slice(0, 20))} is shown as ${shown.slice(0, 20)}`, () => assert.equal(valueText(text), shown));
});

describe('analysis/visibleText: a line cut to its length', () => {
  it('ends between characters, never in the middle of one', () => {
    for (const most of [1, 2, 3, 4, 5, 6]) {
      const line = visibleLine('a😀b😀c', most);
      assert.doesNotMatch(line, /\\u|[\ud800-\udfff](?![\udc00-\udfff])/u, `${most}: ${line}`);
      assert.ok(line.replace('…', '').length <= most);
      assert.ok('a😀b😀c'.startsWith(line.replace('…', '')));
    }
  });
  it('what was alone before it was cut is shown as such', () => assert.equal(visibleLine('a\ud83db', 10), String.raw`a\ud83db`));
  it('is as long as asked, an ellipsis says that there was more', () => {
    assert.equal(visibleLine('abc', 3), 'abc');
    assert.equal(visibleLine('abcd', 3), 'abc…');
    assert.equal(visibleLine('a\n\n\tb', 10), 'a b');
  });
});
