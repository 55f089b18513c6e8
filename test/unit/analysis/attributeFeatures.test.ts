import assert from 'node:assert/strict';
import { featureOf, featuresOf } from '../../../src/analysis/attributeFeatures.ts';
import type { AttributeValue } from '../../../src/model/attributes.ts';

describe('attribute features', () => {
  const cases: readonly [string, AttributeValue, { number?: number; size?: number; text?: string; shape?: string }][] = [
    ['an integer', 500n, { number: 500, text: '500', shape: 'number' }],
    ['a 64-bit integer', 9_007_199_254_740_993n, { text: '9007199254740993' }],
    ['a double', 0.25, { number: 0.25, text: '0.25' }],
    ['a number sent as text', '48711', { number: 48711, shape: 'number' }],
    ['a size with its unit', '250 MB', { number: 250e6, text: '250 MB', shape: 'number' }],
    ['a size in binary units', '1.5KiB', { number: 1536 }],
    ['a time with its unit', '90s', { number: 90e9 }],
    ['a time as Go writes it', '1m30s', { number: 90e9, text: '1m30s' }],
    ['a share', '80%', { number: 80 }],
    ['a number in groups of digits', '4,204,311', { number: 4_204_311, shape: 'number' }],
    ['two numbers with a comma', '12,5', { number: Number.NaN }],
    ['a number with a word that is no unit', '3g', { number: Number.NaN, shape: 'text' }],
    ['a text with leading zeros', '007', { number: Number.NaN, text: '007', shape: 'text' }],
    ['a number too long to be exact', '12345678901234567890', { number: Number.NaN, shape: 'text' }],
    ['a boolean', false, { number: Number.NaN, text: 'false', shape: 'boolean' }],
    ['a text', 'index scan', { size: 10, text: 'index scan', shape: 'text' }],
    ['an empty text', '', { size: 0, shape: 'empty' }],
    ['an empty JSON object', ' {} ', { size: 0, shape: 'empty' }],
    ['an empty JSON list', '[]', { size: 0, shape: 'empty' }],
    ['null as text', 'null', { shape: 'empty' }],
    ['a JSON object, by its keys in any order', '{"b":1,"a":2}', { size: 2, shape: '{a,b}' }],
    ['a JSON list, by its items', '[1,2,3]', { size: 3, shape: 'list' }],
    ['almost JSON', '{a', { size: 2, shape: 'text' }],
    ['a list', ['x', 'y'], { size: 2, text: 'x, y', shape: 'list' }],
    ['a long list', Array.from({ length: 200 }, (_, i) => `d${i}`), { size: 200, text: '200 items' }],
    ['an empty list', [], { size: 0, shape: 'empty' }],
    ['a map', { entries: [{ key: 'k', value: 1n }] }, { size: 1, shape: '{k}' }],
    ['bytes', new Uint8Array(7), { size: 7, text: '7 bytes' }],
    ['an empty value', undefined, { size: 0, text: '', shape: 'empty' }],
  ];
  for (const [name, value, expected] of cases) {
    it(`reads ${name}`, () => {
      const feature = featureOf(value) as unknown as Record<string, unknown>;
      for (const [key, want] of Object.entries(expected)) assert.deepEqual(feature[key], want, key);
    });
  }

  it('cuts long texts, and still tells them apart', () => {
    const a = featureOf(`${'x'.repeat(5000)}a`);
    const b = featureOf(`${'x'.repeat(5000)}b`);
    assert.ok(a.text.length < 200);
    assert.notEqual(a.text, b.text);
    assert.equal(a.size, 5001);
  });

  it('does not recurse into nested values', () => {
    let value: AttributeValue = [];
    for (let depth = 0; depth < 50_000; depth++) value = [value];
    assert.equal(featureOf(value).text, '[1]');
  });

  it('counts indexed keys under what they are items of', () => {
    const features = featuresOf([
      { key: 'docs.0.id', value: 'a' },
      { key: 'docs.0.score', value: 0.5 },
      { key: 'docs.11.id', value: 'b' },
      { key: 'model', value: 'm' },
    ]);
    assert.deepEqual([...features.keys()].sort(), ['docs', 'model']);
    assert.equal(features.get('docs')?.size, 12);
  });

  it('takes the last of repeated keys, and keys of Object.prototype as keys', () => {
    const features = featuresOf([
      { key: '__proto__', value: 1n },
      { key: 'k', value: 1n },
      { key: 'k', value: 2n },
    ]);
    assert.equal(features.get('__proto__')?.number, 1);
    assert.equal(features.get('k')?.number, 2);
  });
});
