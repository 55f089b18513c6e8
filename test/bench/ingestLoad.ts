// Load for a collector, in a process of its own: closed loops over keep-alive connections that post OTLP requests with new trace ids.
// Arguments: one JSON of LoadOptions. Prints one JSON of LoadResult. Run by ingest.bench.ts and by fault tests.
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { generateTraces } from '../support/traceGenerator.ts';

export interface LoadOptions {
  readonly endpoint: string;
  readonly seconds: number;
  readonly connections: number;
  readonly traces: number;
  readonly spansPerTrace: number;
  readonly gzip?: boolean;
  readonly seed?: number;
}

export interface LoadResult {
  readonly spansPerSecond: number;
  readonly requestsPerSecond: number;
  readonly acknowledgedSpans: number;
  /** Answers other than 200, by status; 0: no answer. */
  readonly refused: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const TEMPLATES = 8;

interface Template {
  readonly bytes: Uint8Array;
  /** Where the spans' trace ids are. */
  readonly idOffsets: readonly number[];
}

function templates({ traces, spansPerTrace, seed = 7 }: LoadOptions): Template[] {
  return Array.from({ length: TEMPLATES }, (_, k) => {
    const bytes = generateTraces({ seed: seed * 100 + k, traces, spansPerTrace, firstTrace: k * traces });
    const batch = decodeOtlpProto(bytes);
    // Span.trace_id comes first: tag, length 16, then the id.
    const idOffsets = Array.from(batch.spanOffset, (offset) => offset + 2);
    if (idOffsets.some((offset) => bytes[offset - 2] !== 0x0a || bytes[offset - 1] !== 16)) throw new Error('The generator no longer writes the trace id first.');
    return { bytes, idOffsets };
  });
}

function nextBody({ bytes, idOffsets }: Template, counter: number): Uint8Array {
  for (const offset of idOffsets) {
    bytes[offset] = counter & 255;
    bytes[offset + 1] = (counter >>> 8) & 255;
    bytes[offset + 2] = (counter >>> 16) & 255;
    bytes[offset + 3] = counter >>> 24;
  }
  return Buffer.from(bytes);
}

function post(options: LoadOptions, agent: Agent, body: Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length, ...(options.gzip === true ? { 'content-encoding': 'gzip' } : {}) };
    const outgoing = request(`${options.endpoint}/v1/traces`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', () => resolve(0));
    });
    outgoing.on('error', () => resolve(0));
    outgoing.end(body);
  });
}

async function run(options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const made = templates(options);
  const latencies: number[] = [];
  const refused: Record<string, number> = {};
  let acknowledged = 0;
  let counter = (options.seed ?? 7) << 20;
  const from = performance.now();
  const until = from + options.seconds * 1000;
  const loop = async (k: number): Promise<void> => {
    for (let turn = k; performance.now() < until; turn++) {
      const plain = nextBody(made[turn % TEMPLATES]!, counter++);
      const body = options.gzip === true ? gzipSync(plain, { level: 1 }) : plain;
      const sent = performance.now();
      const status = await post(options, agent, body);
      if (status === 200) {
        acknowledged += options.traces * options.spansPerTrace;
        latencies.push(performance.now() - sent);
      } else {
        refused[status] = (refused[status] ?? 0) + 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  await Promise.all(Array.from({ length: options.connections }, (_, k) => loop(k)));
  const seconds = (performance.now() - from) / 1000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const quantile = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? NaN;
  return {
    spansPerSecond: acknowledged / seconds,
    requestsPerSecond: latencies.length / seconds,
    acknowledgedSpans: acknowledged,
    refused,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: latencies.at(-1) ?? NaN,
  };
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}') as LoadOptions)));
