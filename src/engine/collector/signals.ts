// What each path of the receiver does with a body. Traces are stored, log records with them as events of their spans; metrics are taken
// and let go, so that SDKs stay quiet. Must not know HTTP beyond its path.
import { LargeOtlpJson } from '../../formats/largeOtlpJson.ts';
import { decodeOtlpJsonText } from '../../formats/otlpJson.ts';
import { decodeLogsJson, decodeLogsProto } from '../../formats/otlpLogs.ts';
import { decodeOtlpProto } from '../../formats/otlpProto.ts';
import { FormatError } from '../../formats/formatError.ts';
import { JsonTextError } from '../../formats/jsonText.ts';
import { runInSlices, type Steps } from '../../model/slices.ts';
import type { SpanBatch } from '../../model/spanBatch.ts';
import { splitByTrace } from '../../model/splitByTrace.ts';
import { Pacer } from '../store/pacer.ts';
import type { IncomingRequest } from '../store/traceStore.ts';
import type { IngestQueue } from './ingestQueue.ts';
import type { PartialSuccess } from './otlpResponse.ts';
import type { BodyType } from './requestGuard.ts';
import { sliceRequest } from './requestSlices.ts';

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
    ['/v1/logs', (body, type) => receiveLogs(queue, body, type)],
  ]);
}

/** Under these names a reader looks for spans. */
const SPAN_LISTS = ['resourceSpans', 'resource_spans', 'batches', 'trace', 'result'];

interface Decoded {
  readonly batches: readonly SpanBatch[];
  readonly rejected: number;
  readonly warnings: ReadonlySet<string>;
}

async function receiveTraces(queue: IngestQueue, body: Uint8Array, type: BodyType): Promise<PartialSuccess | undefined> {
  const { batches, rejected, warnings } = type === 'json' ? await decodeJson(body) : await decodeInSlices(body);
  let nameless = 0;
  const requests: IncomingRequest[] = [];
  const pacer = new Pacer();
  for (const batch of batches) {
    await pacer.breathe();
    const parts = splitByTrace([batch]);
    const stored = parts.filter(({ traceId }) => traceId !== '');
    if (stored.length < parts.length) nameless += parts.at(-1)!.selections.reduce((sum, { rows }) => sum + (rows?.length ?? batch.count), 0);
    if (stored.length > 0) requests.push({ batch, parts: stored });
  }
  await Promise.all(requests.map((request) => queue.add(request)));
  const refused = rejected + nameless;
  if (refused === 0 && warnings.size === 0) return undefined;
  const sentences = [...(nameless > 0 ? [`${nameless} ${nameless === 1 ? 'span has' : 'spans have'} no valid trace id (16 bytes, not all zero).`] : []), ...warnings];
  return { rejected: refused, message: sentences.join(' ') || `${refused} ${refused === 1 ? 'span was' : 'spans were'} not readable.`, countName: 'rejectedSpans' };
}

/** Records of no trace are no failure of the sender's: they are let go in silence. */
async function receiveLogs(queue: IngestQueue, body: Uint8Array, type: BodyType): Promise<PartialSuccess | undefined> {
  const { traces } = type === 'json' ? decodeLogsJson(utf8(body)) : decodeLogsProto(body);
  if (traces.length > 0) await queue.add({ batch: decodeOtlpProto(NOTHING), parts: [], events: traces });
  return undefined;
}

const NOTHING = new Uint8Array(0);

/** About 8 ms of decoding at once. */
const MAX_WHOLE_JSON = 512 << 10;

async function decodeJson(body: Uint8Array): Promise<Decoded> {
  if (body.length > MAX_WHOLE_JSON) return decodeLargeJson(body);
  const text = utf8(body);
  let batch: SpanBatch;
  try {
    batch = decodeOtlpJsonText(text);
  } catch (error) {
    return asEmptyRequest(error, parsed(text));
  }
  return { batches: [batch], rejected: batch.rejected, warnings: new Set(batch.warnings) };
}

/** It is rewritten as protobuf in pieces, and sliced as such to be stored. */
async function decodeLargeJson(body: Uint8Array): Promise<Decoded> {
  const large = await inSlices(LargeOtlpJson.openSteps(body));
  try {
    const { bytes, rejected, warnings } = await inSlices(large.rewriteSteps());
    const decoded = await decodeInSlices(bytes);
    return { batches: decoded.batches, rejected: decoded.rejected + rejected, warnings: new Set([...warnings, ...decoded.warnings]) };
  } catch (error) {
    return asEmptyRequest(error, large.document);
  }
}

const inSlices = <T>(steps: Steps<T>): Promise<T> => {
  const pacer = new Pacer();
  return runInSlices(steps, { budgetMs: pacer.budgetMs, pause: () => pacer.pause() });
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A request without spans is a success, and fields that nobody knows are ignored (OTLP/HTTP, JSON encoding). Throws the error for any other. */
function asEmptyRequest(error: unknown, document: unknown): Decoded {
  const isOther = typeof document !== 'object' || document === null || Array.isArray(document) || SPAN_LISTS.some((name) => name in document);
  if (!(error instanceof FormatError) || error instanceof JsonTextError || isOther) throw error;
  const warnings = Object.keys(document).length === 0 ? [] : ['The request has no "resourceSpans", so nothing of it was stored.'];
  return { batches: [], rejected: 0, warnings: new Set(warnings) };
}

/** All of it is decoded before anything is stored: a request is refused whole. */
async function decodeInSlices(body: Uint8Array): Promise<Decoded> {
  const pacer = new Pacer();
  const batches: SpanBatch[] = [];
  for (const slice of sliceRequest(body)) {
    await pacer.breathe();
    batches.push(decodeOtlpProto(slice));
  }
  return { batches, rejected: batches.reduce((sum, batch) => sum + batch.rejected, 0), warnings: new Set(batches.flatMap((batch) => batch.warnings)) };
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
    log(`An exporter sends ${signal}, which are not stored; traces and logs are.`);
    return Promise.resolve({ rejected: 0, message: `Tracefall takes traces and logs: ${signal} are accepted and not stored.`, countName });
  };
}
