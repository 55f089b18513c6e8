// Listing 100 traces and opening a long one from every system, beside fetch and JSON.parse (protobufjs) of the same bytes: what a system's answers
// cost beyond having them. `node test/bench/backends.bench.ts zipkin x-ray` measures some. The answers are those of the strict fakes, recorded once and replayed from memory by another thread. Requests and bytes
// stand beside the fewest possible. A list of whole traces (Jaeger v1, Zipkin) takes three requests by what a search may move: ten first, then as
// many as fit, and a page that was full is asked for again in halves of its time. Where the ratio is above the target, the answer's own
// JSON.parse is a quarter to a half of it; most of what is left turns its objects into OTLP's bytes, which the peer does not.
import { Worker } from 'node:worker_threads';
import { kindOf } from '../../src/engine/backends/registry.ts';
import { Connections } from '../../src/engine/connections.ts';
import { undiciTransport } from '../../src/engine/http.ts';
import type { Transport } from '../../src/engine/network/connectionClient.ts';
import { buildOpenTrace } from '../../src/engine/openTraces.ts';
import type { ConnectionConfig } from '../../src/protocol/connections.ts';
import { tracesDataType } from '../support/otlpSchema.ts';
import { NOW_MS, release, SYSTEMS, type BenchSystem } from './backendData.ts';
import { keyOf, type Recorded } from './replayServer.ts';

const RUNS = 20;
const WARM_UP = 4;
const TARGET = 1.3;
const HOUR_NS = 3_600_000_000_000n;
const signal = new AbortController().signal;

interface Session {
  readonly list: () => Promise<unknown>;
  readonly open: () => Promise<unknown>;
  close(): Promise<void>;
}

/** A connection that was asked before, as one in use is. */
async function connect({ config, secrets = {}, service, big }: BenchSystem, url: string, transport: Transport): Promise<Session> {
  const whole: ConnectionConfig = { id: 'bench', name: 'bench', ...config, url };
  const connections = new Connections({ transport: () => transport, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), stateChanged: () => undefined, tracesChanged: () => undefined, now: () => NOW_MS });
  connections.configure({ connections: [whole], secrets: { bench: secrets }, network: { noProxy: [], proxyStrictSSL: true, systemCertificates: false } });
  const { backend, close } = connections.connect(whole);
  const { spans: _spans, ...ref } = big;
  return {
    // Asked anew every time: what was listed before does not count.
    list: async () => {
      const { traces } = await backend.search({ group: 'recent', sort: 'newest', limit: 100, askedAtMs: NOW_MS + 1, ...(service === undefined ? {} : { service }) }, signal);
      if (traces.length !== 100) throw new Error(`${whole.kind} lists ${traces.length}`);
    },
    open: async () => {
      const { trace } = await buildOpenTrace({ connection: 'bench', ...ref }, () => backend.trace(ref, signal), signal);
      if (trace.spans !== big.spans) throw new Error(`${whole.kind} opens ${trace.spans} spans of ${big.spans}`);
    },
    close: async () => void (await close()),
  };
}

interface Exchange {
  readonly method: string;
  readonly target: string;
  readonly sent: string | Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: Recorded;
}

/** What was asked and answered, in order. */
function recording(transport: Transport, seen: Exchange[]): Transport {
  return {
    send: async (request, aborted) => {
      const { status, headers, body, wireBytes } = await transport.send(request, aborted);
      seen.push({ method: request.method, target: `${request.url.pathname}${request.url.search}`, sent: request.body, headers: request.headers, answer: { status, type: headers['content-type'] ?? '', body } });
      return { status, headers, body, wireBytes };
    },
    close: () => transport.close(),
  };
}

/** What a program does that only wants to have the answers. */
async function peer(url: string, exchanges: readonly Exchange[]): Promise<void> {
  for (const { method, target, sent, headers } of exchanges) {
    const answer = await fetch(`${url}${target}`, { method, headers: { accept: headers['accept'] ?? '*/*' }, ...(sent === undefined ? {} : { body: typeof sent === 'string' ? sent : new Uint8Array(sent) }) });
    const type = answer.headers.get('content-type') ?? '';
    if (type.includes('protobuf')) parsedProtobuf(new Uint8Array(await answer.arrayBuffer()));
    else if (type.includes('json')) await answer.json();
    else await answer.text();
  }
}

const message = tracesDataType();
/** Tempo's v2 answer holds the trace in its first field. */
function parsedProtobuf(bytes: Uint8Array): void {
  let at = 1;
  while ((bytes[at]! & 0x80) !== 0) at++;
  message.decode(bytes.subarray(at + 1));
}

/** ms. On a machine that does other things as well, the best run says what the code takes. */
interface Figures {
  readonly median: number;
  readonly best: number;
}

