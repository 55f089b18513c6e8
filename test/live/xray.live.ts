// moto's X-Ray takes the reference trace from botocore and gives it back to a plain request.
import assert from 'node:assert/strict';
import { deadline, describeLive } from './live.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace, XRAY_REGION } from './send/send.ts';
import { xrayTraceId } from './send/xraySegments.ts';

interface Segment {
  readonly name: string;
  readonly subsegments?: readonly Segment[];
}

/** moto reads from it which service is meant, and believes it. */
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/${XRAY_REGION}/xray/aws4_request, SignedHeaders=host, Signature=0`;

describeLive('xray', (server) => {
  let sent: SentTrace;
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' }, body: JSON.stringify(body), signal: deadline() });
    return response.json() as Promise<T>;
  };

  before(async () => (sent = await sendReferenceTrace(server, deadline())));

  it('lists the trace', async () => {
    const { TraceSummaries } = await post<{ readonly TraceSummaries: readonly { readonly Id: string; readonly HasFault: boolean }[] }>('/TraceSummaries', { StartTime: Number(sent.startUnixNano / 1_000_000_000n) - 60, EndTime: Number(sent.endUnixNano / 1_000_000_000n) + 60 });
    // Only a segment's fault is the trace's; ours is in a subsegment whose segment went well.
    assert.deepEqual(TraceSummaries.filter(({ Id }) => Id === xrayTraceId(sent.traceId)).map(({ HasFault }) => HasFault), [false]);
  });

  it('gives every span back in nested documents', async () => {
    const { Traces } = await post<{ readonly Traces: readonly { readonly Segments: readonly { readonly Document: string }[] }[] }>('/Traces', { TraceIds: [xrayTraceId(sent.traceId)] });
    const queue = Traces.flatMap(({ Segments }) => Segments.map(({ Document }) => JSON.parse(Document) as Segment));
    const names: string[] = [];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      names.push(next.name);
      queue.push(...(next.subsegments ?? []));
    }
    assert.equal(names.length, 14);
    assert.ok(names.includes('parse_answer'));
  });
});
