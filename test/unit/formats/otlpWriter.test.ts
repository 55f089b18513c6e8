import assert from 'node:assert/strict';
import { MAX_VALUE_DEPTH, TOO_DEEP } from '../../../src/formats/anyValue.ts';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { OtlpWriter } from '../../../src/formats/otlpWriter.ts';
import { ProtoWriter } from '../../../src/formats/protoWriter.ts';
import { decodeSpan } from '../../../src/formats/spanDecoder.ts';
import type { AttributeValue } from '../../../src/model/attributes.ts';
import { detailsOf, field, recorded, varint } from '../../support/formatFixtures.ts';

describe('ProtoWriter', () => {
  it('writes lengths of every size, whatever was kept free for them', () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
      for (const usual of [1, 2, 4]) {
        const body = new Uint8Array(length).fill(7);
        const writer = new ProtoWriter(4);
        writer.begin(3, usual);
        writer.raw(body);
        writer.end();
        writer.uint32(1, 5);
        const expected = Buffer.concat([Uint8Array.of(0x1a, ...varint(length)), body, Uint8Array.of(0x08, 5)]);
        assert.ok(expected.equals(writer.finish()), `${length} bytes with ${usual} kept free`);
      }
    }
  });

  it('writes texts of every length and script as UTF-8', () => {
    for (const text of ['', 'a', 'x'.repeat(127), 'x'.repeat(128), 'ü'.repeat(64), 'ü'.repeat(100), '你好'.repeat(3000), '😀', 'a\uD800b', 'x'.repeat(126) + 'é']) {
      const writer = new ProtoWriter(1);
      writer.string(2, text);
      assert.deepEqual([...writer.finish()], field(2, text));
    }
  });

  it('writes signed 64-bit integers as two’s complement', () => {
    const writer = new ProtoWriter();
    writer.int64(1, -1n);
    writer.int64(1, (1n << 63n) - 1n);
    assert.deepEqual([...writer.finish()], [0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0x08, 255, 255, 255, 255, 255, 255, 255, 255, 127]);
  });

  it('writes ids from hex digits', () => {
    const writer = new ProtoWriter();
    writer.hex(1, '00ff9a');
    writer.hex(2, '');
    assert.deepEqual([...writer.finish()], [0x0a, 3, 0, 255, 0x9a, 0x12, 0]);
  });

  it('ends what was left open', () => {
    const writer = new ProtoWriter();
    writer.begin(1);
    writer.begin(2);
    writer.uint32(3, 4);
    assert.deepEqual([...writer.finish()], [0x0a, 4, 0x12, 2, 0x18, 4]);
  });
});

describe('OtlpWriter', () => {
  it('puts raw resources, scopes and spans back together, as a store does', () => {
    const batch = decodeOtlpProto(recorded('reference-trace.otlp.pb'));
    const slice = (range: { offset: number; length: number }): Uint8Array => batch.bytes.subarray(range.offset, range.offset + range.length);
    const writer = new OtlpWriter();
    for (let i = 0; i < batch.count; i++) {
      writer.beginResource(slice(batch.resources[batch.resource[i]!]!));
      writer.beginScope(slice(batch.scopes[batch.scope[i]!]!));
      writer.rawSpan(batch.bytes.subarray(batch.spanOffset[i], batch.spanOffset[i]! + batch.spanLength[i]!));
      writer.endScope();
      writer.endResource();
    }
    const again = decodeOtlpProto(writer.finish());
    assert.deepEqual(detailsOf(again), detailsOf(batch));
    assert.equal(again.resources.length, batch.resources.length);
  });

  it('leaves out what a span does not have', () => {
    const writer = new OtlpWriter();
    writer.beginResource([]);
    writer.beginScope();
    writer.span({ traceId: '', spanId: '0000000000000001', name: 'n', startUnixNano: 0n, endUnixNano: 0n });
    const batch = decodeOtlpProto(writer.finish());
    assert.deepEqual([...batch.bytes.subarray(batch.spanOffset[0], batch.spanOffset[0]! + batch.spanLength[0]!)], [0x0a, 0, 0x12, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0x2a, 1, 0x6e]);
  });

  it('does not follow values without end', () => {
    let value: AttributeValue = 'core';
    for (let k = 0; k < 20_000; k++) value = [value];
    const writer = new OtlpWriter();
    writer.beginResource([]);
    writer.beginScope();
    writer.span({ traceId: '', spanId: '0000000000000001', name: 'n', startUnixNano: 0n, endUnixNano: 0n, attributes: [{ key: 'deep', value }] });
    let read = decodeSpan(decodeOtlpProto(writer.finish()), 0).attributes[0]!.value;
    let depth = 0;
    for (; Array.isArray(read); depth++) read = (read as readonly AttributeValue[])[0];
    assert.equal(depth, MAX_VALUE_DEPTH);
    assert.equal(read, TOO_DEEP);
  });

  it('says how much it has written', () => {
    const writer = new OtlpWriter();
    assert.equal(writer.size, 0);
    writer.beginResource([]);
    assert.ok(writer.size > 0);
    writer.endResource();
    assert.equal(writer.finish().length, writer.size);
  });
});
