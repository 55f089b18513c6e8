// A trace of OpenTelemetry as Cloud Trace's v1 API gives it back, by what the documents say of the way there (backends.md §8): ids in decimal,
// every attribute a label of text, resource attributes as labels, two kinds, no scope, event, link, status or trace state.
import type { OtlpDocument, OtlpSpan } from '../live/send/otlpTypes.ts';
import { textObject } from '../live/send/attributes.ts';

const decimal = (hex: string): string => BigInt(`0x${hex}`).toString();
const date = (ns: string): string => `${new Date(Number(BigInt(ns) / 1_000_000n)).toISOString().slice(0, 19)}.${(BigInt(ns) % 1_000_000_000n).toString().padStart(9, '0')}Z`;
const KINDS: Readonly<Record<number, string>> = { 2: 'RPC_SERVER', 3: 'RPC_CLIENT' };
const ERROR = 2;

export function cloudTraceOf({ resourceSpans }: OtlpDocument, projectId: string): object {
  const spans = resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans.map((span) => spanOf(span, textObject(resource?.attributes ?? [])))));
  return { projectId, traceId: resourceSpans[0]!.scopeSpans[0]!.spans[0]!.traceId, spans };
}

function spanOf(span: OtlpSpan, resource: Readonly<Record<string, string>>): object {
  const attributes = textObject(span.attributes ?? []);
  const message = span.status?.code === ERROR ? { '/error/message': span.status.message ?? '' } : {};
  return {
    spanId: decimal(span.spanId), ...(span.parentSpanId === undefined ? {} : { parentSpanId: decimal(span.parentSpanId) }), kind: KINDS[span.kind ?? 0] ?? 'SPAN_KIND_UNSPECIFIED', name: span.name,
    startTime: date(span.startTimeUnixNano), ...(span.endTimeUnixNano === '0' ? {} : { endTime: date(span.endTimeUnixNano) }), labels: { ...resource, ...attributes, ...message },
  };
}
