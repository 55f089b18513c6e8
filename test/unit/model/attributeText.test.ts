import assert from 'node:assert/strict';
import { attributeText, attributeType, base64, type AttributeType } from '../../../src/model/attributeText.ts';
import type { AttributeValue } from '../../../src/model/attributes.ts';

describe('attributeText', () => {
  const cases: readonly (readonly [value: AttributeValue, type: AttributeType, text: string])[] = [
    ['plain "text"', 'string', 'plain "text"'],
    ['', 'string', ''],
    [true, 'bool', 'true'],
    [9_223_372_036_854_775_807n, 'int', '9223372036854775807'],
    [-1n, 'int', '-1'],
    [0.1, 'double', '0.1'],
    [-0, 'double', '-0'],
    [Number.NaN, 'double', 'NaN'],
    [-Infinity, 'double', '-Infinity'],
    [undefined, 'empty', ''],
    [Uint8Array.of(0, 1, 2, 253, 254, 255), 'bytes', 'AAEC/f7/'],
    [[], 'array', '[]'],
    [['a"b', 9_007_199_254_740_993n, true, undefined, Number.NaN, 1.5], 'array', '["a\\"b",9007199254740993,true,null,"NaN",1.5]'],
    [{ entries: [] }, 'map', '{}'],
    [{ entries: [{ key: 'a"', value: [1n] }, { key: '__proto__', value: { entries: [{ key: 'x', value: Uint8Array.of(1) }] } }] }, 'map', '{"a\\"":[1],"__proto__":{"x":"AQ=="}}'],
  ];
  for (const [value, type, text] of cases) {
    it(`shows ${type} as ${text || 'nothing'}`, () => {
      assert.equal(attributeType(value), type);
      assert.equal(attributeText(value), text);
    });
  }

  it('does not follow a value without end', () => {
    let value: AttributeValue = 'core';
    for (let k = 0; k < 50_000; k++) value = [value];
    assert.match(attributeText(value), /nested too deeply to show/);
  });

  it('writes base64 as Node does', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, k) => (k * 37 + length) & 255);
      assert.equal(base64(bytes), Buffer.from(bytes).toString('base64'));
    }
  });
});
