// What JSON of single spans has in common: ids, attributes that are objects, fields nobody knows.
import assert from 'node:assert/strict';
import { idText, objectsIn, otherFields, plainAttributes, spansIn } from '../../../src/formats/plainSpan.ts';
import { plainValue } from '../../../src/formats/plainValue.ts';

describe('formats/plainSpan', () => {
  for (const [given, text] of [['0xAB', 'AB'], ['0Xab', 'ab'], ['ab', 'ab'], ['0', '0'], [null, ''], [{}, ''], [7, '7']] as const) {
    it(`the id ${JSON.stringify(given)}`, () => assert.equal(idText(given), text));
  }

  for (const [what, read, warnings] of [
    ['attributes', (warn: (sentence: string) => void) => plainAttributes({ a: 1, b: null }, 'attributes', warn), []],
    ['no attributes', (warn: (sentence: string) => void) => plainAttributes(null, 'attributes', warn), []],
    ['odd attributes', (warn: (sentence: string) => void) => plainAttributes('x', 'attributes', warn), ['attributes that are no object were left out.']],
    ['a list', (warn: (sentence: string) => void) => objectsIn([{}], 'events', warn), []],
    ['no list', (warn: (sentence: string) => void) => objectsIn(undefined, 'events', warn), []],
    ['what is no list', (warn: (sentence: string) => void) => objectsIn({}, 'events', warn), ['events that are no list were left out.']],
    ['a list of anything', (warn: (sentence: string) => void) => objectsIn([{}, 1, [], null], 'events', warn), ['3 of its events were no objects and were left out.']],
  ] as const) {
    it(`says of ${what} what it left out`, () => {
      const said: string[] = [];
      read((sentence) => said.push(sentence));
      assert.deepEqual(said, warnings);
    });
  }

  it('fields nobody knows are kept where they say something', () => {
    assert.deepEqual(otherFields({ known: 1, a: 0, b: false, c: '', d: null, e: [], f: {}, g: { h: 1 } }, new Set(['known']), 'x.'), [{ key: 'x.a', value: 0n }, { key: 'x.b', value: false }, { key: 'x.g', value: { entries: [{ key: 'h', value: 1n }] } }]);
  });

  it('finds spans alone, in a list and under a name', () => {
    const is = (value: unknown): boolean => value === 7;
    assert.deepEqual([spansIn(7, is), spansIn([1, 7], is), spansIn({ data: [7] }, is, 'data'), spansIn({ data: [7] }, is), spansIn([1], is), spansIn({ data: 7 }, is, 'data')], [[7], [1, 7], [7], undefined, undefined, undefined]);
  });

  for (const [given, value] of [
    [{ type: 'Buffer', data: [0, 255] }, Uint8Array.of(0, 255)], [{ type: 'Buffer', data: [256] }, { entries: [{ key: 'type', value: 'Buffer' }, { key: 'data', value: [256n] }] }], [{ type: 'Buffer', data: [], more: 1 }, { entries: [{ key: 'type', value: 'Buffer' }, { key: 'data', value: [] }, { key: 'more', value: 1n }] }],
  ] as const) {
    it(`${JSON.stringify(given)} is ${value instanceof Uint8Array ? 'bytes' : 'a map'}`, () => assert.deepEqual(plainValue(given), value));
  }
});
