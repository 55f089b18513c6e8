// Answers of an OTLP/HTTP receiver in the encoding of the request: ExportTraceServiceResponse and google.rpc.Status
// (opentelemetry-proto trace_service.proto; google/rpc/status.proto). A success without remarks is an empty message.
import type { BodyType } from './requestGuard.ts';

/** google.rpc.Code */
const RPC_CODE: Readonly<Record<number, number>> = { 400: 3, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 429: 8, 500: 13, 501: 12, 503: 14 };

export const contentType = (type: BodyType): string => (type === 'protobuf' ? 'application/x-protobuf' : 'application/json');

/** `kind`: the name of the count in this signal's partial success. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
  readonly countName: 'rejectedSpans' | 'rejectedDataPoints' | 'rejectedLogRecords';
}

export function successBody(type: BodyType, partial: PartialSuccess | undefined): Buffer {
  if (partial === undefined) return Buffer.from(type === 'protobuf' ? '' : '{}');
  const { rejected, message, countName } = partial;
  if (type === 'json') return Buffer.from(JSON.stringify({ partialSuccess: { ...(rejected > 0 ? { [countName]: String(rejected) } : {}), errorMessage: message } }));
  // partial_success is field 1; in it the count is field 1 and the message field 2, for every signal.
  return lengthDelimited(1, Buffer.concat([rejected > 0 ? varintField(1, rejected) : Buffer.alloc(0), lengthDelimited(2, Buffer.from(message))]));
}

export function statusBody(type: BodyType, httpStatus: number, message: string): Buffer {
  const code = RPC_CODE[httpStatus] ?? 2;
  if (type === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.concat([varintField(1, code), lengthDelimited(2, Buffer.from(message))]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

const varintField = (field: number, value: number): Buffer => Buffer.concat([varint(field << 3), varint(value)]);
const lengthDelimited = (field: number, body: Buffer): Buffer => Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