/** `before`: not measured. No forced collections in between: they throw away the shapes of parsed objects, and the code that was compiled for them. */
async function measure(work: () => Promise<unknown>, before: () => Promise<void> = async () => undefined): Promise<Figures> {
  const times: number[] = [];
  for (let run = 0; run < RUNS + WARM_UP; run++) {
    await before();
    const from = performance.now();
    await work();
    if (run >= WARM_UP) times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return { median: times[RUNS >> 1]!, best: times[0]! };
}

async function replay(answers: ReadonlyMap<string, Recorded>): Promise<{ readonly url: string; close(): Promise<unknown> }> {
  const worker = new Worker(new URL('replayServer.ts', import.meta.url), { workerData: answers, execArgv: [] });
  const port = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  return { url: `http://127.0.0.1:${port}`, close: () => worker.terminate() };
}

/** Of a list of exactly these 100, asked for at once: one page of the window that holds them. */
async function leastListBytes({ config, secrets = {}, service }: BenchSystem, transport: Transport): Promise<number> {
  const connections = new Connections({ transport: () => transport, slow: () => ({ minSamples: 20, percentile: 90, factor: 1.5 }), stateChanged: () => undefined, tracesChanged: () => undefined, now: () => NOW_MS });
  const whole: ConnectionConfig = { id: 'least', name: 'least', ...config };
  const { client } = connections.open(whole, secrets);
  const source = kindOf(whole.kind).source({ config: whole, http: client, now: () => NOW_MS, changed: () => undefined });
  await source.prepare?.(signal);
  const endNs = BigInt(NOW_MS) * 1_000_000n;
  const page = (): ReturnType<typeof source.page> => source.page({ window: { startNs: endNs - HOUR_NS, endNs }, limit: 100, ...(service === undefined ? {} : { service }) }, signal);
  await page();
  const before = client.usage.bytes;
  await page();
  return client.usage.bytes - before;
}

interface Recording {
  readonly answers: ReadonlyMap<string, Recorded>;
  readonly parts: readonly { readonly what: 'list' | 'open'; readonly exchanges: readonly Exchange[] }[];
  readonly leastListBytes: number;
}

async function record(system: BenchSystem): Promise<Recording> {
  const inner = undiciTransport();
  const seen: Exchange[] = [];
  const session = await connect(system, system.config.url!, recording(inner, seen));
  const answers = new Map<string, Recorded>();
  const parts: Recording['parts'][number][] = [];
  try {
    for (const what of ['list', 'open'] as const) {
      // Twice: what is found out once (versions, tables) is no part of it.
      for (let turn = 0; turn < 2; turn++) {
        seen.length = 0;
        await session[what]();
        for (const { method, target, sent, answer } of seen) answers.set(keyOf(method, target, sent), answer);
      }
      parts.push({ what, exchanges: [...seen] });
    }
    return { answers, parts, leastListBytes: await leastListBytes(system, inner) };
  } finally {
    await session.close();
    await inner.close();
  }
}

async function bench(name: string, make: () => Promise<BenchSystem>): Promise<void> {
  const system = await make();
  const { answers, parts, leastListBytes: leastBytes } = await record(system);
  await system.close();
  release();
  const stub = await replay(answers);
  const transport = undiciTransport();
  let ours = await connect(system, stub.url, transport);
  // A connection that has asked as often as its quota lets it would wait.
  const fresh = system.config.kind === 'cloudTrace' ? async (): Promise<void> => void (ours = await connect(system, stub.url, transport)) : undefined;
  try {
    for (const { what, exchanges } of parts) {
      const mine = await measure(() => ours[what](), fresh);
      const theirs = await measure(() => peer(stub.url, exchanges));
      const bytes = exchanges.reduce((sum, { answer }) => sum + answer.body.length, 0);
      const label = what === 'list' ? 'list 100' : `open ${system.big.spans.toLocaleString('en')} spans`;
      const least = what === 'list' ? leastBytes : bytes;
      console.log(`${`${name}: ${label}`.padEnd(38)} ${mine.median.toFixed(1).padStart(7)} ms   peer ${theirs.median.toFixed(1).padStart(6)} ms: ${(mine.median / theirs.median).toFixed(2)} ×   target ≤ ${TARGET} × ${mine.median <= TARGET * theirs.median ? '✓' : '✗'}   best ${mine.best.toFixed(1)} and ${theirs.best.toFixed(1)} ms: ${(mine.best / theirs.best).toFixed(2)} ×   requests ${exchanges.length} of ≥ ${system.least[what]}, ${(bytes / 1000).toFixed(0)} kB of ≥ ${(least / 1000).toFixed(0)}`);
    }
  } finally {
    await transport.close();
    await stub.close();
  }
}

const wanted = process.argv.slice(2).map((word) => word.toLowerCase());
for (const [name, make] of Object.entries(SYSTEMS)) if (wanted.length === 0 || wanted.some((word) => name.toLowerCase().includes(word))) await bench(name, make);
// Libraries leave timers.
process.exit(0);
