// OpenTelemetry's Python SDK sends to our collector by HTTP, and by gRPC to a real server that takes it: the sender is known to work
// before anybody blames a receiver.
import assert from 'node:assert/strict';
import { runCollector, until } from '../support/collectorFixture.ts';
import { deadline, describeLive, eventually, liveServer } from './live.ts';
import { sendFromPython } from './send/python.ts';

describeLive('otlp-python', (server) => {
  const python = server.python!;

  for (const gzip of [false, true]) {
    it(`sends spans and logs to our collector by HTTP${gzip ? ', gzipped' : ''}`, async () => {
      const running = await runCollector();
      try {
        const sent = await sendFromPython(python, { protocol: 'http', endpoint: running.collector.state.endpoint!, service: 'python-app', gzip }, deadline());
        assert.equal(sent.flushed, true);
        const store = running.collector.store!;
        await until('the trace is stored', async () => (await store.loadTrace(sent.traceId, deadline())) !== undefined);
        const stored = await store.loadTrace(sent.traceId, deadline());
        assert.equal(stored!.batches.reduce((sum, batch) => sum + batch.count, 0), 2);
      } finally {
        await running.stop();
      }
    });
  }

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
