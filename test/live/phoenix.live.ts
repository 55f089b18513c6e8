// The real Phoenix takes the reference trace by OTLP/protobuf and gives back what it keeps of it.
import assert from 'node:assert/strict';
import { deadline, describeLive, eventually } from './live.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace } from './send/send.ts';

interface PhoenixSpans {
  readonly data: readonly { readonly context: { readonly trace_id: string; readonly span_id: string }; readonly name: string }[];
}

describeLive('phoenix', (server) => {
  let sent: SentTrace;
  before(async () => (sent = await sendReferenceTrace(server, deadline())));

  it('gives the trace back, but for the orphan', async () => {
    const spans = await eventually(async () => {
      const response = await fetch(`${server.url}/v1/projects/default/spans?limit=100`, { signal: deadline() });
      const { data } = (await response.json()) as PhoenixSpans;
      const own = data.filter(({ context }) => context.trace_id === sent.traceId);
      assert.ok(own.length >= 13, `${own.length} spans`);
      return own;
    });
    assert.ok(spans.some(({ name }) => name === 'parse_answer'));
  });
});
