// Some spans of a batch as a batch of their own: an answer that held many traces need not stay in memory for one of them, and a pin keeps
// only what is its own. The bytes of each span, resource and scope are copied as they came.
import type { SpanBatch } from '../model/spanBatch.ts';
import type { SpanSelection } from '../model/splitByTrace.ts';
import { decodeOtlpProto } from './otlpProto.ts';
import { OtlpWriter } from './otlpWriter.ts';

export function ownBatch({ batch, rows }: SpanSelection): SpanBatch {
  if (rows === undefined) return batch;
  const range = ({ offset, length }: { readonly offset: number; readonly length: number }): Uint8Array => batch.bytes.subarray(offset, offset + length);
  const writer = new OtlpWriter();
  for (let k = 0; k < rows.length; ) {
    const [resource, scope] = [batch.resource[rows[k]!]!, batch.scope[rows[k]!]!];
    writer.beginResource(range(batch.resources[resource]!));
    writer.beginScope(range(batch.scopes[scope]!));
    for (; k < rows.length && batch.resource[rows[k]!] === resource && batch.scope[rows[k]!] === scope; k++) {
      writer.rawSpan(range({ offset: batch.spanOffset[rows[k]!]!, length: batch.spanLength[rows[k]!]! }));
    }
    writer.endScope();
    writer.endResource();
  }
  const own = decodeOtlpProto(writer.finish());
  return { ...own, ...(batch.nativeTraceIds === undefined ? {} : { nativeTraceIds: batch.nativeTraceIds }) };
}
