// Attribute values on the wire: exact both ways, bounded in depth, and a broken one costs itself only.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { MAX_VALUE_DEPTH, readAttribute, TOO_DEEP, writeAttribute } from '../../../src/formats/anyValue.ts';
import { attributesOf } from '../../../src/formats/jsonAnyValue.ts';
import { ProtoReader, Wire } from '../../../src/formats/protoReader.ts';
import { ProtoWriter } from '../../../src/formats/protoWriter.ts';
import type { Attribute, AttributeValue } from '../../../src/model/attributes.ts';

function write(attributes: readonly Attribute[]): Uint8Array {
  const writer = new ProtoWriter();
  for (const { key, value } of attributes) writeAttribute(writer, 9, key, value);
  return writer.finish();
}

/** All attributes of a message, and what the reader made of the whole. */
function read(bytes: Uint8Array): { readonly attributes: Attribute[]; readonly problem: string } {
  const reader = new ProtoReader(bytes);
  const attributes: Attribute[] = [];
  while (reader.next()) {
    if (reader.field === 9 && reader.expect(Wire.bytes)) attributes.push(readAttribute(reader));
    else if (reader.problem === '') reader.skip();
  }
  return { attributes, problem: reader.problem };
}

const scalar: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ unit: 'grapheme' }), fc.boolean(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.double(), fc.uint8Array({ maxLength: 8 }), fc.constant(undefined),
);
const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 5 }), value: tie('value') }, { noNullPrototype: true }), { maxLength: 4 }).map((entries) => ({ entries })),
  ),
})).value;

