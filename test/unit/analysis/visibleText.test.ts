import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { groupAttributes } from '../../../src/analysis/attributeGroups.ts';
import { countText, exactNs, plural, valueText } from '../../../src/analysis/numberText.ts';
import { visibleLine, visibleText } from '../../../src/analysis/visibleText.ts';

describe('visible text', () => {
  const CASES: readonly (readonly [string, string, string])[] = [
    ['plain text stays', 'POST /chat — Überlauf 你好 🙂', 'POST /chat — Überlauf 你好 🙂'],
    ['line feeds and tabs stay', 'a\n\tb', 'a\n\tb'],
    ['carriage return', 'a\rb', 'a\\x0db'],
    ['NUL', 'a\u0000b', 'a\\x00b'],
    ['ANSI escape', '\u001b[31m', '\\x1b[31m'],
    ['C1 control', '\u009b31m', '\\x9b31m'],
    ['bidi override', 'a\u202eb', 'a\\u202eb'],
    ['bidi isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
    ['zero width', 'a\u200bb\u200d', 'a\\u200bb\\u200d'],
    ['soft hyphen', 'a\u00adb', 'a\\xadb'],
    ['byte order mark', '\ufeffa', '\\ufeffa'],
    ['line separator', 'a\u2028b', 'a\\u2028b'],
    ['lone high surrogate', 'a\ud800b', 'a\\ud800b'],
    ['lone low surrogate', 'a\udc00b', 'a\\udc00b'],
    ['invisible tag', 'a\u{e0041}', 'a\\u{e0041}'],
    ['filler that looks like a space', 'a\u3164b', 'a\\u3164b'],
    ['joined emoji stay', '👩‍👩‍👧 🏳️‍🌈 👩🏽‍🚀', '👩‍👩‍👧 🏳️‍🌈 👩🏽‍🚀'],
    ['a joiner beside an emoji', '👩\u200d x\u200d👩', '👩\\u200d x\\u200d👩'],
    ['joiners that a script is written with', 'می\u200cخواهم क\u094d\u200dष', 'می\u200cخواهم क\u094d\u200dष'],
    ['a non-joiner between others', 'а\u200cb م\u200cx', 'а\\u200cb م\\u200cx'],
    ['a pair stays', '\ud83d\ude42', '\ud83d\ude42'],
  ];
  for (const [what, text, expected] of CASES) it(what, () => assert.equal(visibleText(text), expected));

  it('leaves nothing strange in any text, and changes nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = visibleText(text);
        assert.equal(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/.test(shown), false);
        assert.equal(shown.isWellFormed(), true);
        assert.ok(shown.length >= text.length);
      }),
    );
  });

  it('a line is one line, and says that it was cut', () => {
    assert.equal(visibleLine('a\n\n\tb'), 'a b');
    assert.equal(visibleLine('x'.repeat(400)).length, 301);
    assert.equal(visibleLine('x'.repeat(400)).endsWith('…'), true);
    assert.equal(visibleLine('abc', 3), 'abc');
  });
});

describe('numbers as text', () => {
  for (const [value, expected] of [
    [0, '0'],
    [999, '999'],
    [1_204, '1,204'],
    [48_711, '48,711'],
    [1_000_000, '1,000,000'],
    [-1_234.5, '-1,234.5'],
    [0.3767, '0.3767'],
    [1e21, '1e+21'],
    [Number.NaN, '?'],
    [Number.POSITIVE_INFINITY, '?'],
  ] as const) it(`${value} is ${expected}`, () => assert.equal(countText(value), expected));

  it('one span, two spans', () => {
    assert.equal(plural(1, 'span'), '1 span');
    assert.equal(plural(0, 'span'), '0 spans');
    assert.equal(plural(1_400, 'match', 'matches'), '1,400 matches');
  });

  it('exact nanoseconds', () => assert.equal(exactNs(350_812_334.4), '350,812,334 ns'));

  for (const [text, expected] of [
    ['48711', '48,711'],
    ['500', '500'],
    ['-12345', '-12,345'],
    ['2026', '2,026'],
    ['007123', '007123'],
    ['9223372036854775807', '9223372036854775807'],
    ['abc', 'abc'],
    ['', ''],
  ] as const) it(`the value ${JSON.stringify(text)} reads ${JSON.stringify(expected)}`, () => assert.equal(valueText(text), expected));
});

describe('attribute groups', () => {
  it('by prefix, in a fixed order, others last, empty ones absent', () => {
    const groups = groupAttributes(['db.system.name', 'zzz', 'gen_ai.usage.input_tokens', 'db.response.returned_rows', 'code.file.path', 'http.route', 'exception.type', 'peer.service', 'messaging.system', 'rpc.method', 'dbx.y', 'error']);
    assert.deepEqual(groups.map(({ title, indices }) => [title, indices]), [
      ['GenAI', [2]],
      ['Database', [0, 3]],
      ['HTTP', [5]],
      ['RPC', [9]],
      ['Messaging', [8]],
      ['Network', [7]],
      ['Error', [6, 11]],
      ['Code', [4]],
      ['Other', [1, 10]],
    ]);
  });
  it('every attribute is in one group, whatever its key', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'db.', 'toString'))), (keys) => {
        const indices = groupAttributes(keys).flatMap((group) => [...group.indices]);
        assert.deepEqual(indices.toSorted((a, b) => a - b), [...keys.keys()]);
      }),
    );
  });
});
