// What is code, what is a string and what is a comment, language by language. In each text the word CODE stands in code, TEXT in a
// string and NOTE in a comment; nothing else is asked, as a span-creating call is only looked for in code.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { codeOfFile, codeText } from '../../../src/source/codeText.ts';
import type { Family } from '../../../src/source/definitions.ts';

function check(text: string, of: ReturnType<typeof codeText>): void {
  assert.equal(of.text.length, text.length, 'offsets stay');
  assert.deepEqual(lineBreaks(of.text), lineBreaks(text), 'lines stay');
  for (const { 0: word, index } of text.matchAll(/CODE|TEXT|NOTE/g)) {
    const where = `${word} at ${index} of ${JSON.stringify(text)}`;
    assert.equal(of.isCode(index), word === 'CODE', where);
    assert.equal(of.isCode(index + 3), word === 'CODE', where);
    assert.equal(of.text.slice(index, index + 4), word === 'NOTE' ? '    ' : word, where);
  }
}
const lineBreaks = (text: string): number[] => [...text.matchAll(/\n/g)].map(({ index }) => index);

const TEXTS: Readonly<Partial<Record<Family, readonly string[]>>> = {
  js: [
    'CODE // NOTE\nCODE', 'CODE /* NOTE\n NOTE */ CODE', 'CODE /* NOTE', '// NOTE', "CODE('TEXT') CODE", 'CODE("TEXT // TEXT") // NOTE', "CODE('it\\'s TEXT', CODE)", "CODE('TEXT\\\\', CODE)", 'CODE(`TEXT ${CODE} TEXT`, CODE)', 'CODE(`TEXT ${ { a: CODE } } TEXT`) CODE',
    'CODE(`TEXT ${`TEXT ${CODE} TEXT`} TEXT`, CODE)', 'CODE(`TEXT\nTEXT // TEXT`) // NOTE', 'CODE(`\\${TEXT} \\` TEXT`) CODE', '{ CODE } // NOTE\n{ CODE }', 'CODE(`${CODE}TEXT`); { CODE } CODE', "x = /TEXT'/; CODE // NOTE", 'x = /[/"]TEXT/g; CODE', "a / CODE / 'TEXT'", 'return /TEXT"/.test(CODE)',
    "CODE.replace(/'/g, CODE) // NOTE", 'fetch(CODE, "http://TEXT") // NOTE', "f(CODE, /* NOTE */ 'TEXT' /* NOTE */, CODE)", "const don't = CODE", "CODE('TEXT' + \"TEXT\" + `TEXT`)", "<p>it's CODE</p>\nCODE('TEXT')", '/** NOTE\n * NOTE `NOTE`\n */ CODE', "CODE // it's a NOTE\nCODE('TEXT')",
    "x = y /* NOTE's */ + CODE('TEXT')", '`TEXT ${a /* NOTE } */ + CODE} TEXT`', "`TEXT ${f('}TEXT')} TEXT` + CODE",
  ],
  python: [
    'CODE # NOTE\nCODE', '# NOTE "NOTE"\nCODE("TEXT")', "CODE('TEXT # TEXT') # NOTE", 'CODE("""TEXT\nTEXT "TEXT" # TEXT""") # NOTE', "CODE('''TEXT 'TEXT' ''') CODE", '"""TEXT\n"""\nCODE', "CODE('TEXT\\' TEXT') CODE", 'CODE // CODE  # NOTE', "# don't NOTE\nCODE('TEXT')", 'f"TEXT {x}" + CODE', 'CODE("TEXT", 7 // 2, CODE) # NOTE',
    '"""TEXT never ends\nbut this is CODE'.replace('TEXT never ends\nbut this is CODE', 'CODE'),
  ],
  go: [
    'CODE // NOTE\nCODE', 'CODE /* NOTE */ CODE', 'CODE("TEXT // TEXT") // NOTE', 'CODE(`TEXT "TEXT"\n// TEXT \\`) // NOTE', "CODE('\"', CODE) // NOTE", "CODE('\\'', CODE)", "CODE('\\n', \"TEXT\")", 'CODE # CODE', 'x := a / CODE // NOTE', "r == '`' && CODE(`TEXT`)",
  ],
  c: [
    'CODE // NOTE\nCODE', "CODE('\"') // NOTE", 'CODE("TEXT\\" TEXT") CODE', 'CODE(@"TEXT \\", CODE) // NOTE', 'CODE(@$"TEXT \\", CODE)', 'CODE("""TEXT "TEXT"\n TEXT""", CODE)', "char c = '\\''; CODE /* NOTE */", '#region CODE\nCODE', 'CODE("TEXT /* TEXT") /* NOTE */ CODE',
  ],
  kotlin: ['CODE("""TEXT\n"TEXT" // TEXT""") // NOTE', "CODE('\"') // NOTE", 'CODE("TEXT") /* NOTE */ CODE'],
  scala: ["val s = 'symbol; CODE(\"TEXT\") // NOTE", 'CODE("""TEXT \\""", CODE)'],
  swift: ['CODE("TEXT") // NOTE', 'CODE("""\nTEXT "TEXT"\n""") /* NOTE */ CODE'],
  rust: ["fn f<'a>(x: &'a str) { CODE(\"TEXT\") } // NOTE", "CODE('\\'', \"TEXT\") /* NOTE */ CODE", "CODE('\"', CODE)", "impl<'de> D<'de> for CODE { CODE }"],
  ruby: ['CODE # NOTE\nCODE', "CODE('TEXT # TEXT') # NOTE", '=begin\nNOTE "NOTE\n=end\nCODE', 'CODE\n=begin\nNOTE\n=end\nCODE("TEXT")', 'x =begin CODE', 'CODE("TEXT #{x}") # NOTE', '=begin\nNOTE never ends'],
  elixir: ['CODE # NOTE\nCODE', 'CODE("""\nTEXT "TEXT"\n""") # NOTE', "CODE('TEXT') CODE"],
  php: ['CODE // NOTE\nCODE', 'CODE # NOTE\nCODE', '#[CODE("TEXT")]\nCODE', 'CODE /* NOTE */ CODE', "CODE('TEXT', \"TEXT\") // NOTE", "CODE('TEXT // TEXT # TEXT')"],
};

