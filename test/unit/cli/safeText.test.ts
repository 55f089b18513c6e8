// Hostile text on a terminal: nothing a terminal obeys or hides gets through, and nothing is lost.
import assert from 'node:assert/strict';
import { fitEnd, fitText, jsonLine, safeText, textWidth } from '../../../src/cli/safeText.ts';

const CASES: readonly [what: string, text: string, shown: string][] = [
  ['plain', 'POST /chat', 'POST /chat'],
  ['markup is only text here', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['ANSI colour', '\u001b[31mred', String.raw`\x1b[31mred`],
  ['one-byte CSI', '\u009b2J', String.raw`\x9b2J`],
  ['window title', '\u001b]0;owned\u0007', String.raw`\x1b]0;owned\x07`],
  ['line ends', 'a\nb\r\nc\td', String.raw`a\nb\r\nc\td`],
  ['bidi override', 'a\u202etxt.exe', String.raw`a\u202etxt.exe`],
  ['bidi isolate', '\u2066x\u2069', String.raw`\u2066x\u2069`],
  ['zero width', 'pay\u200bpal', String.raw`pay\u200bpal`],
  ['invisible tag', 'a\u{e0041}', String.raw`a\u{e0041}`],
  ['lone surrogate', 'a\ud800b', String.raw`a\ud800b`],
  ['a pair is a character', '😀', '😀'],
  ['umlauts and CJK', 'größe 検索', 'größe 検索'],
  ['NUL and DEL', '\u0000\u007f', String.raw`\x00\x7f`],
];

describe('safeText', () => {
  for (const [what, text, shown] of CASES) {
    it(what, () => assert.equal(safeText(text), shown));
    it(`${what}, as JSON, keeps its value`, () => {
      const line = jsonLine({ text });
      assert.equal((JSON.parse(line) as { text: string }).text, text);
      assert.equal(line.indexOf('\n'), line.length - 1);
      assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u200b\u202e\u2066]/);
    });
  }

  it('nothing unsafe survives among all characters', () => {
    for (let code = 0; code < 0x3000; code++) assert.doesNotMatch(safeText(String.fromCodePoint(code)), /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u, code.toString(16));
  });
});

describe('textWidth and fitText', () => {
  const WIDTHS: readonly [text: string, width: number][] = [
    ['', 0],
    ['abc', 3],
    ['検索', 4],
    ['e\u0301', 1],
    ['😀!', 3],
    ['한글', 4],
    ['✅⚡⭐', 6],
    ['🟢 ok', 5],
    ['☀ ✓ © ™ 1', 9],
  ];
  for (const [text, width] of WIDTHS) it(`${JSON.stringify(text)} takes ${width}`, () => assert.equal(textWidth(text), width));

  for (const text of ['', 'abc', 'a longer name than fits', '検索検索検索', 'a検b索c検d索', '😀😀😀😀😀😀']) {
    for (const width of [1, 2, 5, 9, 40]) it(`${JSON.stringify(text)} fits ${width} exactly`, () => assert.equal(textWidth(fitText(text, width)), width));
  }
  const ENDS: readonly [text: string, width: number, kept: string][] = [
    ['turn.py:41', 10, 'turn.py:41'],
    ['/app/orchestrator/turn.py:41', 12, '…/turn.py:41'],
    ['検索検索', 5, '…検索'],
    ['検索検索', 4, '…索'],
    ['abc', 1, '…'],
  ];
  for (const [text, width, kept] of ENDS) it(`the end of ${text} in ${width}`, () => assert.equal(fitEnd(text, width), kept));
  it('says that it cut', () => assert.equal(fitText('retrieve documents', 9), 'retrieve…'));
});
