// The built-in sample: one slow conversation of a support-chat pipeline, so that an empty view has something to show. Made anew
// each time with fresh ids and current times, and sent as any program would send it: through the real endpoint.
import { randomBytes } from 'node:crypto';
import { OtlpWriter, type WritableEvent } from '../formats/otlpWriter.ts';
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { BackendError } from './backends/backend.ts';
import { postBytes } from './http.ts';

type Values = Readonly<Record<string, AttributeValue>>;

interface SampleSpan {
  readonly service: string;
  readonly name: string;
  /** Place of the parent in the list; -1: the root. */
  readonly parent: number;
  readonly kind: 1 | 2 | 3 | 4 | 5;
  /** ms after the root's start. */
  readonly at: number;
  readonly ms: number;
  readonly values: Values;
  readonly failed?: string;
  readonly events?: readonly { readonly at: number; readonly name: string; readonly values: Values }[];
}

const [INTERNAL, SERVER, CLIENT] = [1, 2, 3] as const;

/** Product question without a metadata filter: 500 documents instead of 20, so the answer takes seconds. */
const SPANS: readonly SampleSpan[] = [
  { service: 'api-gateway', name: 'POST /chat', parent: -1, kind: SERVER, at: 0, ms: 6420, values: { 'http.request.method': 'POST', 'http.route': '/chat', 'http.response.status_code': 200n, 'code.function.name': 'handleChat', 'code.file.path': '/srv/api-gateway/src/chat.ts', 'code.line.number': 31n } },
  { service: 'auth', name: 'authenticate', parent: 0, kind: SERVER, at: 3, ms: 9, values: { 'enduser.id': 'user-4711', 'auth.method': 'bearer' } },
  { service: 'preprocessor', name: 'normalise question', parent: 0, kind: SERVER, at: 14, ms: 12, values: { 'question.language': 'en', 'question.category': 'product' } },
  { service: 'response-cache', name: 'cache lookup', parent: 0, kind: CLIENT, at: 28, ms: 4, values: { 'db.system.name': 'redis', 'db.operation.name': 'GET', 'cache.hit': false } },
  { service: 'retriever', name: 'retrieve', parent: 0, kind: SERVER, at: 34, ms: 214, values: { 'retrieval.documents': 500n, 'retrieval.filter': '', 'code.function.name': 'retrieve', 'code.file.path': '/srv/retriever/src/retrieve.ts', 'code.line.number': 24n } },
  { service: 'retriever', name: 'embeddings text-embedding-3-small', parent: 4, kind: CLIENT, at: 36, ms: 42, values: { 'gen_ai.operation.name': 'embeddings', 'gen_ai.request.model': 'text-embedding-3-small', 'gen_ai.usage.input_tokens': 14n } },
  { service: 'retriever', name: 'vector search', parent: 4, kind: CLIENT, at: 80, ms: 161, values: { 'db.system.name': 'qdrant', 'db.operation.name': 'search', 'db.response.returned_rows': 500n, 'db.query.limit': 500n } },
  { service: 'api-gateway', name: 'assemble context', parent: 0, kind: INTERNAL, at: 250, ms: 38, values: { 'context.documents': 500n, 'context.tokens': 48_700n, 'code.function.name': 'assembleContext', 'code.file.path': '/srv/api-gateway/src/context.ts', 'code.line.number': 12n } },
  {
    service: 'llm', name: 'chat gpt-4.1-mini', parent: 0, kind: CLIENT, at: 290, ms: 6061,
    values: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4.1-mini', 'gen_ai.usage.input_tokens': 48_731n, 'gen_ai.usage.output_tokens': 212n, 'gen_ai.response.finish_reasons': ['stop'] },
    events: [{ at: 5120, name: 'first token', values: { 'gen_ai.token.index': 0n } }],
  },
  { service: 'postprocessor', name: 'parse answer', parent: 0, kind: SERVER, at: 6354, ms: 21, values: { 'answer.length': 1043n, 'answer.citations': 3n } },
  {
    service: 'postprocessor', name: 'check citations', parent: 9, kind: INTERNAL, at: 6358, ms: 14, values: { 'citations.checked': 3n, 'citations.missing': 1n }, failed: 'citation 3 is not among the documents',
    events: [{ at: 6369, name: 'exception', values: { 'exception.type': 'CitationError', 'exception.message': 'citation 3 is not among the documents', 'exception.stacktrace': 'CitationError: citation 3 is not among the documents\n    at checkCitations (/srv/postprocessor/src/citations.ts:47:11)\n    at parseAnswer (/srv/postprocessor/src/parse.ts:18:3)' } }],
  },
  { service: 'response-cache', name: 'cache store', parent: 0, kind: CLIENT, at: 6378, ms: 5, values: { 'db.system.name': 'redis', 'db.operation.name': 'SET' } },
];

export interface SampleTrace {
  readonly traceId: string;
  /** An OTLP/protobuf request. */
  readonly bytes: Uint8Array;
}

/** Ends now. `random` gives that many bytes. */
export function makeSampleTrace(nowMs: number, random: (bytes: number) => Uint8Array = randomBytes): SampleTrace {
  const traceId = hexOf(random(16));
  const ids = SPANS.map(() => hexOf(random(8)));
  const start = BigInt(nowMs - SPANS[0]!.ms) * 1_000_000n;
  const at = (ms: number): bigint => start + BigInt(ms) * 1_000_000n;
  const writer = new OtlpWriter();
  for (const service of new Set(SPANS.map((span) => span.service))) {
    writer.beginResource(attributes({ 'service.name': service, 'service.version': '1.0.0', 'telemetry.sdk.language': 'nodejs', 'deployment.environment.name': 'sample' }));
    writer.beginScope({ name: 'tracefall.sample' });
    SPANS.forEach((span, i) => {
      if (span.service !== service) return;
      writer.span({
        traceId,
        spanId: ids[i]!,
        parentSpanId: ids[span.parent] ?? '',
        name: span.name,
        kind: span.kind,
        startUnixNano: at(span.at),
        endUnixNano: at(span.at + span.ms),
        attributes: attributes(span.values),
        events: (span.events ?? []).map((event): WritableEvent => ({ timeUnixNano: at(event.at), name: event.name, attributes: attributes(event.values) })),
        ...(span.failed === undefined ? {} : { statusCode: 2, statusMessage: span.failed }),
      });
    });
    writer.endScope();
    writer.endResource();
  }
  return { traceId, bytes: writer.finish() };
}

/** Answers the trace id. Throws BackendError with what to do. */
export async function sendSampleTrace(endpoint: string | undefined, signal: AbortSignal): Promise<string> {
  if (endpoint === undefined) throw new BackendError('network', 'Nobody listens for traces: start the collector, then send the sample again.');
  const sample = makeSampleTrace(Date.now());
  const answer = await postBytes(`${endpoint}/v1/traces`, sample.bytes, 'application/x-protobuf', signal);
  if (answer.status === 429 || answer.status === 503) throw new BackendError('rateLimit', `The collector at ${endpoint} is busy (${answer.status}); send the sample again in a moment.`);
  if (answer.status !== 200) throw new BackendError('badData', `The collector at ${endpoint} refused the sample trace (HTTP ${answer.status}).`);
  return sample.traceId;
}

function attributes(values: Values): Attribute[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
