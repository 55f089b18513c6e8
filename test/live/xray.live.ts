// moto's X-Ray takes the reference trace from botocore and gives it back to a plain request.
import assert from 'node:assert/strict';
import { undiciTransport } from '../../src/engine/http.ts';
import { awsAuthorizer } from '../../src/engine/network/awsAuthorizer.ts';
import type { WireRequest } from '../../src/engine/network/connectionClient.ts';
import type { ConnectionConfig } from '../../src/protocol/connections.ts';
import { deadline, describeLive } from './live.ts';
import { askMoto, MOTO_KEYS } from './send/moto.ts';
import { runPython } from './send/python.ts';
import type { SentTrace } from './send/reference.ts';
import { sendReferenceTrace, XRAY_REGION } from './send/send.ts';
import { xrayTraceId } from './send/xraySegments.ts';

interface Segment {
  readonly name: string;
  readonly subsegments?: readonly Segment[];
}

describeLive('xray', (server) => {
  let sent: SentTrace;
  before(async () => (sent = await sendReferenceTrace(server, deadline())));

  it('lists the trace', async () => {
    const { TraceSummaries } = await askMoto<{ readonly TraceSummaries: readonly { readonly Id: string; readonly HasFault: boolean }[] }>(server.url!, '/TraceSummaries', { StartTime: Number(sent.startUnixNano / 1_000_000_000n) - 60, EndTime: Number(sent.endUnixNano / 1_000_000_000n) + 60 }, deadline());
    // Only a segment's fault is the trace's; ours is in a subsegment whose segment went well.
    assert.deepEqual(TraceSummaries.filter(({ Id }) => Id === xrayTraceId(sent.traceId)).map(({ HasFault }) => HasFault), [false]);
  });

  it('gives every span back in nested documents', async () => {
    const { Traces } = await askMoto<{ readonly Traces: readonly { readonly Segments: readonly { readonly Document: string }[] }[] }>(server.url!, '/Traces', { TraceIds: [xrayTraceId(sent.traceId)] }, deadline());
    const queue = Traces.flatMap(({ Segments }) => Segments.map(({ Document }) => JSON.parse(Document) as Segment));
    const names: string[] = [];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      names.push(next.name);
      queue.push(...(next.subsegments ?? []));
    }
    assert.equal(names.length, 14);
    assert.ok(names.includes('parse_answer'));
  });

  const config: ConnectionConfig = { id: 'x', kind: 'xray', name: 'X', url: server.url!, options: { region: XRAY_REGION }, auth: { type: 'aws' } };

  it('the signatures are what the vendor\'s own signer makes of the same requests', async () => {
    assert.ok(server.python !== undefined);
    const session = 'IQoJb3JpZ2luX2VjEHQ//example==';
    const transport = undiciTransport();
    const requests: { readonly url: string; readonly body: string; readonly region: string; readonly service: string; readonly sessionToken?: string }[] = [
      { url: `https://xray.${XRAY_REGION}.amazonaws.com/TraceSummaries`, body: '{"FilterExpression":"service(\\"käse\\")"}', region: XRAY_REGION, service: 'xray' },
      { url: `${server.url}/Traces`, body: '{"TraceIds":["1-5759e988-bd862e3fe1be46a994272793"]}', region: XRAY_REGION, service: 'xray', sessionToken: session },
      { url: 'https://search-a-b.eu-west-1.es.amazonaws.com/jaeger-span-*/_search?size=10&q=a%20b&b=', body: '{}', region: 'eu-west-1', service: 'es' },
    ];
    const signed = await Promise.all(requests.map(async ({ url, body, sessionToken, ...scope }) => {
      const wire: WireRequest = { method: 'POST', url: new URL(url), headers: {}, body, timeoutMs: 1, maxBytes: 1 };
      const own = { ...MOTO_KEYS, ...(sessionToken === undefined ? {} : { sessionToken }) };
      const headers = { host: wire.url.host, ...(await awsAuthorizer(config, own, transport, { signedAs: 'xray' }).headers(wire, deadline())) };
      return { method: 'POST', url, headers, body, ...own, ...scope };
    }));
    const judged = (await runPython(server.python, 'judge_signature.py', [], JSON.stringify(signed), deadline())) as readonly string[];
    assert.deepEqual(signed.map(({ headers }) => (headers as Record<string, string>)['authorization']), judged);
  });
});
