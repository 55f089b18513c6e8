// OpenTelemetry as a service sets it up: one provider, OTLP over HTTP, W3C trace context. Where the spans go is the
// SDK's own OTEL_EXPORTER_OTLP_ENDPOINT.
import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { CodeAttributes } from './codeAttributes.ts';

export interface Telemetry {
  readonly tracer: Tracer;
  shutdown(): Promise<void>;
}

/** `code: false` is a service that was never told to say where its spans are made, as in life. */
export function startTelemetry(service: string, options: { readonly code: boolean }): Telemetry {
  const exporter = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 200 });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': '1.4.2',
      'service.instance.id': `${service}-${process.pid}`,
      'deployment.environment.name': 'demo',
      'telemetry.sdk.language': 'nodejs',
    }),
    spanProcessors: options.code ? [new CodeAttributes(), exporter] : [exporter],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return { tracer: trace.getTracer('support-chat', '1.4.2'), shutdown: () => provider.shutdown() };
}
