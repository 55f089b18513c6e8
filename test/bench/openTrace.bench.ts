// Opening stored traces in the real engine worker, asked as the editor asks: 10k spans alone, then a million while others send.
// What counts beside the time to open: the longest wait of a sender (p99) and of a caller that asks for nothing.
import { DEFAULT_CONFIG } from '../../src/engine/defaultConfig.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { OtlpWriter } from '../../src/formats/otlpWriter.ts';
import { traceIdAt } from '../../src/model/ids.ts';
import type { SpanBatch } from '../../src/model/spanBatch.ts';
import { generateTraces } from '../support/traceGenerator.ts';
import { startEngine, until, type TestEngine } from '../unit/engine/engineWorker.ts';

const SPANS_A_REQUEST = 40_000;

function print(what: string, ms: number, target?: number): void {
  const verdict = target === undefined ? '' : `   target ≤ ${target} ms ${ms <= target ? '✓' : '✗'}`;
  console.log(`${what.padEnd(58)} ${ms.toFixed(1).padStart(8)} ms${verdict}`);
}

/** The spans of one large trace as requests a server would take. */
function* requestsOf(batch: SpanBatch): Generator<Uint8Array> {
  for (let from = 0; from < batch.count; from += SPANS_A_REQUEST) {
    const writer = new OtlpWriter(SPANS_A_REQUEST * 600);
    const to = Math.min(batch.count, from + SPANS_A_REQUEST);
    for (let i = from; i < to; ) {
      const resource = batch.resources[batch.resource[i]!]!;
      writer.beginResource(batch.bytes.subarray(resource.offset, resource.offset + resource.length));
      writer.beginScope();
      const which = batch.resource[i];
      for (; i < to && batch.resource[i] === which; i++) writer.rawSpan(batch.bytes.subarray(batch.spanOffset[i]!, batch.spanOffset[i]! + batch.spanLength[i]!));
      writer.endScope();
      writer.endResource();
    }
    yield writer.finish();
  }
}

async function store(engine: TestEngine, spans: number, seed: number): Promise<string> {
  const batch = decodeOtlpProto(generateTraces({ seed, traces: 1, spansPerTrace: spans }));
  for (const request of requestsOf(batch)) {
    for (;;) {
      const status = await engine.post(request);
      if (status === 200) break;
      if (status !== 429 && status !== 503) throw new Error(`HTTP ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  const traceId = traceIdAt(batch.traceId, 0);
  // The largest are counted exactly some seconds later, which costs as much as opening them: not while that is measured.
  await until('all its spans in the list', async () => {
    const page = await engine.rpc.call('list', { connection: 'collector', group: 'recent', sort: 'newest', limit: 10 });
    return page.traces.find(({ key, summary }) => key.traceId === traceId && summary.spans === spans && !summary.provisional);
  }, 120_000);
  return traceId;
}

/** Calls at once again and again until told; answers how long each took. */
function repeat(work: () => Promise<unknown>, pauseMs: number): () => Promise<number[]> {
  const times: number[] = [];
  const stop = new AbortController();
  const done = (async () => {
    while (!stop.signal.aborted) {
      const from = performance.now();
      await work();
      times.push(performance.now() - from);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  })();
  return async () => {
    stop.abort();
    await done;
    return times.sort((a, b) => a - b);
  };
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

async function openAll(engine: TestEngine, traceId: string): Promise<{ firstMs: number; overlayMs: number; longestChunkMs: number }> {
  const from = performance.now();
  const { head } = await engine.rpc.call('openTrace', { key: { connection: 'collector', traceId }, firstRows: 60 }, undefined, 0);
  const firstMs = performance.now() - from;
  let longestChunkMs = 0;
  for (let index = 1; index < head.chunks; index++) {
    const asked = performance.now();
    await engine.rpc.call('chunk', { openId: head.openId, index });
    longestChunkMs = Math.max(longestChunkMs, performance.now() - asked);
  }
  const asked = performance.now();
  await engine.rpc.call('overlay', { openId: head.openId, page: 0 });
  const overlayMs = performance.now() - asked;
  await engine.rpc.call('closeTrace', { openId: head.openId });
  return { firstMs, overlayMs, longestChunkMs };
}

const engine = await startEngine({ maxStoreBytes: 4 * DEFAULT_CONFIG.maxStoreBytes });
try {
  await engine.rpc.call('startCollector', {});
  const small = await store(engine, 10_000, 11);
  let best = Infinity;
  for (let run = 0; run < 8; run++) best = Math.min(best, (await openAll(engine, small)).firstMs);
  print('open a stored trace of 10k spans, first rows', best, 60);

  const large = await store(engine, 1_000_000, 12);
  const request = generateTraces({ seed: 13, traces: 25, spansPerTrace: 20 });
  const quiet = await (async () => {
    const stop = repeat(() => engine.post(request), 5);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return stop();
  })();
  print('ingest of 25 × 20 spans, nothing else going on, p99', at(quiet, 0.99));
  const stopSending = repeat(() => engine.post(request), 5);
  const stopAsking = repeat(() => engine.rpc.call('collectorState', {}), 1);
  const opened = await openAll(engine, large);
  const sent = await stopSending();
  const asked = await stopAsking();
  print('open a stored trace of 1M spans, first rows', opened.firstMs);
  print('  its overlay (critical path), first page', opened.overlayMs);
  print('  its slowest chunk', opened.longestChunkMs);
  print(`  ingest meanwhile (${sent.length} requests), p50`, at(sent, 0.5));
  print('  ingest meanwhile, p99', at(sent, 0.99), 250);
  print('  ingest meanwhile, longest', at(sent, 1));
  print(`  another call meanwhile (${asked.length}), p99`, at(asked, 0.99));
  print('  another call meanwhile, longest', at(asked, 1), 250);
} finally {
  await engine.close();
}
