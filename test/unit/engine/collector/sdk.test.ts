// OpenTelemetry's own JS exporters into a running collector: traces and logs, over HTTP (protobuf, JSON) and gRPC, plain and gzipped.
// The log record of an exception comes out as an exception of its span.
import assert from 'node:assert/strict';
import { SpanStatusCode, TraceFlags, trace, context } from '@opentelemetry/api';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { TracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace';
import { decodeSpan } from '../../../../src/formats/spanDecoder.ts';
import { SpanFlag } from '../../../../src/model/spanBatch.ts';
import { buildTrace } from '../../../../src/model/traceBuilder.ts';
import { runCollector, until, type RunningCollector } from '../../../support/collectorFixture.ts';

const gzip = { compression: 'gzip' } as unknown as { compression: never };

describe('OpenTelemetry’s JS exporters', function () {
  this.timeout(30_000);
  let running: RunningCollector;
  before(async () => {
    running = await runCollector({ grpcPort: 0 });
    await until('gRPC is served', () => running.collector.state.grpcEndpoint !== undefined, 15_000);
  });
  after(() => running.stop());

  const http = (path: string): string => `${running.collector.state.endpoint}${path}`;
  const grpcUrl = (): string => `http://${running.collector.state.grpcEndpoint}`;
  const TRACES: readonly (readonly [name: string, make: () => SpanExporter])[] = [
    ['HTTP protobuf', () => new ProtoTraces({ url: http('/v1/traces') })],
    ['HTTP protobuf, gzip', () => new ProtoTraces({ url: http('/v1/traces'), ...gzip })],
    ['HTTP JSON', () => new JsonTraces({ url: http('/v1/traces') })],
    ['gRPC', () => new GrpcTraces({ url: grpcUrl() })],
    ['gRPC, gzip', () => new GrpcTraces({ url: grpcUrl(), ...gzip })],
  ];
  for (const [name, make] of TRACES) {
    it(`traces over ${name}`, async () => {
      const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: make() })] });
      const tracer = provider.getTracer('test');
      const root = tracer.startSpan(`over ${name}`);
      tracer.startSpan('child', {}, trace.setSpan(context.active(), root)).setStatus({ code: SpanStatusCode.ERROR, message: 'no' }).end();
      root.end();
      await provider.forceFlush();
      await provider.shutdown();
      const stored = await running.collector.store!.loadTrace(root.spanContext().traceId);
      const built = buildTrace(root.spanContext().traceId, stored!.batches.map((batch) => ({ batch })));
      assert.deepEqual([built.spans, built.errors, built.strings[built.name[0]!]], [2, 1, `over ${name}`]);
    });
  }

  for (const [name, make] of [['HTTP protobuf', () => new ProtoLogs({ url: http('/v1/logs') })], ['gRPC', () => new GrpcLogs({ url: grpcUrl() })], ['gRPC, gzip', () => new GrpcLogs({ url: grpcUrl(), ...gzip })]] as const) {
    it(`logs over ${name}: before their span, and an exception counts as one`, async () => {
      const traces = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: new ProtoTraces({ url: http('/v1/traces') }) })] });
      const span = traces.getTracer('test').startSpan('work');
      const { traceId, spanId } = span.spanContext();
      const logs = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: make() } as never)] });
      const at = trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
      logs.getLogger('app').emit({ body: 'a line', severityText: 'INFO', context: at });
      logs.getLogger('app').emit({ attributes: { 'exception.type': 'TypeError', 'exception.message': 'no' }, context: at });
      logs.getLogger('app').emit({ body: 'of no trace' });
      await logs.forceFlush();
      await logs.shutdown();
      span.end();
      await traces.forceFlush();
      await traces.shutdown();
      const stored = await running.collector.store!.loadTrace(traceId);
      const [batch] = stored!.batches;
      assert.deepEqual(decodeSpan(batch!, 0).events.map(({ name: event }) => event), ['log', 'exception']);
      assert.ok((batch!.flags[0]! & SpanFlag.exception) !== 0);
      assert.deepEqual(stored!.notes, []);
    });
  }
});
