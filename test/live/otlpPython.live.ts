// OpenTelemetry's Python SDK sends to our collector by HTTP, and by gRPC to a real server that takes it: the sender is known to work
// before anybody blames a receiver.
import assert from 'node:assert/strict';
import { readTraceFile } from '../../src/formats/fileReader.ts';
import { decodeOtlpJson } from '../../src/formats/otlpJson.ts';
import { decodeSpan } from '../../src/formats/spanDecoder.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { runCollector, until } from '../support/collectorFixture.ts';
import { pythonLosses } from '../support/losses/sdkSpans.ts';
import { checkLosses, factsOf } from '../support/sameTrace.ts';
import { deadline, describeLive, eventually, liveServer } from './live.ts';
import { printedByPython, sendFromPython } from './send/python.ts';
import { referenceTrace, renewal } from './send/reference.ts';

describeLive('otlp-python', (server) => {
  const python = server.python!;

  for (const protocol of ['http', 'grpc'] as const) {
    for (const gzip of [false, true]) {
      it(`sends spans and logs to our collector by ${protocol}${gzip ? ', gzipped' : ''}; the logged exception is its span’s`, async () => {
        const running = await runCollector({ grpcPort: 0 });
        try {
          await until('both ports are served', () => running.collector.state.grpcEndpoint !== undefined, 20_000);
          const { endpoint, grpcEndpoint } = running.collector.state;
          const sent = await sendFromPython(python, { protocol, endpoint: protocol === 'http' ? endpoint! : `http://${grpcEndpoint}`, service: 'python-app', gzip }, deadline());
          assert.equal(sent.flushed, true);
          const store = running.collector.store!;
          await until('the trace is stored', async () => (await store.loadTrace(sent.traceId, deadline())) !== undefined);
          const { batches, notes } = (await store.loadTrace(sent.traceId, deadline()))!;
          const spans = batches.flatMap((batch) => Array.from({ length: batch.count }, (_, k) => decodeSpan(batch, k)));
          assert.equal(spans.length, 2);
          const events = spans.flatMap((span) => span.events.map(({ name }) => name));
          assert.deepEqual([events.includes('log'), events.includes('exception'), notes], [true, true, []], JSON.stringify(events));
        } finally {
          await running.stop();
        }
      });
    }
  }

  it('prints the reference trace to the console, and it is read from there but for the written losses', async () => {
    const { traceId, otlp } = await referenceTrace(renewal());
    const printed = await printedByPython(python, otlp, deadline());
    const { batches, format, warnings } = await readTraceFile(new TextEncoder().encode(printed), 'console');
    assert.deepEqual([format, warnings], ['OpenTelemetry Python spans', []]);
    const expected = factsOf(buildTrace(traceId, [{ batch: decodeOtlpJson(otlp) }]));
    checkLosses(expected, factsOf(buildTrace(traceId, batches.map((batch) => ({ batch })))), pythonLosses(expected), printed);
  });

  const jaeger = liveServer('jaeger');
  if (jaeger !== undefined) {
    it('sends spans to Jaeger by gRPC', async () => {
      const sent = await sendFromPython(python, { protocol: 'grpc', endpoint: jaeger.otlpGrpcUrl!, service: 'python-app' }, deadline());
      assert.equal(sent.flushed, true);
      await eventually(async () => {
        const { data } = (await (await fetch(`${jaeger.url}/api/traces/${sent.traceId}`, { signal: deadline() })).json()) as { readonly data: readonly { readonly spans: readonly unknown[] }[] };
        assert.equal(data[0]?.spans.length, 2);
      });
    });
  }
});