describe('anyValue', () => {
  it('gives back every value as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value }, { noNullPrototype: true }), { maxLength: 5 }), (attributes) => {
        assert.deepEqual(read(write(attributes)), { attributes, problem: '' });
      }),
      { numRuns: 300 },
    );
  });

  const exact: readonly (readonly [string, AttributeValue])[] = [
    ['the largest int64', 2n ** 63n - 1n], ['the smallest int64', -(2n ** 63n)], ['-1', -1n], ['0', 0n], ['-0', -0], ['NaN', Number.NaN], ['∞', Infinity], ['-∞', -Infinity], ['the smallest double', 5e-324], ['a whole double', 3], ['an integer', 3n],
    ['""', ''], ['a zero byte', '\0'], ['a BOM', '\ufeffx'], ['an emoji', '🐢'], ['no bytes', new Uint8Array(0)], ['bytes', Uint8Array.of(0, 255)], ['[]', []], ['{}', { entries: [] }], ['false', false], ['[undefined]', [undefined]],
    ['a map with one key twice', { entries: [{ key: 'a', value: 1n }, { key: 'a', value: 'x' }] }], ['text of 10,000 letters', 'ü'.repeat(10_000)],
  ];
  for (const [what, one] of exact) {
    it(`keeps ${what}`, () => {
      const { attributes } = read(write([{ key: 'k', value: one }]));
      assert.deepEqual(attributes, [{ key: 'k', value: one }]);
      if (typeof one === 'number') assert.ok(Object.is(attributes[0]!.value, one));
    });
  }

  const nested = (depth: number, map: boolean): AttributeValue => {
    let made: AttributeValue = 'inside';
    for (let k = 0; k < depth; k++) made = map ? { entries: [{ key: 'k', value: made }] } : [made];
    return made;
  };
  const depthOf = (one: AttributeValue): readonly [number, AttributeValue] => {
    let depth = 0;
    let at = one;
    for (;;) {
      if (Array.isArray(at)) at = at[0] as AttributeValue;
      else if (typeof at === 'object' && at !== null && 'entries' in at) at = (at as { entries: readonly Attribute[] }).entries[0]!.value;
      else return [depth, at];
      depth++;
    }
  };
  for (const map of [false, true]) {
    it(`${map ? 'maps' : 'lists'} as deep as allowed are read, deeper ones say so, 5,000 deep costs no stack`, () => {
      assert.deepEqual(depthOf(read(write([{ key: 'k', value: nested(MAX_VALUE_DEPTH, map) }])).attributes[0]!.value), [MAX_VALUE_DEPTH, 'inside']);
      assert.deepEqual(depthOf(read(write([{ key: 'k', value: nested(MAX_VALUE_DEPTH + 1, map) }])).attributes[0]!.value), [MAX_VALUE_DEPTH, TOO_DEEP]);
      assert.deepEqual(depthOf(read(write([{ key: 'k', value: nested(5_000, map) }])).attributes[0]!.value), [MAX_VALUE_DEPTH, TOO_DEEP]);
    });
  }

  it('what others nested deeper than we write is read to the bound and its neighbour whole', () => {
    // field 9 { key, value { array { value { array … } } } }, made from the inside out.
    const wrap = (field: number, body: Uint8Array): Uint8Array => {
      const writer = new ProtoWriter();
      writer.bytes(field, body);
      return writer.finish();
    };
    let inner: Uint8Array = wrap(1, Buffer.from('x'));
    for (let k = 0; k < 200; k++) inner = wrap(5, wrap(1, inner));
    const deep = wrap(9, Buffer.concat([wrap(1, Buffer.from('deep')), wrap(2, inner)]));
    const { attributes, problem } = read(Buffer.concat([deep, write([{ key: 'after', value: true }])]));
    assert.equal(problem, '');
    assert.deepEqual([attributes.map(({ key }) => key), depthOf(attributes[0]!.value)], [['deep', 'after'], [MAX_VALUE_DEPTH, TOO_DEEP]]);
  });

  it('of several values the last counts, of unknown members none', () => {
    const body = (...fields: readonly (readonly [number, Uint8Array])[]): Uint8Array => {
      const writer = new ProtoWriter();
      for (const [field, bytes] of fields) writer.bytes(field, bytes);
      return writer.finish();
    };
    const text = (one: string): Uint8Array => body([1, Buffer.from(one)]);
    const attribute = (...fields: readonly (readonly [number, Uint8Array])[]): Attribute => read(body([9, body(...fields)])).attributes[0]!;
    assert.deepEqual(attribute([2, text('a')], [1, Buffer.from('k')], [2, text('b')]), { key: 'k', value: 'b' });
    assert.deepEqual(attribute([1, Buffer.from('k')], [2, body([99, Buffer.from('new')], [1, Buffer.from('a')])]), { key: 'k', value: 'a' });
    assert.deepEqual(attribute([1, Buffer.from('k')], [7, Buffer.from('new')]), { key: 'k', value: undefined });
    assert.deepEqual(attribute(), { key: '', value: undefined });
  });

  it('a broken attribute says so in its value, its neighbours are whole, whatever was broken', () => {
    const [before, after] = [write([{ key: 'before', value: 1n }]), write([{ key: 'after', value: 'x' }])];
    const whole = write([{ key: 'mid', value: ['a', { entries: [{ key: 'b', value: 2n }] }, 1.5] }]);
    let unreadable = 0;
    // Its own two bytes of tag and length stay: what is inside may be anything.
    for (let at = 2; at < whole.length; at++) {
      for (const byte of [0x00, 0x07, 0x0f, 0x7f, 0x80, 0xff]) {
        const broken = Uint8Array.from(whole);
        broken[at] = byte;
        const { attributes, problem } = read(Buffer.concat([before, broken, after]));
        assert.equal(problem, '');
        assert.equal(attributes.length, 3);
        assert.deepEqual([attributes[0], attributes[2]], [{ key: 'before', value: 1n }, { key: 'after', value: 'x' }]);
        if (JSON.stringify(attributes[1], (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)).includes('(unreadable: ')) unreadable++;
      }
    }
    assert.ok(unreadable > 20, String(unreadable));
  });

  it('an attribute that says it is longer than its message is the message’s fault', () => {
    const bytes = write([{ key: 'a', value: 'b' }]);
    for (let end = 1; end < bytes.length; end++) assert.notEqual(read(bytes.subarray(0, end)).problem, '', `cut at ${end}`);
  });
});

