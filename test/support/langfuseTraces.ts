// Traces as a Langfuse project holds them: made by hand, or of OpenTelemetry spans as its ingestion keeps those (langfuse:
// packages/shared/src/server/otel/OtelIngestionProcessor.ts): times in whole ms, attributes plain in metadata; kind, events and links are dropped.
import type { FakeTrace, Loose } from './fakes/langfuse.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

export interface HandMade {
  readonly id?: string;
  readonly ms?: number;
  readonly failed?: boolean;
  readonly name?: string;
  /** More observations below the root, each 1 ms. */
  readonly below?: number;
  readonly trace?: Loose;
  readonly root?: Loose;
  readonly scores?: readonly Loose[];
}

/** A trace with one root that began at `startMs`. */
export function langfuseTrace(number: number, startMs: number, more: HandMade = {}): FakeTrace {
  const { id = `trace-${number}`, ms = 100, failed = false, name = 'support-chat', below = 1 } = more;
  const observation = (of: string, parent: string | null, from: number, to: number, rest: Loose): Loose => ({
    id: `${id}/${of}`, traceId: id, parentObservationId: parent, type: 'SPAN', name: of, level: 'DEFAULT', statusMessage: null, startTime: iso(from), endTime: iso(to), metadata: {}, ...rest,
  });
  const inner = Array.from({ length: below }, (_, k) => observation(`step ${k}`, `${id}/${name}`, startMs + 1, startMs + 2, k === 0 && failed ? { level: 'ERROR', statusMessage: 'it broke' } : {}));
  return { id, timestamp: iso(startMs), name, scores: more.scores ?? [], ...more.trace, observations: [observation(name, null, startMs, startMs + ms, more.root ?? {}), ...inner] };
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly attributes?: readonly OtlpAttribute[];
}
interface OtlpAttribute {
  readonly key: string;
  readonly value: Loose;
}
interface OtlpRequest {
  readonly resourceSpans: readonly { readonly resource: { readonly attributes: readonly OtlpAttribute[] }; readonly scopeSpans: readonly { readonly scope?: { readonly name?: string; readonly version?: string; readonly attributes?: readonly OtlpAttribute[] }; readonly spans: readonly OtlpSpan[] }[] }[];
}

/** What Langfuse's OTLP endpoint makes of a trace in OTLP/JSON. */
export function ingested(otlpJson: string): FakeTrace {
  const { resourceSpans } = JSON.parse(otlpJson) as OtlpRequest;
  const ms = (ns: string): string => iso(Number(BigInt(ns) / 1_000_000n));
  const spans = resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap(({ scope, spans: own }) => own.map((span) => ({ resource, scope, span }))));
  const root = spans.map(({ span }) => span).find(({ parentSpanId = '' }) => parentSpanId === '')!;
  const rootAttributes = plainObject(root.attributes);
  const observations = spans.map(({ resource, scope, span }): Loose => ({
    id: span.spanId, traceId: span.traceId, parentObservationId: (span.parentSpanId ?? '') === '' ? null : span.parentSpanId, type: span.attributes?.some(({ key }) => key === 'gen_ai.request.model') === true ? 'GENERATION' : 'SPAN',
    name: span.name, level: span.status?.code === 2 ? 'ERROR' : 'DEFAULT', statusMessage: span.status?.message ?? null, startTime: ms(span.startTimeUnixNano), endTime: span.endTimeUnixNano === '0' ? null : ms(span.endTimeUnixNano),
    metadata: { attributes: plainObject(span.attributes), resourceAttributes: plainObject(resource.attributes), scope: { name: scope?.name ?? '', version: scope?.version ?? '', attributes: plainObject(scope?.attributes) } },
    input: null, output: null, environment: 'staging',
  }));
  return { id: root.traceId, timestamp: ms(root.startTimeUnixNano), name: root.name, userId: rootAttributes['user.id'] ?? null, sessionId: rootAttributes['session.id'] ?? null, scores: [], observations };
}

const plainObject = (attributes: readonly OtlpAttribute[] = []): Loose => Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));

/** convertValueToPlainJavascript */
function plain(value: Loose): unknown {
  const { stringValue, doubleValue, boolValue, arrayValue, intValue } = value;
  if (arrayValue !== undefined) return ((arrayValue as { values: readonly Loose[] }).values ?? []).map(plain);
  return stringValue ?? doubleValue ?? boolValue ?? (intValue === undefined ? JSON.stringify(value) : Number(intValue));
}
