// Source maps of every shape: what an own encoder wrote is found again, and what is broken is no answer and no loop.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { originalPosition } from '../../../src/source/sourceMap.ts';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function vlq(value: number): string {
  let rest = value < 0 ? 2 * -value + 1 : 2 * value;
  let text = '';
  do {
    const digit = rest % 32;
    rest = Math.floor(rest / 32);
    text += BASE64[rest > 0 ? digit + 32 : digit]!;
  } while (rest > 0);
  return text;
}

interface Segment {
  readonly column: number;
  readonly source: number;
  readonly line: number;
  readonly originalColumn: number;
}

/** Lines of segments, all counted from 0, in order. */
function mappings(lines: readonly (readonly Segment[])[]): string {
  let [source, line, column] = [0, 0, 0];
  return lines.map((segments) => {
    let generated = 0;
    return segments.map((one) => {
      const text = vlq(one.column - generated) + vlq(one.source - source) + vlq(one.line - line) + vlq(one.originalColumn - column);
      [generated, source, line, column] = [one.column, one.source, one.line, one.originalColumn];
      return text;
    }).join(',');
  }).join(';');
}

const map = (lines: readonly (readonly Segment[])[], more: object = {}): string => JSON.stringify({ version: 3, sources: ['a.ts', 'b.ts', 'c.ts'], mappings: mappings(lines), ...more });
const segment = (column: number, source: number, line: number, originalColumn: number): Segment => ({ column, source, line, originalColumn });
const LINES = [[segment(0, 0, 0, 0), segment(10, 0, 4, 2)], [], [segment(4, 1, 9, 7)]];

describe('sourceMap', () => {
  const rows: readonly (readonly [string, number, number | undefined, string | undefined])[] = [
    ['the first segment', 1, 1, 'a.ts:1:1'],
    ['inside the first', 1, 10, 'a.ts:1:1'],
    ['where the second begins', 1, 11, 'a.ts:5:3'],
    ['behind the last', 1, 500, 'a.ts:5:3'],
    ['a line without a column: its first', 1, undefined, 'a.ts:1:1'],
    ['a line without a mapping', 2, 1, undefined],
    ['before the first of a line: the first all the same', 3, 1, 'b.ts:10:8'],
    ['a line behind the map', 4, 1, undefined],
    ['line 0', 0, 1, undefined],
    ['a line far behind', 1e9, undefined, undefined],
  ];
  const shown = (text: string, line: number, column: number | undefined): string | undefined => {
    const found = originalPosition(text, line, column);
    return found === undefined ? undefined : `${found.source}:${found.line}:${found.column}`;
  };
  for (const [what, line, column, expected] of rows) it(what, () => assert.equal(shown(map(LINES), line, column), expected));

  const shapes: readonly (readonly [string, string, string | undefined])[] = [
    ['with a source root', map(LINES, { sourceRoot: 'src' }), 'src/a.ts:1:1'],
    ['with a root that ends in a slash', map(LINES, { sourceRoot: '/app/src/' }), '/app/src/a.ts:1:1'],
    ['with an empty root', map(LINES, { sourceRoot: '' }), 'a.ts:1:1'],
    ['with a root that is no text', map(LINES, { sourceRoot: 5 }), 'a.ts:1:1'],
    ['behind the guard against scripts', `)]}'\n${map(LINES)}`, 'a.ts:1:1'],
    ['no sources', map(LINES, { sources: undefined }), undefined],
    ['a source that is no text', map(LINES, { sources: [5] }), undefined],
    ['a source that is not there', map([[segment(0, 7, 0, 0)]]), undefined],
    ['a line below zero', map([[segment(0, 0, -1, 0)]]), undefined],
    ['a column below zero', map([[segment(0, 0, 0, -1)]]), undefined],
    ['mappings that are no text', map(LINES, { mappings: [1] }), undefined],
    ['mappings with a letter of none', map(LINES, { mappings: 'A!AA' }), undefined],
    ['mappings that end in a number', map(LINES, { mappings: 'AAA' }), undefined],
    ['a number without end', map(LINES, { mappings: `${'g'.repeat(100)}A` }), undefined],
    ['no JSON', 'hello', undefined],
    ['a list', '[]', undefined],
    ['null', 'null', undefined],
    ['nothing', '', undefined],
  ];
  for (const [what, text, expected] of shapes) it(what, () => assert.equal(shown(text, 1, 1), expected));

  it('sections: the last that begins before the position, at its own offset', () => {
    const inner = (source: string): object => JSON.parse(map([[segment(0, 0, 0, 0)], [segment(0, 0, 1, 0)]], { sources: [source] })) as object;
    const text = JSON.stringify({ version: 3, sections: [{ offset: { line: 0, column: 0 }, map: inner('one.ts') }, { offset: { line: 1, column: 20 }, map: inner('two.ts') }, 'rubbish', { offset: {}, map: inner('never.ts') }, { offset: { line: 5, column: 0 }, map: { sections: [] } }] });
    assert.deepEqual([shown(text, 1, 1), shown(text, 2, 5), shown(text, 2, 21), shown(text, 2, 30), shown(text, 3, 1)], ['one.ts:1:1', 'one.ts:2:1', 'two.ts:1:1', 'two.ts:1:1', 'two.ts:2:1']);
  });

  const lines = fc.array(
    fc.uniqueArray(fc.record({ column: fc.nat({ max: 5_000 }), source: fc.integer({ min: 0, max: 2 }), line: fc.nat({ max: 100_000 }), originalColumn: fc.nat({ max: 3_000 }) }), { maxLength: 6, selector: ({ column }) => column }).map((all) => all.toSorted((a, b) => a.column - b.column)),
    { minLength: 1, maxLength: 8 },
  );
  it('every position leads where a plain search leads', () => {
    fc.assert(
      fc.property(lines, fc.nat({ max: 9 }), fc.option(fc.nat({ max: 6_000 }), { nil: undefined }), (all, line, column) => {
        const segments = all[line] ?? [];
        const wanted = column === undefined ? segments[0] : (segments.findLast((one) => one.column <= column) ?? segments[0]);
        const found = originalPosition(map(all), line + 1, column === undefined ? undefined : column + 1);
        assert.deepEqual(found, wanted === undefined ? undefined : { source: ['a.ts', 'b.ts', 'c.ts'][wanted.source], line: wanted.line + 1, column: wanted.originalColumn + 1 });
      }),
      { numRuns: 500 },
    );
  });

  it('a map that was torn anywhere is a position or none, never a throw', () => {
    const whole = map(LINES);
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.string({ minLength: 1, maxLength: 3 }), fc.nat({ max: 5 }), (at, text, line) => {
        const found = originalPosition(whole.slice(0, at) + text + whole.slice(at + text.length), line, 1);
        assert.ok(found === undefined || (found.line >= 1 && found.column >= 1 && Number.isSafeInteger(found.line)));
      }),
      { numRuns: 1_000 },
    );
  });
});
