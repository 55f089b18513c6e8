// What moto's X-Ray itself answers about a trace: a plain request, as its own client would make it.
import { XRAY_REGION } from './send.ts';
import { xrayTraceId } from './xraySegments.ts';

export const MOTO_KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'tracefall-live-secret' };
/** moto reads from it which service is meant, and believes it. */
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/${XRAY_REGION}/xray/aws4_request, SignedHeaders=host, Signature=0`;

export async function askMoto<T>(url: string, path: string, body: unknown, signal: AbortSignal): Promise<T> {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' }, body: JSON.stringify(body), signal });
  return response.json() as Promise<T>;
}

/** Its documents, one a line. */
export async function motoTrace(url: string, traceId: string, signal: AbortSignal): Promise<string> {
  const { Traces } = await askMoto<{ readonly Traces: readonly { readonly Segments: readonly { readonly Document: string }[] }[] }>(url, '/Traces', { TraceIds: [xrayTraceId(traceId)] }, signal);
  return Traces.flatMap(({ Segments }) => Segments.map(({ Document }) => Document)).join('\n');
}
