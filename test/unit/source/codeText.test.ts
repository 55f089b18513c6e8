// What is comment, string and code in each language. A mark ✔ stands where code must be seen, ✘ where none may be.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { codeText, isCommentLine } from '../../../src/source/codeText.ts';
import type { Family } from '../../../src/source/definitions.ts';
import { cpuMs } from '../../support/cpuTime.ts';

const ROWS: readonly (readonly [family: Family, text: string])[] = [
  ['js', "✔ // ✘\n✔ /* ✘\n ✘ */ ✔"],
  ['js', "✔ '✘' ✔ \"✘\" ✔ `✘` ✔"],
  ['js', "'✘\\'✘' ✔"],
  ['js', "`✘ ${ ✔ + `✘ ${✔} ✘` + { a: '✘' } } ✘` ✔"],
  ['js', "<p>Don't ✔</p>\n✔"],
  ['js', "const url = https://✔"],
  ['js', "/['\"`]✘/.test(x) ? '✘' : ✔"],
  ['js', "a / b ✔ / c ✔"],
  ['js', "return /✘`/ || ✔"],
  ['js', "x = `never closed\n✔"],
  ['js', "'never closed\n✔ '✘'"],
  ['python', '✔ # ✘\n"""\n✘ "✘" # ✘\n""" ✔ \'✘\' ✔'],
  ['python', "f'''✘\n✘''' ✔ // ✔"],
  ['python', "x = '#✘' + ✔"],
  ['ruby', "✔ # ✘\n=begin\n✘\n=end\n✔ \"✘ #{x} ✘\" ✔"],
  ['php', "#[WithSpan(✔)]\n# ✘\n// ✘\n/* ✘ */ ✔ '✘' ✔"],
  ['go', "r := '\"' ; ✔ `✘\n✘ \\` ✔ // ✘\n\"✘\" ✔"],
  ['go', "c := '\\'' ✔ \"✘\""],
  ['rust', "fn f<'a>(x: &'a str) { ✔ } // ✘\n\"✘\" ✔ b'\\'' ✔"],
  ['c', "char c = '\"'; ✔ @\"✘\\\" ✔ \"✘\" /* ✘ */ ✔"],
  ['c', 'String t = """\n ✘ "✘" \n"""; ✔'],
  ['c', '#region ✔\n$@"✘ ""✘"" ✘" ✔'],
  ['kotlin', "'x' ✔ \"✘\" \"\"\"✘\n✘\"\"\" ✔ // ✘"],
  ['elixir', "✔ # ✘\n\"\"\"\n✘\n\"\"\" ✔"],
];

describe('source: comments and strings', () => {
  for (const [family, text] of ROWS) {
    it(`${family}: ${text.replaceAll('\n', '⏎')}`, () => {
      const code = codeText(text, family);
      for (const match of text.matchAll(/[✔✘]/g)) assert.equal(code.isCode(match.index), match[0] === '✔', `at ${match.index}`);
      assert.equal(code.text.length, text.length);
    });
  }

  it('blanks comments only, line by line', () => {
    assert.equal(codeText("a('//', /* b\n c */ 'x') // d\ne", 'js').text, "a('//',     \n      'x')     \ne");
    assert.equal(codeText('no comment', 'js').text, 'no comment');
  });

  it('tells lines that are comments only', () => {
    for (const [file, line] of [['a.ts', '// x'], ['a.java', '/* x */'], ['A.cs', '/// <summary>'], ['a.go', '/* x'], ['a.py', '# x'], ['a.rb', '#!/usr/bin/ruby'], ['a.php', '# x'], ['a.py', '#[x']] as const) assert.ok(isCommentLine(file, line), line);
    for (const [file, line] of [['a.ts', '/* x */ f()'], ['a.ts', '/x/.test(y)'], ['a.ts', '#f() {'], ['a.rs', '#[instrument]'], ['a.php', '#[Route("/")]'], ['a.c', '#include <x>'], ['a.py', 'x = 1 # y'], ['a.py', '// x'], ['a.md', '# x'], ['a.ts', '*f() {']] as const) assert.ok(!isCommentLine(file, line), line);
  });

  it('reads what nobody wrote in linear time', () => {
    for (const piece of ['`${', '"', "'", '/*', '//', '/', '{', '}', '`', '"""', '=begin', '\\', '#{']) {
      for (const family of ['js', 'python', 'c', 'ruby', 'rust'] as const) {
        const started = cpuMs();
        const text = piece.repeat(Math.ceil(60_000 / piece.length));
        assert.equal(codeText(text, family).text.length, text.length);
        assert.ok(cpuMs() - started < 2_500, `${family} ${piece}`);
      }
    }
  });
});
