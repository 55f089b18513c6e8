// What each path of the receiver does with a body. Traces are stored; metrics and logs are taken and let go, so that SDKs stay
// quiet: a later handler for logs goes into this table. Must not know HTTP beyond its path.
import { decodeOtlpJsonText } from '../../formats/otlpJson.ts';
import { decodeOtlpProto } from '../../formats/otlpProto.ts';
import { FormatError } from '../../formats/formatError.ts';
import { splitByTrace } from '../../model/splitByTrace.ts';
import type { IngestQueue } from './ingestQueue.ts';
import type { PartialSuccess } from './otlpResponse.ts';
import type { BodyType } from './requestGuard.ts';

/** undefined: success without remarks. Throws FormatError when the body is undecodable, and what the store throws. */
export type SignalHandler = (body: Uint8Array, type: BodyType) => Promise<PartialSuccess | undefined>;

export interface SignalOptions {
  readonly queue: IngestQueue;
  readonly log: (message: string) => void;
}

export function signalHandlers({ queue, log }: SignalOptions): ReadonlyMap<string, SignalHandler> {
  return new Map<string, SignalHandler>([
    ['/v1/traces', (body, type) => receiveTraces(queue, body, type)],
    ['/v1/metrics', notStored('metrics', 'rejectedDataPoints', log)],
    ['/v1/logs', notStored('logs', 'rejectedLogRecords', log)],
  ]);
}

async function receiveTraces(queue: IngestQueue, body: Uint8Array, type: BodyType): Promise<PartialSuccess | undefined> {
  const batch = type === 'protobuf' ? decodeOtlpProto(body) : decodeOtlpJsonText(utf8(body));
  const parts = splitByTrace([batch]);
  const nameless = parts.find(({ traceId }) => traceId === '');
  const without = nameless === undefined ? 0 : nameless.selections.reduce((sum, { rows, batch }) => sum + (rows?.length ?? batch.count), 0);
  const stored = nameless === undefined ? parts : parts.filter(({ traceId }) => traceId !== '');
  if (stored.length > 0) await queue.add({ batch, parts: stored });
  const rejected = batch.rejected + without;
  if (rejected === 0 && batch.warnings.length === 0) return undefined;
  const sentences = [
    ...(without > 0 ? [`${without} ${without === 1 ? 'span has' : 'spans have'} no valid trace id (16 bytes, not all zero).`] : []),
    ...batch.warnings,
  ];
  return { rejected, message: sentences.join(' ') || `${rejected} ${rejected === 1 ? 'span was' : 'spans were'} not readable.`, countName: 'rejectedSpans' };
}

function utf8(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new FormatError('The request is not JSON: its bytes are not UTF-8.', -1);
  }
}

/** Says so once a signal, then keeps silent: exporters repeat such remarks in every log line. */
function notStored(signal: string, countName: PartialSuccess['countName'], log: (message: string) => void): SignalHandler {
  let said = false;
  return () => {
    if (said) return Promise.resolve(undefined);
    said = true;
    log(`An exporter sends ${signal}, which are not stored; only traces are.`);
    return Promise.resolve({ rejected: 0, message: `Tracefall takes traces only: ${signal} are accepted and not stored.`, countName });
  };
}
