// One trace into one server, by the wire that server takes: the start of every live test.
import type { LiveServer } from '../servers/server.ts';
import { CLICKHOUSE_VARIANTS, sendClickHouse } from './clickhouse.ts';
import { ELASTIC_VARIANTS, sendElastic } from './elastic.ts';
import { sendOtlp } from './otlp.ts';
import { runPython } from './python.ts';
import { referenceTrace, referenceZipkinSpans, renewal, type Renewal, type SentTrace } from './reference.ts';
import { xraySegments } from './xraySegments.ts';
import { sendZipkin } from './zipkin.ts';
import { zipkinSpans } from './zipkinSpans.ts';

export const XRAY_REGION = 'eu-central-1';

/** The reference trace with ids and times of its own; ClickHouse and OpenSearch get it in every variant. Answers what must come back. */
export async function sendReferenceTrace(server: LiveServer, signal: AbortSignal, by: Renewal = renewal()): Promise<SentTrace> {
  const sent = await referenceTrace(by);
  if (server.system === 'zipkin') await sendZipkin(urlOf(server), await referenceZipkinSpans(by), signal);
  else await sendTrace(server, sent, signal);
  return sent;
}

/** Any trace that is OTLP, into any server: by the wire of the exporter that would write it there. */
export async function sendTrace(server: LiveServer, { otlp }: Pick<SentTrace, 'otlp'>, signal: AbortSignal): Promise<void> {
  if (server.system === 'zipkin') await sendZipkin(urlOf(server), zipkinSpans(otlp), signal);
  else if (server.system === 'clickhouse') for (const variant of CLICKHOUSE_VARIANTS) await sendClickHouse(urlOf(server), variant, otlp, signal);
  else if (server.system === 'opensearch') for (const variant of ELASTIC_VARIANTS) await sendElastic(urlOf(server), variant, otlp, signal);
  else if (server.system === 'xray') {
    if (server.python === undefined) throw new Error('X-Ray is sent to by botocore, and its Python is not known.');
    const answer = (await runPython(server.python, 'put_segments.py', [urlOf(server), XRAY_REGION], JSON.stringify(xraySegments(otlp)), signal)) as { readonly unprocessed: readonly unknown[] };
    if (answer.unprocessed.length > 0) throw new Error(`X-Ray refused segments: ${JSON.stringify(answer.unprocessed).slice(0, 500)}`);
  } else if (server.otlpUrl !== undefined) await sendOtlp(server.otlpUrl, otlp, server.system === 'phoenix' ? 'protobuf' : 'json', signal);
  else throw new Error(`${server.system} takes no OTLP.`);
}

function urlOf(server: LiveServer): string {
  if (server.url === undefined) throw new Error(`${server.system} has no address.`);
  return server.url;
}