describe('codeText', () => {
  for (const [family, texts] of Object.entries(TEXTS) as [Family, readonly string[]][]) {
    for (const text of texts) it(`${family}: ${JSON.stringify(text).slice(0, 80)}`, () => check(text, codeText(text, family)));
  }

  it('a quote that never ends costs its line, not the file', () => {
    for (const family of ['js', 'python', 'go', 'c', 'ruby', 'php'] as const) {
      const comment = family === 'python' || family === 'ruby' ? '#' : '//';
      check(`x = "unfinished\nCODE('a') ${comment} NOTE\nCODE`, codeText(`x = "unfinished\nCODE('a') ${comment} NOTE\nCODE`, family));
    }
  });

  it('a string longer than any real one is a quote that was misread', () => {
    const text = `x = \`${'a '.repeat(11_000)}\`; f("x")`;
    assert.ok(codeText(text, 'js').isCode(10));
    const short = `x = \`${'a '.repeat(5_000)}\`; f("x")`;
    assert.ok(!codeText(short, 'js').isCode(10));
  });

  const families: readonly Family[] = ['js', 'python', 'go', 'c', 'kotlin', 'scala', 'swift', 'rust', 'ruby', 'elixir', 'php'];
  it('any text keeps its offsets and lines, and is read again as itself', () => {
    const piece = fc.constantFrom('"', "'", '`', '"""', "'''", '//', '/*', '*/', '#', '\\', '\n', '${', '{', '}', '=begin', '\n=end', '/', '[', ']', 'a', ' ', '(', '@"', ':', "'a'", '\u2028', '😀');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.constantFrom(...families), (pieces, family) => {
        const text = pieces.join('');
        const of = codeText(text, family);
        assert.equal(of.text.length, text.length);
        assert.deepEqual(lineBreaks(of.text), lineBreaks(text));
        for (let at = 0; at < text.length; at++) {
          if (of.text[at] !== text[at]) assert.ok(of.text[at] === ' ' && !of.isCode(at), 'only comments are blanked');
        }
        assert.equal(of.isCode(-1), true);
        assert.equal(of.isCode(text.length + 5), true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('costs no more than its size, for the worst of texts', () => {
    const cost = (text: string, family: Family): number => {
      const from = process.cpuUsage();
      codeText(text, family);
      const { user, system } = process.cpuUsage(from);
      return user + system;
    };
    for (const unit of ['"', "'", '`', '/', '${', '`${', '{', '/*', '"""', "'''x", '=begin\n', '/[', '(/a', '\\"']) {
      for (const family of ['js', 'python', 'ruby', 'c'] as const) {
        const [small, large] = [unit.repeat(2_000), unit.repeat(16_000)];
        cost(small, family);
        const [a, b] = [cost(small, family), cost(large, family)];
        // Eight times the text: linear is 8, quadratic 64. Strings are looked for at most 20,000 letters ahead.
        assert.ok(b < 2_000_000 && (b < 400_000 || b < 100 * Math.max(a, 1_000)), `${JSON.stringify(unit)} in ${family}: ${a} µs, then ${b} µs`);
      }
    }
  });
});

describe('codeOfFile', () => {
  it('knows families by the file’s name, and no others', () => {
    check('CODE # NOTE', codeOfFile('a/b.py', 'CODE # NOTE')!);
    check('CODE // NOTE', codeOfFile('a/b.ts', 'CODE // NOTE')!);
    for (const file of ['notes.txt', 'README', 'a.md', 'x.json', '']) assert.equal(codeOfFile(file, 'CODE'), undefined, file);
  });

  const components: readonly (readonly [string, string, string])[] = [
    ['Vue', 'A.vue', '<template><p>it\'s blank("x")</p></template>\n<script lang="ts">\nCODE(\'TEXT\') // NOTE\n</script>\n<style>a { }</style>'],
    ['Svelte with two scripts', 'A.svelte', '<script context="module">CODE</script>\n<h1>don\'t</h1>\n<script>\nCODE("TEXT")\n</script>'],
    ['Astro', 'A.astro', '---\nCODE(\'TEXT\') // NOTE\n---\n<p>isn\'t</p>'],
  ];
  for (const [what, file, text] of components) {
    it(`${what}: the script is code at its own offsets, the rest is blank`, () => {
      const of = codeOfFile(file, text)!;
      check(text, of);
      assert.doesNotMatch(of.text, /template|<p>|<h1>|style/);
    });
  }
  it('a component without a script has no code', () => assert.match(codeOfFile('A.vue', '<p>x</p>\n<p/>')!.text, /^\s*$/));
});
