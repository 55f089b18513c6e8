import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import { compareContent } from '../../../src/model/spanContent.ts';
import { batchOf } from '../../support/batches.ts';

/** A batch of one span with exactly these bytes. */
function spanOf(bytes: readonly number[] | Uint8Array): SpanBatch {
  return { ...batchOf([{ id: '1' }]), bytes: Uint8Array.of(99, ...bytes), spanOffset: Uint32Array.of(1), spanLength: Uint32Array.of(bytes.length) };
}
const compare = (a: readonly number[] | Uint8Array, b: readonly number[] | Uint8Array): number => Math.sign(compareContent(spanOf(a), 0, spanOf(b), 0));

const NAME = [0x2a, 1, 0x61];
const OTHER_NAME = [0x2a, 1, 0x62];
const KIND = [0x30, 2];
const ATTRIBUTE = [0x4a, 2, 0x0a, 0];
const ATTRIBUTE_B = [0x4a, 3, 0x0a, 1, 0x62];
const FLAGS = [0x85, 0x01, 1, 1, 0, 0];

describe('compareContent', () => {
  const same: readonly [string, number[], number[]][] = [
    ['the same bytes', [...NAME, ...KIND], [...NAME, ...KIND]],
    ['fields in another order', [...NAME, ...KIND], [...KIND, ...NAME]],
    ['repeated fields between others', [...ATTRIBUTE, ...NAME, ...ATTRIBUTE_B], [...NAME, ...ATTRIBUTE, ...ATTRIBUTE_B]],
    ['attributes in another order', [...ATTRIBUTE, ...ATTRIBUTE_B], [...ATTRIBUTE_B, ...ATTRIBUTE]],
    ['an event’s attributes in another order', [0x5a, 7, 0x1a, 0, 0x1a, 3, 0x0a, 1, 0x62], [0x5a, 7, 0x1a, 3, 0x0a, 1, 0x62, 0x1a, 0]],
    ['a link’s attributes in another order', [0x6a, 7, 0x22, 1, 0x61, 0x22, 2, 0x62, 0x63], [0x6a, 7, 0x22, 2, 0x62, 0x63, 0x22, 1, 0x61]],
    ['defaults written out', NAME, [...NAME, 0x30, 0, 0x50, 0, 0x7a, 0, 0x1a, 0]],
    ['a parent of zeros', NAME, [...NAME, 0x22, 8, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['no end and an end of zero', NAME, [...NAME, 0x41, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['other flags', [...NAME, ...FLAGS], NAME],
    ['a link’s other flags', [0x6a, 4, 0x12, 2, 1, 2], [0x6a, 9, 0x12, 2, 1, 2, 0x35, 1, 0, 0, 0]],
    ['a status that says nothing', NAME, [...NAME, 0x7a, 2, 0x18, 0]],
    ['an event’s fields in another order', [0x5a, 6, 0x12, 1, 0x61, 0x1a, 1, 0], [0x5a, 6, 0x1a, 1, 0, 0x12, 1, 0x61]],
  ];
  for (const [what, a, b] of same) {
    it(`is 0 for ${what}`, () => {
      assert.equal(compare(a, b), 0);
      assert.equal(compare(b, a), 0);
    });
  }

  const different: readonly [string, number[], number[]][] = [
    ['other names', NAME, OTHER_NAME],
    ['a name and none', NAME, []],
    ['events in another order', [0x5a, 2, 0x12, 0, 0x5a, 3, 0x12, 1, 0x61], [0x5a, 3, 0x12, 1, 0x61, 0x5a, 2, 0x12, 0]],
    ['other attributes in another order', [...ATTRIBUTE, ...ATTRIBUTE_B], [...ATTRIBUTE_B, ...ATTRIBUTE_B]],
    ['an attribute twice', ATTRIBUTE, [...ATTRIBUTE, ...ATTRIBUTE]],
    ['an end and none', NAME, [...NAME, 0x41, 1, 0, 0, 0, 0, 0, 0, 0]],
    ['other links', [0x6a, 4, 0x12, 2, 1, 2], [0x6a, 4, 0x12, 2, 1, 3]],
    ['a link and none', [0x6a, 4, 0x12, 2, 1, 2], NAME],
    ['an event without a name or time and none', [0x5a, 2, 0x28, 1], []],
    ['a status', [0x7a, 2, 0x18, 2], [0x7a, 2, 0x18, 1]],
    ['zeros that are text', [0x2a, 1, 0], []],
  ];
  for (const [what, a, b] of different) {
    it(`tells apart ${what}, one before the other`, () => {
      assert.notEqual(compare(a, b), 0);
      assert.equal(compare(a, b), -compare(b, a));
    });
  }

  it('is an order, on any bytes', () => {
    const field = fc.constantFrom(NAME, OTHER_NAME, KIND, ATTRIBUTE, ATTRIBUTE_B, FLAGS, [0x30, 0], [0xff]);
    const bytes = fc.oneof(fc.array(field, { maxLength: 4 }).map((fields) => fields.flat()), fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 8 }));
    fc.assert(
      fc.property(bytes, bytes, bytes, (a, b, c) => {
        assert.equal(compare(a, b) + compare(b, a), 0);
        assert.equal(compare(a, a), 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) assert.ok(compare(a, c) <= 0);
      }),
      { numRuns: 3_000 },
    );
  });
});
