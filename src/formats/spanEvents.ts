// Events that came apart from their spans (as log records), kept as bytes and put into the spans when a trace is read: a protobuf message
// followed by more of a repeated field is the message with those in it. Owns the layout of the bytes: span id (8), length (4, little-endian),
// the Span.events field; again and again.
import type { SpanBatch } from '../model/spanBatch.ts';
import type { SpanEventField } from './otlpLogs.ts';
import { decodeOtlpProto } from './otlpProto.ts';
import { OtlpWriter } from './otlpWriter.ts';

const HEAD = 12;

export function encodeEvents(events: readonly SpanEventField[]): Uint8Array {
  const bytes = Buffer.alloc(events.reduce((size, { field }) => size + HEAD + field.length, 0));
  let at = 0;
  for (const { spanId, field } of events) {
    bytes.write(spanId.padStart(16, '0'), at, 'hex');
    bytes.writeUInt32LE(field.length, at + 8);
    bytes.set(field, at + HEAD);
    at += HEAD + field.length;
  }
  return bytes;
}

export interface WithEvents {
  readonly batches: readonly SpanBatch[];
  /** Events whose span is not there (yet). */
  readonly waiting: number;
}

/** The same spans with these events; events of the trace itself go to its root. Those sent twice are put in once. */
export function withEvents(batches: readonly SpanBatch[], parts: readonly Uint8Array[]): WithEvents {
  const events = eventsBySpan(parts);
  if (events.size === 0) return { batches, waiting: 0 };
  const own = events.get('');
  const root = own === undefined ? undefined : rootOf(batches);
  if (own !== undefined && root !== undefined) {
    events.delete('');
    events.set(root, [...(events.get(root) ?? []), ...own]);
  }
  const used = new Set<string>();
  const result = batches.map((batch) => extended(batch, events, used));
  let waiting = 0;
  for (const [spanId, fields] of events) if (!used.has(spanId)) waiting += fields.length;
  return { batches: result, waiting };
}

function eventsBySpan(parts: readonly Uint8Array[]): Map<string, Uint8Array[]> {
  const bySpan = new Map<string, Uint8Array[]>();
  const seen = new Set<string>();
  for (const part of parts) {
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    for (let at = 0; at + HEAD <= bytes.length; ) {
      const end = at + HEAD + bytes.readUInt32LE(at + 8);
      if (end > bytes.length) break;
      const whole = bytes.toString('latin1', at, end);
      const hex = bytes.toString('hex', at, at + 8);
      const spanId = /^0+$/.test(hex) ? '' : hex;
      if (!seen.has(whole)) {
        seen.add(whole);
        const fields = bySpan.get(spanId);
        if (fields === undefined) bySpan.set(spanId, [bytes.subarray(at + HEAD, end)]);
        else fields.push(bytes.subarray(at + HEAD, end));
      }
      at = end;
    }
  }
  return bySpan;
}

const idAt = (ids: Uint32Array, row: number): string => ids[2 * row]!.toString(16).padStart(8, '0') + ids[2 * row + 1]!.toString(16).padStart(8, '0');

/** The first span without a parent, else the first there is. */
function rootOf(batches: readonly SpanBatch[]): string | undefined {
  for (const { count, parentId, spanId } of batches) {
    for (let row = 0; row < count; row++) if (parentId[2 * row] === 0 && parentId[2 * row + 1] === 0) return idAt(spanId, row);
  }
  const first = batches.find(({ count }) => count > 0);
  return first === undefined ? undefined : idAt(first.spanId, 0);
}

/** A new batch only where one of its spans has events. A span that was sent twice gets them twice, so that both stay the same. */
function extended(batch: SpanBatch, events: ReadonlyMap<string, readonly Uint8Array[]>, used: Set<string>): SpanBatch {
  const fields = new Map<number, readonly Uint8Array[]>();
  for (let row = 0; row < batch.count; row++) {
    const spanId = idAt(batch.spanId, row);
    const found = events.get(spanId);
    if (found === undefined) continue;
    fields.set(row, found);
    used.add(spanId);
  }
  if (fields.size === 0) return batch;
  const range = ({ offset, length }: { readonly offset: number; readonly length: number }): Uint8Array => batch.bytes.subarray(offset, offset + length);
  const writer = new OtlpWriter(batch.bytes.length + 4096);
  for (let row = 0; row < batch.count; ) {
    const [resource, scope] = [batch.resource[row]!, batch.scope[row]!];
    writer.beginResource(range(batch.resources[resource]!));
    writer.beginScope(range(batch.scopes[scope]!));
    for (; row < batch.count && batch.resource[row] === resource && batch.scope[row] === scope; row++) {
      const span = range({ offset: batch.spanOffset[row]!, length: batch.spanLength[row]! });
      const more = fields.get(row);
      writer.rawSpan(more === undefined ? span : Buffer.concat([span, ...more]));
    }
    writer.endScope();
    writer.endResource();
  }
  const decoded = decodeOtlpProto(writer.finish());
  return { ...decoded, rejected: batch.rejected, warnings: batch.warnings, ...(batch.nativeTraceIds === undefined ? {} : { nativeTraceIds: batch.nativeTraceIds }) };
}
