// The real Zipkin takes the reference trace, shared span and all, lists it and gives it back.
import assert from 'node:assert/strict';
import { deadline, describeLive, eventually } from './live.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace } from './send/send.ts';

interface ZipkinSpan {
  readonly id: string;
  readonly traceId: string;
  readonly timestamp: number;
  readonly shared?: boolean;
}

describeLive('zipkin', (server) => {
  let sent: SentTrace;
  const get = async <T>(path: string): Promise<T> => (await fetch(`${server.url}${path}`, { signal: deadline() })).json() as Promise<T>;

  before(async () => (sent = await sendReferenceTrace(server, deadline())));

  it('gives the trace back', async () => {
    const spans = await eventually(() => get<readonly ZipkinSpan[]>(`/api/v2/trace/${sent.traceId}`));
    assert.equal(spans.length, 14);
    assert.equal(BigInt(Math.min(...spans.map(({ timestamp }) => timestamp))) * 1000n, sent.startUnixNano);
    const shared = spans.find((span) => span.shared === true);
    assert.equal(spans.filter(({ id }) => id === shared?.id).length, 2);
  });

  it('lists it among the erroring ones', async () => {
    const traces = await eventually(async () => {
      const found = await get<readonly (readonly ZipkinSpan[])[]>('/api/v2/traces?annotationQuery=error&limit=10');
      assert.ok(found.some((spans) => spans[0]?.traceId === sent.traceId));
      return found;
    });
    assert.ok(traces.length > 0);
  });
});
