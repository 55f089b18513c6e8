import assert from 'node:assert/strict';
import { ProtoReader, Wire } from '../../../src/formats/protoReader.ts';
import { varint } from '../../support/formatFixtures.ts';

const reader = (...bytes: number[]): ProtoReader => new ProtoReader(Uint8Array.from(bytes));

describe('ProtoReader', () => {
  it('reads varints of every length', () => {
    for (const value of [0, 1, 127, 128, 300, 2 ** 21, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
      const r = reader(...varint(value), 0x55);
      assert.equal(r.varint(), value);
      assert.equal(r.pos, varint(value).length);
      assert.equal(r.problem, '');
      const exact = reader(...varint(value));
      assert.equal(exact.varint64(), BigInt(value));
    }
    const all = reader(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    assert.equal(all.varint64(), (1n << 64n) - 1n);
  });

  const faults: readonly (readonly [what: string, bytes: number[], run: (r: ProtoReader) => unknown, problem: RegExp, at: number])[] = [
    ['varint cut off', [0x80], (r) => r.varint(), /cut off/, 0],
    ['varint of 11 bytes', Array.from({ length: 11 }, () => 0x80), (r) => r.varint(), /longer than 64 bits/, 0],
    ['varint of 65 bits', [...Array.from({ length: 9 }, () => 0xff), 0x02], (r) => r.varint(), /longer than 64 bits/, 0],
    ['field number 0', [0x00], (r) => r.next(), /field number 0/, 0],
    ['field number beyond 29 bits', [0xff, 0xff, 0xff, 0xff, 0x7f], (r) => r.next(), /larger than protobuf allows/, 0],
    ['length lie', [0x0a, 0x05, 1, 2], (r) => r.next() && r.length(), /says it is 5 bytes long where 2 are left/, 1],
    ['huge length', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], (r) => r.next() && r.skip(), /are left/, 1],
    ['fixed64 cut off', [0x09, 1, 2, 3], (r) => r.next() && r.skip(), /field 1 cut off/, 1],
    ['fixed32 cut off', [0x0d, 1, 2, 3], (r) => r.next() && r.skip(), /field 1 cut off/, 1],
    ['wire type 6', [0x0e], (r) => r.next() && r.skip(), /wire type 6/, 1],
    ['wire type 7', [0x0f], (r) => r.next() && r.skip(), /wire type 7/, 1],
    ['group end alone', [0x0c], (r) => r.next() && r.skip(), /never began/, 1],
    ['group without end', [0x0b, 0x08, 0x01], (r) => r.next() && r.skip(), /group 1 without its end/, 3],
    ['groups crossed', [0x0b, 0x13, 0x0c, 0x14], (r) => r.next() && r.skip(), /inside another/, 3],
    ['groups too deep', Array.from({ length: 40 }, () => 0x0b), (r) => r.next() && r.skip(), /nested deeper than 32/, 33],
    ['unexpected wire type', [0x08, 0x01], (r) => r.next() && r.expect(Wire.bytes), /field 1 with wire type 0 instead of 2/, 1],
  ];
  for (const [what, bytes, run, problem, at] of faults) {
    it(`notes a fault and stops: ${what}`, () => {
      const r = reader(...bytes);
      run(r);
      assert.match(r.problem, problem);
      assert.equal(r.problemAt, at);
      assert.equal(r.next(), false);
      assert.equal(r.varint(), 0);
      assert.match(r.problem, problem, 'the first fault is kept');
    });
  }

  it('skips every wire type and whole groups', () => {
    const r = reader(0x08, 0x96, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, 2, 9, 9, 0x25, 1, 2, 3, 4, 0x2b, 0x30, 0x01, 0x33, 0x34, 0x2c, 0x38, 0x07);
    const seen: number[] = [];
    while (r.next()) {
      seen.push(r.field);
      r.skip();
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 7]);
    assert.equal(r.problem, '');
  });

  it('enters and leaves messages, read to their end or not', () => {
    const r = reader(0x0a, 0x04, 0x08, 0x01, 0x10, 0x02, 0x18, 0x03);
    assert.ok(r.next());
    const outer = r.enter();
    assert.ok(r.next());
    assert.equal(r.varint(), 1);
    r.leave(outer);
    assert.ok(r.next());
    assert.equal(r.field, 3);
    assert.equal(r.varint(), 3);
    assert.equal(r.next(), false);
  });

  it('does not read an inner message beyond its own end', () => {
    const r = reader(0x0a, 0x01, 0x80, 0x01);
    r.next();
    const outer = r.enter();
    assert.equal(r.next(), false);
    assert.match(r.problem, /cut off/);
    r.leave(outer);
    assert.equal(r.next(), false, 'the fault ends the outer message too');
    r.recover(3, outer);
    assert.equal(r.problem, '');
    assert.equal(r.varint(), 1);
  });

  it('reads within a part of a larger array', () => {
    const r = new ProtoReader(Uint8Array.from([9, 9, 0x08, 0x05, 9]).subarray(1), 1, 3);
    assert.ok(r.next());
    assert.equal(r.varint(), 5);
    assert.equal(r.next(), false);
  });
});
