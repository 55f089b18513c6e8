// One span as the details panel shows it: decoded on request from its bytes, times relative to its trace.
import { decodeSpan } from '../formats/spanDecoder.ts';
import { spansToOtlpJson } from '../formats/otlpExport.ts';
import type { SpanDetails } from '../model/spanDetails.ts';
import type { Trace } from '../model/trace.ts';
import type { WireSpanDetails } from '../protocol/messages.ts';
import { remarksOf } from './remarks.ts';
import { wireAttributes } from './wireAttributes.ts';

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;

export function decodeRow(trace: Trace, row: number): SpanDetails {
  return decodeSpan(trace.batches[trace.batch[row]!]!, trace.index[row]!);
}

export function detailsOf(trace: Trace, row: number, selfNs: number): WireSpanDetails {
  const span = decodeRow(trace, row);
  return {
    row,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    service: trace.strings[trace.service[row]!]!,
    kind: KINDS[span.kind] ?? `kind ${span.kind}`,
    startUnixNano: span.startUnixNano.toString(),
    startNs: trace.start[row]!,
    durationNs: trace.duration[row]!,
    selfNs,
    status: STATUSES[span.statusCode] ?? 'unset',
    statusMessage: span.statusMessage,
    remarks: remarksOf(span, trace.flags[row]!),
    attributes: wireAttributes(span.attributes),
    events: span.events.map((event) => ({
      atNs: Number(event.timeUnixNano - trace.startUnixNano),
      name: event.name,
      attributes: wireAttributes(event.attributes),
    })),
    links: span.links.map((link) => ({ traceId: link.traceId, spanId: link.spanId, attributes: wireAttributes(link.attributes) })),
    resource: wireAttributes(span.resource),
    scopeName: span.scopeName,
    scopeVersion: span.scopeVersion,
    raw: spansToOtlpJson([span], 2),
  };
}