describe('jsonAnyValue', () => {
  const warned: string[] = [];
  const of = (json: unknown): Attribute[] => {
    warned.length = 0;
    return attributesOf(json, { rounded: false }, (sentence) => warned.push(sentence));
  };
  const valueOf = (json: unknown): AttributeValue => of([{ key: 'k', value: json }])[0]!.value;

  const rows: readonly (readonly [unknown, AttributeValue])[] = [
    [{ stringValue: 'a' }, 'a'], [{ string_value: 'a' }, 'a'], [{ stringValue: 5 }, '5'], [{ stringValue: {} }, ''], [{ stringValue: null, intValue: '5' }, 5n], [{ intValue: '-5' }, -5n], [{ intValue: 5 }, 5n], [{ int_value: '5' }, 5n],
    [{ intValue: '99999999999999999999' }, '99999999999999999999'], [{ intValue: 1.5 }, 1.5], [{ intValue: 'x' }, 'x'], [{ boolValue: false }, false], [{ boolValue: 'true' }, true], [{ boolValue: 'yes' }, false], [{ bool_value: true }, true],
    [{ doubleValue: 1.5 }, 1.5], [{ doubleValue: '1.5' }, 1.5], [{ doubleValue: 'NaN' }, Number.NaN], [{ doubleValue: 'Infinity' }, Infinity], [{ doubleValue: '-Infinity' }, -Infinity], [{ doubleValue: '' }, ''], [{ doubleValue: 'x' }, 'x'], [{ doubleValue: 0 }, 0], [{ double_value: 0 }, 0],
    [{ bytesValue: 'AP8=' }, Uint8Array.of(0, 255)], [{ bytes_value: '' }, new Uint8Array(0)], [{ bytesValue: 5 }, undefined], [{ arrayValue: {} }, []], [{ arrayValue: { values: 5 } }, []], [{ array_value: { values: [{ intValue: '1' }, 'bare', {}] } }, [1n, 'bare', undefined]],
    [{ arrayValue: [] }, undefined], [{ kvlistValue: {} }, { entries: [] }], [{ kvlist_value: { values: [{ key: 'a', value: { boolValue: true } }] } }, { entries: [{ key: 'a', value: true }] }], [{}, undefined], [undefined, undefined], [null, undefined], ['bare', 'bare'], [5, 5], [true, true], [[], undefined],
    [{ unknownValue: 5 }, undefined],
  ];
  for (const [json, expected] of rows) it(`reads ${JSON.stringify(json)}`, () => assert.deepEqual(valueOf(json), expected));

  it('leaves out what is no attribute and says so, without its content', () => {
    assert.deepEqual(of([{ value: { stringValue: 'secret' } }, 5, null, { key: 7, value: {} }, { key: 'ok' }]), [{ key: 'ok', value: undefined }]);
    assert.deepEqual(warned, Array.from({ length: 4 }, () => 'an attribute without a key was left out.'));
    for (const no of [5, 'secret', true]) assert.deepEqual([of(no), warned], [[], ['attributes that are not a list were left out.']]);
    assert.deepEqual([of({ a: 1, b: 'x', c: { d: [true] } }), warned], [[{ key: 'a', value: 1n }, { key: 'b', value: 'x' }, { key: 'c', value: { entries: [{ key: 'd', value: [true] }] } }], []], 'a map of plain values is read as one');
    for (const none of [undefined, null, []]) assert.deepEqual([of(none), warned.length], [[], 0]);
  });

  it('is bounded in depth as on the wire, for lists and maps', () => {
    for (const map of [false, true]) {
      let json: unknown = { stringValue: 'inside' };
      for (let k = 0; k < 3_000; k++) json = map ? { kvlistValue: { values: [{ key: 'k', value: json }] } } : { arrayValue: { values: [json] } };
      let at = valueOf(json);
      let depth = 0;
      for (; typeof at === 'object'; depth++) at = map ? (at as { entries: readonly Attribute[] }).entries[0]!.value : (at as readonly AttributeValue[])[0];
      assert.deepEqual([depth, at], [MAX_VALUE_DEPTH, TOO_DEEP]);
    }
  });

  it('notes integers that JSON had rounded already', () => {
    const exactness = { rounded: false };
    attributesOf([{ key: 'a', value: { intValue: 5 } }], exactness, () => undefined);
    assert.equal(exactness.rounded, false);
    attributesOf([{ key: 'a', value: { arrayValue: { values: [{ intValue: 2 ** 53 + 2 }] } } }], exactness, () => undefined);
    assert.equal(exactness.rounded, true);
  });
});
