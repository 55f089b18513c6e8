// Sends a trace by OTLP over HTTP, as JSON or protobuf: to Jaeger, Phoenix (protobuf only) and our own collector.
// The protobuf comes from the tests' own schema, not from the writer that is under test.
import { tracesDataType } from '../../support/otlpSchema.ts';
import type { OtlpDocument } from './otlpTypes.ts';

const IDS = new Set(['traceId', 'spanId', 'parentSpanId']);

export function otlpBytes(document: OtlpDocument): Uint8Array<ArrayBuffer> {
  const type = tracesDataType();
  const message = JSON.parse(JSON.stringify(document), (key, value: unknown) => (IDS.has(key) && typeof value === 'string' ? Buffer.from(value, 'hex').toString('base64') : value)) as Record<string, unknown>;
  return new Uint8Array(type.encode(type.fromObject(message)).finish());
}

export async function sendOtlp(otlpUrl: string, document: OtlpDocument, encoding: 'json' | 'protobuf', signal: AbortSignal): Promise<void> {
  const json = encoding === 'json';
  const response = await fetch(`${otlpUrl}/v1/traces`, {
    method: 'POST', signal,
    headers: { 'content-type': json ? 'application/json' : 'application/x-protobuf' },
    body: json ? JSON.stringify(document) : otlpBytes(document),
  });
  const said = await response.text();
  if (!response.ok) throw new Error(`${otlpUrl} refused the trace with ${response.status}: ${said.slice(0, 500)}`);
}
