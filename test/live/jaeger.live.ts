// The real Jaeger takes the reference trace and gives it back by both query APIs; and lies where recorded/README says it does.
import assert from 'node:assert/strict';
import { deadline, describeLive, eventually } from './live.ts';
import { sendOtlp } from './send/otlp.ts';
import { poisonTrace, type SentTrace } from './send/reference.ts';
import { sendReferenceTrace } from './send/send.ts';

describeLive('jaeger', (server) => {
  let sent: SentTrace;
  const get = (path: string): Promise<Response> => fetch(`${server.url}${path}`, { signal: deadline() });

  before(async () => (sent = await sendReferenceTrace(server, deadline())));

  it('gives the trace back by v1', async () => {
    const spans = await eventually(async () => {
      const { data } = (await (await get(`/api/traces/${sent.traceId}`)).json()) as { readonly data: readonly { readonly spans: readonly { readonly spanID: string; readonly startTime: number }[] }[] };
      assert.equal(data[0]?.spans.length, 14);
      return data[0].spans;
    });
    const sentSpans = sent.otlp.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    assert.deepEqual(spans.map(({ spanID }) => spanID).sort(), sentSpans.map(({ spanId }) => spanId).sort());
  });

  it('gives the trace back by v3, to the nanosecond', async () => {
    const { result } = (await (await get(`/api/v3/traces/${sent.traceId}`)).json()) as { readonly result: SentTrace['otlp'] };
    const starts = (otlp: SentTrace['otlp']): readonly string[] => otlp.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans.map((span) => `${span.spanId} ${span.startTimeUnixNano}`))).sort();
    assert.deepEqual(starts(result), starts(sent.otlp));
  });

  it('answers 500 for a trace with NaN by v1, and the trace by v3', async () => {
    const poison = await poisonTrace();
    await sendOtlp(server.otlpUrl!, poison.otlp, 'json', deadline());
    await eventually(async () => assert.equal((await get(`/api/v3/traces/${poison.traceId}`)).status, 200));
    const response = await get(`/api/traces/${poison.traceId}`);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /unsupported value: (NaN|\+Inf)/);
  });
});
