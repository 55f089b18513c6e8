// JSON in a value over lines: nothing but white space changes, and what is hostile stays small.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { prettyJson } from '../../../src/analysis/prettyJson.ts';

const LONG = 'x'.repeat(60);

describe('analysis/prettyJson', () => {
  const CASES: readonly (readonly [string, string, string | undefined])[] = [
    ['what is short stays on its line', '[1,{"a":"b, c: {"}]', '[1,{"a":"b, c: {"}]'],
    ['a map', `{"a":1,"b":"${LONG}"}`, `{\n  "a": 1,\n  "b": "${LONG}"\n}`],
    ['lists in it, a short and a long one', `{"s":[1,2],"l":["${LONG}",{"k":true}]}`, `{\n  "s": [1,2],\n  "l": [\n    "${LONG}",\n    {"k":true}\n  ]\n}`],
    ['quotes and brackets in strings', `["\\"}${LONG}",[]]`, `[\n  "\\"}${LONG}",\n  []\n]`],
    ['numbers beyond doubles, and escapes', `{"id":9007199254740993.10,"t":"\\u00e9\\n","l":"${LONG}"}`, `{\n  "id": 9007199254740993.10,\n  "t": "\\u00e9\\n",\n  "l": "${LONG}"\n}`],
    ['laid out already', '{\n  "a": [\n    1\n  ]\n}', '{\n  "a": [\n    1\n  ]\n}'],
    ['text', 'lorem ipsum', undefined],
    ['a string, a number', '"a"', undefined],
    ['what only begins like JSON', '[ERROR] it failed', undefined],
    ['cut JSON', '{"a":[1,2', undefined],
    ['nothing', '', undefined],
  ];
  for (const [what, text, expected] of CASES) it(what, () => assert.equal(prettyJson(text), expected));

  it('changes white space only, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), (value, space) => {
        const text = JSON.stringify([value], undefined, space);
        const pretty = prettyJson(text)!;
        assert.deepEqual(JSON.parse(pretty), JSON.parse(text));
        const bare = (of: string): string => of.replace(/("(?:[^"\\]|\\.)*")|\s+/gs, '$1');
        assert.equal(bare(pretty), bare(text));
      }),
    );
  });

  it('64 kB of brackets do not grow out of bounds', () => {
    const deep = '['.repeat(3_000) + ']'.repeat(3_000);
    assert.ok(prettyJson(deep)!.length < deep.length * 50);
    const wide = `[${'[],'.repeat(20_000)}[]]`;
    assert.ok(prettyJson(wide)!.length < wide.length * 3);
  });
});
