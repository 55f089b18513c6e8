// What is left of an OTLP/protobuf trace message that is cut off or whose frames are broken: the spans that are whole, with what is
// whole of what stands around them. Goes over frames only; what is in a span is the decoder's business.
import { ProtoReader, Wire } from './protoReader.ts';
import { ProtoWriter } from './protoWriter.ts';

/** Fields to go into, from the request down: resource_spans; scope_spans, or a library's before OTLP 0.15. In these are the spans. */
const FRAMES: readonly (readonly number[])[] = [[1], [2, 1000], []];
/** Resource, scope and span: of another wire type they are none. */
const MESSAGES: readonly (readonly number[])[] = [[], [1], [1, 2]];

/** A message that ends where its frames do. A frame that is cut off or broken costs what follows in it, not what follows it. */
export function wholeProtoPart(bytes: Uint8Array): Uint8Array {
  const writer = new ProtoWriter(bytes.length);
  copyWhole(bytes, 0, bytes.length, 0, writer);
  return writer.finish();
}

function copyWhole(bytes: Uint8Array, from: number, end: number, level: number, to: ProtoWriter): void {
  const r = new ProtoReader(bytes, from, end);
  for (let start = r.pos; r.next(); start = r.pos) {
    const isFrame = FRAMES[level]!.includes(r.field);
    if (isFrame && r.wire === Wire.bytes) {
      const length = r.varint();
      if (r.problem !== '') return;
      const inner = Math.min(r.pos + length, end);
      to.begin(r.field, 4);
      copyWhole(bytes, r.pos, inner, level + 1, to);
      to.end();
      r.pos = inner;
    } else {
      const isOdd = r.wire !== Wire.bytes && (isFrame || MESSAGES[level]!.includes(r.field));
      r.skip();
      if (r.problem !== '') return;
      if (!isOdd) to.raw(bytes.subarray(start, r.pos));
    }
  }
}
