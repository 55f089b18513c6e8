import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { doubleAt, FieldCursor, int64At, uint28At } from '../../../src/model/spanFields.ts';

/** `field:wire=start-end` of every field. */
function fields(bytes: readonly number[], start = 0, end = bytes.length): string {
  const cursor = new FieldCursor(Uint8Array.from(bytes)).reset(start, end);
  const found: string[] = [];
  while (cursor.next()) found.push(`${cursor.field}:${cursor.wire}=${cursor.start}-${cursor.end}`);
  return found.join(' ');
}

describe('FieldCursor', () => {
  const cases: readonly [string, number[], string][] = [
    ['nothing', [], ''],
    ['a varint', [0x08, 0x96, 0x01], '1:0=1-3'],
    ['bytes', [0x12, 2, 0x61, 0x62], '2:2=2-4'],
    ['empty bytes', [0x12, 0], '2:2=2-2'],
    ['fixed 64', [0x39, 1, 2, 3, 4, 5, 6, 7, 8], '7:1=1-9'],
    ['fixed 32', [0x85, 0x01, 1, 2, 3, 4], '16:5=2-6'],
    ['several', [0x08, 1, 0x12, 1, 0x61, 0x08, 2], '1:0=1-2 2:2=4-5 1:0=6-7'],
    ['a length past the end', [0x08, 1, 0x12, 2, 0x61], '1:0=1-2'],
    ['a length without end', [0x12, 0xff, 0xff], ''],
    ['an enormous length', [0x12, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x61], ''],
    ['a varint without end', [0x08, 0x80, 0x80], ''],
    ['fixed 64 cut short', [0x39, 1, 2, 3, 4, 5, 6, 7], ''],
    ['fixed 32 cut short', [0x3d, 1, 2, 3], ''],
    ['a tag without end', [0x08, 1, 0x80], '1:0=1-2'],
    ['a wire type there is none of', [0x08, 1, 0x0f, 0x08, 1], '1:0=1-2'],
    ['a group, as old writers have it', [0x0b, 0x0c], ''],
  ];
  for (const [what, bytes, expected] of cases) it(`reads ${what}`, () => assert.equal(fields(bytes), expected));

  it('stays in its range and in the bytes', () => {
    assert.equal(fields([0, 0, 0x08, 1, 0x08, 2], 2, 4), '1:0=3-4');
    assert.equal(fields([0x08, 1], 0, 1_000), '1:0=1-2');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 40 }), fc.nat({ max: 60 }), (bytes, start, end) => {
        const cursor = new FieldCursor(bytes, start, end);
        let at = start;
        while (cursor.next()) {
          assert.ok(cursor.start > at && cursor.start <= cursor.end && cursor.end <= Math.min(end, bytes.length));
          at = cursor.end - (cursor.end === cursor.start ? 1 : 0);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('scalars in place', () => {
  it('int64At reads what protobuf writes', () => {
    assert.equal(int64At(Uint8Array.of(0x96, 0x01), 0, 2), 150n);
    assert.equal(int64At(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), 0, 10), -1n);
    assert.equal(int64At(new Uint8Array(40).fill(0xff), 0, 40), -1n);
  });

  it('uint28At agrees with it', () => {
    for (const bytes of [[0], [0x7f], [0x96, 0x01], [0xff, 0xff, 0x7f], [0xff, 0xff, 0xff, 0x7f]]) assert.equal(BigInt(uint28At(Uint8Array.from(bytes), 0, bytes.length)), int64At(Uint8Array.from(bytes), 0, bytes.length));
  });

  it('doubleAt reads at any place of any view', () => {
    const bytes = new Uint8Array(Float64Array.of(0, -2.5).buffer, 4, 12);
    assert.equal(doubleAt(bytes, 4), -2.5);
  });
});
