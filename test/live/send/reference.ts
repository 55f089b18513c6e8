// The reference trace of test/fixtures/recorded as something new each time: a trace id and span ids of its own and times just past,
// because servers drop what they have seen (Phoenix keys spans by id alone) and list what is recent. Only ids and times differ.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OtlpDocument } from './otlpTypes.ts';

const RECORDED = new URL('../../fixtures/recorded/', import.meta.url);
/** What is renewed in the recorded files. Other ids in them (a link's, an orphan's parent's) stay as they are. */
const REFERENCE = { file: 'reference-trace.otlp.json', traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanPrefix: 'a1b2c3d4e5f6' };
const POISON = { file: 'poison-trace.otlp.json', traceId: '5b8efff798038103d269b633813fc60c', spanPrefix: 'eee19b7ec3c1' };
const START = 1795221079000000000n;
/** The trace lies this long ago, so that it has ended by any clock. */
const AGE_MS = 60_000;

export interface Renewal {
  readonly traceId: string;
  readonly spanPrefix: string;
  readonly startUnixNano: bigint;
  /** Added to every time of the recorded trace. */
  readonly shiftNs: bigint;
}

export interface SentTrace {
  /** As hex of 32 digits. Its first 8 are its start in seconds, as X-Ray wants them. */
  readonly traceId: string;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** What was sent: what must come back, but for the losses of the server. */
  readonly otlp: OtlpDocument;
}

/** To the microsecond at the start: the finest that every server keeps. */
export function renewal(startMs = Date.now() - AGE_MS): Renewal {
  const start = BigInt(startMs) * 1_000_000n;
  return {
    traceId: Math.floor(startMs / 1000).toString(16).padStart(8, '0') + randomBytes(12).toString('hex'),
    spanPrefix: randomBytes(6).toString('hex'),
    startUnixNano: start,
    shiftNs: start - START,
  };
}

export function referenceTrace(by: Renewal = renewal()): Promise<SentTrace> {
  return recorded(REFERENCE, by);
}

/** One span with attributes NaN and Infinity: Jaeger answers 500 wherever it is in a v1 answer. */
export function poisonTrace(by: Renewal = renewal()): Promise<SentTrace> {
  return recorded(POISON, by);
}

async function recorded(source: Recorded, by: Renewal): Promise<SentTrace> {
  const otlp = JSON.parse(renewed(await readFile(new URL(source.file, RECORDED), 'utf8'), source, by)) as OtlpDocument;
  const spans = otlp.resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
  const times = spans.flatMap((span) => [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)]);
  return { traceId: by.traceId, startUnixNano: times.reduce((a, b) => (a < b ? a : b)), endUnixNano: times.reduce((a, b) => (a > b ? a : b)), otlp };
}

/** The same trace as Zipkin's own client library would report it, with a server half that shares its client's span id. */
export async function referenceZipkinSpans(by: Renewal): Promise<readonly unknown[]> {
  const spans = JSON.parse(renewed(await readFile(new URL('reference-trace.zipkin.json', RECORDED), 'utf8'), REFERENCE, by)) as readonly ZipkinTimes[];
  // That file was made at another minute than the other one: its own earliest time is the trace's start.
  const first = Math.min(...spans.map((span) => span.timestamp));
  const shift = Number((START + by.shiftNs) / 1000n) - first;
  return spans.map((span) => ({
    ...span,
    timestamp: span.timestamp + shift,
    ...(span.annotations === undefined ? {} : { annotations: span.annotations.map((annotation) => ({ ...annotation, timestamp: annotation.timestamp + shift })) }),
  }));
}

interface ZipkinTimes {
  readonly timestamp: number;
  readonly annotations?: readonly { readonly timestamp: number }[];
}

type Recorded = typeof REFERENCE;

function renewed(json: string, from: Recorded, { traceId, spanPrefix, shiftNs }: Renewal): string {
  return json
    .replaceAll(from.traceId, traceId)
    .replaceAll(from.spanPrefix, spanPrefix)
    .replaceAll(/("(?:startTimeUnixNano|endTimeUnixNano|timeUnixNano)":\s*")(\d+)"/g, (_, before: string, time: string) => `${before}${BigInt(time) + shiftNs}"`);
}
