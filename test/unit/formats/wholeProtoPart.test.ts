import assert from 'node:assert/strict';
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { wholeProtoPart } from '../../../src/formats/wholeProtoPart.ts';
import { detailsOf, field, recorded, spanBody, varint } from '../../support/formatFixtures.ts';

const spansOf = (bytes: Uint8Array): string[] => detailsOf(decodeOtlpProto(bytes)).map(({ spanId }) => spanId);
const group = (...spans: readonly number[][]): number[] => field(1, Uint8Array.from(field(2, Uint8Array.from(spans.flatMap((span) => field(2, Uint8Array.from(span)))))));
const all = (...numbers: readonly number[]): string[] => numbers.flatMap((k) => spansOf(Uint8Array.from(group(spanBody(k)))));

describe('wholeProtoPart', () => {
  const whole = recorded('reference-trace.otlp.pb');

  it('leaves a whole message as it is', () => {
    assert.deepEqual(wholeProtoPart(whole), whole);
  });

  it('keeps the spans that are whole, wherever the end is, and what is whole around them', () => {
    const sent = detailsOf(decodeOtlpProto(whole));
    let most = 0;
    for (let end = 0; end < whole.length; end++) {
      const kept = detailsOf(decodeOtlpProto(wholeProtoPart(whole.subarray(0, end))));
      assert.ok(kept.length >= most && kept.length <= most + 1, `${kept.length} after ${most} at ${end}`);
      most = kept.length;
      assert.deepEqual(kept, sent.slice(0, most));
    }
    // The end of a frame is the last span's end.
    assert.equal(most, sent.length - 1);
  });

  const broken: readonly (readonly [what: string, bytes: readonly number[], kept: readonly number[]])[] = [
    ['a span longer than its frame', [...field(1, Uint8Array.from(field(2, Uint8Array.from([...field(2, Uint8Array.from(spanBody(1))), 0x12, 0x70, 1])))), ...group(spanBody(2))], [1, 2]],
    ['a field number 0 between spans', [...field(1, Uint8Array.from([...group(spanBody(1)).slice(2), 0x00, 0x01])), ...group(spanBody(2))], [1, 2]],
    ['a length without end', [...group(spanBody(1)), 0x0a, ...new Uint8Array(12).fill(0xff)], [1]],
    ['a length beyond 53 bits', [...group(spanBody(1)), 0x0a, ...new Uint8Array(8).fill(0xff), 0x7f, 0x12], [1]],
    ['a wire type that is none', [...group(spanBody(1)), 0x0f, 1], [1]],
    ['spans of the old library', field(1, Uint8Array.from([...varint(1000 * 8 + 2), 0x60, ...field(2, Uint8Array.from(spanBody(1))), 0x12, 0x70])), [1]],
    ['fields of other wire types', [0x08, 1, ...group(spanBody(1)), ...field(1, Uint8Array.from([0x10, 1, 0x08, 1, ...field(2, Uint8Array.from([0x08, 1, 0x10, 1, ...field(2, Uint8Array.from(spanBody(2)))]))]))], [1, 2]],
    ['nothing', [], []],
  ];
  for (const [what, bytes, kept] of broken) {
    it(`keeps what it can of ${what}`, () => {
      assert.deepEqual(spansOf(wholeProtoPart(Uint8Array.from(bytes))), all(...kept));
    });
  }

  it('is readable, whatever was broken', () => {
    let state = 7;
    const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
    let kept = 0;
    for (let k = 0; k < 3_000; k++) {
      const bytes = whole.slice(0, whole.length - random(60));
      for (let times = random(4); times >= 0; times--) bytes[random(bytes.length)] = random(256);
      kept += decodeOtlpProto(wholeProtoPart(bytes)).count;
    }
    assert.ok(kept > 3_000, String(kept));
  });
});
