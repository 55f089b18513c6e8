// The store as it is read: lists of 10k traces, opening a stored trace, what a span takes on disk, and retention of a third of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/engine/store/openStore.ts';
import { loadSqlite } from '../../src/engine/store/sqlite.ts';
import type { SqliteStore } from '../../src/engine/store/sqliteStore.ts';
import type { StoreQuery } from '../../src/engine/store/traceStore.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { splitByTrace } from '../../src/model/splitByTrace.ts';
import { buildTrace } from '../../src/model/traceBuilder.ts';
import { generateTraces } from '../support/traceGenerator.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracefall-bench-'));
const sqlite = (await loadSqlite())!;
const open = (maxBytes: number): SqliteStore => {
  const opened = openStore(sqlite, { path: join(directory, 'traces.db'), owner: true, fullSync: false, slow: { minSamples: 20, percentile: 90, factor: 1.5 }, maxBytes, maxAgeMs: 1e12, now: Date.now });
  if (opened.kind !== 'open') throw new Error(opened.kind);
  return opened.store;
};

let store = open(1e12);
let bodyBytes = 0;
function write(bytes: Uint8Array): string {
  const batch = decodeOtlpProto(bytes);
  const parts = splitByTrace([batch]);
  store.write([{ batch, parts }]);
  bodyBytes += bytes.length;
  return parts[0]!.traceId;
}

function print(what: string, ms: readonly number[], target: number): void {
  const sorted = ms.toSorted((a, b) => a - b);
  const p95 = sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))]!;
  console.log(`${what.padEnd(58)} median ${sorted[sorted.length >> 1]!.toFixed(1).padStart(6)} ms  p95 ${p95.toFixed(1).padStart(6)} ms   target ≤ ${target} ms ${p95 <= target ? '✓' : '✗'}`);
}

async function measure(what: string, target: number, work: () => unknown, runs = 30): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < runs + 3; run++) {
    const from = performance.now();
    await work();
    if (run >= 3) times.push(performance.now() - from);
  }
  print(what, times, target);
}

try {
  for (let k = 0; k < 400; k++) write(generateTraces({ seed: k, traces: 25, firstTrace: 25 * k }));
  const spanBytes = store.size().bytes / bodyBytes;
  console.log(`10,000 traces, 200,000 spans: ${(store.size().bytes / 2 ** 20).toFixed(0)} MB on disk, ${spanBytes.toFixed(2)} × the requests' bytes   target ≤ 1.3 ${spanBytes <= 1.3 ? '✓' : '✗'}`);
  const query: StoreQuery = { group: 'recent', sort: 'newest', limit: 100 };
  const { next } = store.list(query);
  const queries: readonly (readonly [string, Partial<StoreQuery>])[] = [
    ['newest', {}], ['newest, second page', { cursor: next }], ['slowest', { sort: 'slowest' }], ['most spans', { sort: 'spans' }], ['erroring', { group: 'errors' }], ['slow', { group: 'slow' }],
    ['by service', { service: 'llm' }], ['by service, errors only', { service: 'llm', errorsOnly: true }], ['by text', { text: 'chat' }], ['by text that is nowhere', { text: 'nowhere' }],
    ['by least duration, slowest', { minDurationNs: 5e9, sort: 'slowest' }],
  ];
  for (const [what, more] of queries) await measure(`list 100 of 10k traces: ${what}`, 10, () => store.list({ ...query, ...more }));
  await measure('services and operations', 10, () => [store.services(), store.operations('gateway')]);
  await measure('cohort of 200', 10, () => store.cohort('gateway', 'POST /chat', 200));

  for (const [what, spans, target] of [['10k', 10_000, 60], ['100k', 100_000, 600]] as const) {
    const traceId = write(generateTraces({ seed: 9_000 + spans, traces: 1, spansPerTrace: spans }));
    await measure(`open a stored trace of ${what} spans: read, decode, build`, target, async () => {
      const stored = await store.loadTrace(traceId);
      buildTrace(traceId, stored!.batches.map((batch) => ({ batch })));
    }, 10);
  }

  store.close();
  store = open(90 * 2 ** 20);
  const steps: number[] = [];
  const from = performance.now();
  for (let more = true; more; ) {
    const began = performance.now();
    more = store.maintain(Date.now());
    steps.push(performance.now() - began);
  }
  print(`retention of a third: ${steps.length} steps, ${(performance.now() - from).toFixed(0)} ms in all (≤ 2 s); a step`, steps, 50);
  console.log(`afterwards ${(store.size().bytes / 2 ** 20).toFixed(0)} MB`);
} finally {
  store.close();
  rmSync(directory, { recursive: true });
}
