import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { TextNeedle } from '../../../src/analysis/textNeedle.ts';

const utf8 = new TextEncoder();
const inBytes = (needle: string, text: string): boolean => new TextNeedle(needle.toLowerCase()).inBytes(utf8.encode(text), 0, utf8.encode(text).length);
const isBytes = (needle: string, text: string): boolean => new TextNeedle(needle.toLowerCase()).isBytes(utf8.encode(text), 0, utf8.encode(text).length);

describe('TextNeedle', () => {
  const contained: readonly [string, string, boolean][] = [
    ['', '', true],
    ['', 'x', true],
    ['x', '', false],
    ['abc', 'xxABCxx', true],
    ['aab', 'aaaaaab', true],
    ['aba', 'abcabcabA', true],
    ['abd', 'abcabcabc', false],
    ['@[', '`{', false],
    ['[', '{', false],
    ['größe', 'die GRÖSSE, die GRÖẞE, die GRÖßE', true],
    ['größe', 'die Größ', false],
    ['über', 'ÜBER', true],
    ['你好', 'say 你好!', true],
    ['你好', 'say 你 好', false],
    ['🙂x', 'a🙂Xb', true],
    ['naïve plan', 'a NAÏVE PLAN', true],
    ['naïve plan', 'a naive plan', false],
  ];
  for (const [needle, text, expected] of contained) it(`“${needle}” ${expected ? 'is' : 'is not'} in “${text}”`, () => assert.equal(inBytes(needle, text), expected));

  it('is the whole text or not', () => {
    assert.ok(isBytes('Abc', 'aBC'));
    assert.ok(!isBytes('abc', 'abcd'));
    assert.ok(isBytes('ÜBER', 'über'));
    assert.ok(!isBytes('über', 'xüber'));
    assert.ok(isBytes('', ''));
    assert.ok(!isBytes('', 'x'));
  });

  it('stays inside the given range', () => {
    const bytes = utf8.encode('xxabcxx');
    const needle = new TextNeedle('abc');
    assert.ok(needle.inBytes(bytes, 2, 5));
    assert.ok(!needle.inBytes(bytes, 3, 7));
    assert.ok(!needle.inBytes(bytes, 0, 4));
    assert.ok(!needle.inBytes(bytes, 5, 5));
  });

  it('knows what may be part of a number or a boolean', () => {
    for (const text of ['500', '-1', '1e+21', '.', 'tru', 'alse', 'nan', 'infin', '-infinity', '']) assert.ok(new TextNeedle(text).mayBeScalar, text);
    for (const text of ['x', 'truex', '5x', 'ü', 'e d']) assert.ok(!new TextNeedle(text).mayBeScalar, text);
  });

  it('agrees with strings on any text', () => {
    const char = fc.constantFrom('a', 'A', 'b', 'B', 'ab', '1', ' ', 'é', 'É', '你', '🙂');
    const word = (maxLength: number): fc.Arbitrary<string> => fc.array(char, { maxLength }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(word(4), word(20), (needle, text) => {
        assert.equal(inBytes(needle, text), text.toLowerCase().includes(needle.toLowerCase()));
        assert.equal(isBytes(needle, text), text.toLowerCase() === needle.toLowerCase());
      }),
      { numRuns: 3_000 },
    );
  });
});
