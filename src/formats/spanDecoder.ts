// One span of a batch, decoded on request: everything its bytes say. The batch's reader has checked the span's own frame;
// values inside it are read with the same bounds checks, and one that cannot be read becomes a text that says so.
import type { Attribute } from '../model/attributes.ts';
import { hexOfWords, spanIdAt, traceIdAt } from '../model/ids.ts';
import type { ByteRange, SpanBatch } from '../model/spanBatch.ts';
import type { SpanDetails, SpanEvent, SpanLink } from '../model/spanDetails.ts';
import { nanosAt } from '../model/time.ts';
import { readAttribute, readText } from './anyValue.ts';
import { ProtoReader, Wire } from './protoReader.ts';

/** Span i of the batch. Exact; O(bytes of the span and its resource). */
export function decodeSpan(batch: SpanBatch, i: number): SpanDetails {
  const offset = batch.spanOffset[i]!;
  const r = new ProtoReader(batch.bytes, offset, offset + batch.spanLength[i]!);
  const attributes: Attribute[] = [];
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  let traceState = '';
  let statusMessage = '';
  const dropped = [0, 0, 0];
  while (r.next()) {
    if (r.field === 9 && r.wire === Wire.bytes) attributes.push(readAttribute(r));
    else if (r.field === 11 && r.wire === Wire.bytes) events.push(readEvent(r));
    else if (r.field === 13 && r.wire === Wire.bytes) links.push(readLink(r));
    else if (r.field === 15 && r.wire === Wire.bytes) statusMessage = readStatusMessage(r);
    else if (r.field === 3 && r.wire === Wire.bytes) traceState = readText(r);
    else if ((r.field === 10 || r.field === 12 || r.field === 14) && r.wire === Wire.varint) dropped[(r.field - 10) / 2] = r.varint();
    else r.skip();
  }
  const scope = decodeScope(batch, batch.scopes[batch.scope[i]!]);
  const parentHigh = batch.parentId[2 * i]!;
  const parentLow = batch.parentId[2 * i + 1]!;
  return {
    traceId: traceIdAt(batch.traceId, i),
    spanId: spanIdAt(batch.spanId, i),
    parentSpanId: (parentHigh | parentLow) === 0 ? '' : spanIdAt(batch.parentId, i),
    traceState,
    name: batch.strings[batch.name[i]!]!,
    kind: batch.kind[i]!,
    startUnixNano: nanosAt(batch.startTime, i),
    endUnixNano: nanosAt(batch.endTime, i),
    statusCode: batch.status[i]!,
    statusMessage,
    attributes,
    events,
    links,
    droppedAttributes: dropped[0]!,
    droppedEvents: dropped[1]!,
    droppedLinks: dropped[2]!,
    resource: decodeResource(batch, batch.resource[i]!),
    scopeName: scope.name,
    scopeVersion: scope.version,
    scopeAttributes: scope.attributes,
  };
}

/** Attributes of resource number `index` of the batch. */
export function decodeResource(batch: SpanBatch, index: number): readonly Attribute[] {
  const range = batch.resources[index];
  const attributes: Attribute[] = [];
  if (range === undefined) return attributes;
  const r = new ProtoReader(batch.bytes, range.offset, range.offset + range.length);
  while (r.next()) {
    if (r.field === 1 && r.wire === Wire.bytes) attributes.push(readAttribute(r));
    else r.skip();
  }
  return attributes;
}

function decodeScope(batch: SpanBatch, range: ByteRange | undefined): { name: string; version: string; attributes: readonly Attribute[] } {
  const scope = { name: '', version: '', attributes: [] as Attribute[] };
  if (range === undefined) return scope;
  const r = new ProtoReader(batch.bytes, range.offset, range.offset + range.length);
  while (r.next()) {
    if (r.field === 1 && r.wire === Wire.bytes) scope.name = readText(r);
    else if (r.field === 2 && r.wire === Wire.bytes) scope.version = readText(r);
    else if (r.field === 3 && r.wire === Wire.bytes) scope.attributes.push(readAttribute(r));
    else r.skip();
  }
  return scope;
}

function readEvent(r: ProtoReader): SpanEvent {
  const outer = r.enter();
  const attributes: Attribute[] = [];
  let timeUnixNano = 0n;
  let name = '';
  let droppedAttributes = 0;
  while (r.next()) {
    if (r.field === 1 && r.wire === Wire.fixed64) {
      const at = r.take(8);
      if (at >= 0) timeUnixNano = r.view.getBigUint64(at, true);
    } else if (r.field === 2 && r.wire === Wire.bytes) name = readText(r);
    else if (r.field === 3 && r.wire === Wire.bytes) attributes.push(readAttribute(r));
    else if (r.field === 4 && r.wire === Wire.varint) droppedAttributes = r.varint();
    else r.skip();
  }
  r.leave(outer);
  return { timeUnixNano, name, attributes, droppedAttributes };
}

function readLink(r: ProtoReader): SpanLink {
  const outer = r.enter();
  const end = r.end;
  const attributes: Attribute[] = [];
  let traceId = '';
  let spanId = '';
  let traceState = '';
  while (r.next()) {
    if (r.field === 1 && r.wire === Wire.bytes) traceId = readHex(r);
    else if (r.field === 2 && r.wire === Wire.bytes) spanId = readHex(r);
    else if (r.field === 3 && r.wire === Wire.bytes) traceState = readText(r);
    else if (r.field === 4 && r.wire === Wire.bytes) attributes.push(readAttribute(r));
    else r.skip();
  }
  // A link's body is not looked at when the batch is read: one that is broken is shown as far as it goes.
  if (r.problem === '') r.leave(outer);
  else r.recover(end, outer);
  return { traceId, spanId, traceState, attributes };
}

function readStatusMessage(r: ProtoReader): string {
  const outer = r.enter();
  let message = '';
  while (r.next()) {
    if (r.field === 2 && r.wire === Wire.bytes) message = readText(r);
    else r.skip();
  }
  r.leave(outer);
  return message;
}

function readHex(r: ProtoReader): string {
  const length = r.length();
  const bytes = r.bytes.subarray(r.pos, r.pos + length);
  r.pos += length;
  return Array.from(bytes, (byte) => hexOfWords(Uint32Array.of(byte), 0, 1).slice(6)).join('');
}
