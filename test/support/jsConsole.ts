// A trace through OpenTelemetry's real JavaScript SDK, as its console exporter shows it: what it hands to console.dir, for making JSON of.
import { context, createTraceState, trace, TraceFlags, type AttributeValue, type SpanContext } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { ConsoleSpanExporter, SimpleSpanProcessor, TracerProvider, type IdGenerator } from '@opentelemetry/sdk-trace';
import type { OtlpAttribute, OtlpDocument, OtlpSpan, OtlpValue } from '../live/send/otlpTypes.ts';

/** The spans of OTLP/JSON, each as the exporter shows it, in their order. */
export async function shownByJsConsole({ resourceSpans }: OtlpDocument): Promise<readonly object[]> {
  const shown: object[] = [];
  const dir = console.dir;
  console.dir = (span: object) => void shown.push(span);
  try {
    for (const { resource, scopeSpans } of resourceSpans) {
      const ids = new GivenIds();
      const provider = new TracerProvider({ idGenerator: ids, resource: resourceFromAttributes(attributesOf(resource?.attributes)), spanProcessors: [new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() })] });
      for (const { scope, spans } of scopeSpans) {
        const tracer = provider.getTracer(scope?.name ?? '', scope?.version);
        for (const given of spans) {
          ids.given = given;
          const span = tracer.startSpan(given.name, {
            kind: Math.max(0, (given.kind ?? 1) - 1), attributes: attributesOf(given.attributes), startTime: hrTime(given.startTimeUnixNano),
            links: (given.links ?? []).map((link) => ({ context: spanContext(link.traceId, link.spanId, link.traceState), attributes: attributesOf(link.attributes) })),
          }, given.parentSpanId === undefined ? context.active() : trace.setSpanContext(context.active(), spanContext(given.traceId, given.parentSpanId, given.traceState)));
          for (const event of given.events ?? []) span.addEvent(event.name, attributesOf(event.attributes), hrTime(event.timeUnixNano));
          if (given.status?.code !== undefined && given.status.code > 0) span.setStatus({ code: given.status.code, ...(given.status.message === undefined ? {} : { message: given.status.message }) });
          span.end(hrTime(given.endTimeUnixNano));
        }
      }
      await provider.forceFlush();
    }
    return shown;
  } finally {
    console.dir = dir;
  }
}

class GivenIds implements IdGenerator {
  given: Pick<OtlpSpan, 'traceId' | 'spanId'> = { traceId: '', spanId: '' };
  generateTraceId = (): string => this.given.traceId;
  generateSpanId = (): string => this.given.spanId;
}

const spanContext = (traceId: string, spanId: string, state = ''): SpanContext => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true, ...(state === '' ? {} : { traceState: createTraceState(state) }) });
const hrTime = (nanos: string): [number, number] => [Number(BigInt(nanos) / 1_000_000_000n), Number(BigInt(nanos) % 1_000_000_000n)];

const attributesOf = (list: readonly OtlpAttribute[] = []): Record<string, AttributeValue> => Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value)]));

/** As a program gives it: integers are numbers there. What the SDK takes no attributes of, it leaves out itself. */
function valueOf(value: OtlpValue): AttributeValue {
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value;
  const given = stringValue ?? boolValue ?? (intValue === undefined ? undefined : Number(intValue)) ?? (doubleValue === undefined ? undefined : Number(doubleValue)) ?? (bytesValue === undefined ? undefined : Buffer.from(bytesValue, 'base64'));
  return (given ?? arrayValue?.values?.map(valueOf) ?? attributesOf(kvlistValue?.values)) as AttributeValue;
}
