// OTLP over HTTP → SQLite on disk, summaries on, acknowledged after the commit: spans a second, latency, loop lag. The load comes from
// another process. A peer that keeps spans in memory (jaegerPeer.ts) is measured in the same run.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startCollector, type CollectorOptions } from '../../src/engine/collector/collector.ts';
import type { TraceStore } from '../../src/engine/store/traceStore.ts';
import type { LoadOptions, LoadResult } from './ingestLoad.ts';
import { startPeer } from './jaegerPeer.ts';

const LOAD = fileURLToPath(new URL('ingestLoad.ts', import.meta.url));
const seconds = Number(process.env['TRACEFALL_BENCH_SECONDS'] ?? 8);

async function load(options: Omit<LoadOptions, 'seconds'>): Promise<LoadResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD, JSON.stringify({ ...options, seconds })], { maxBuffer: 1 << 20 });
  return JSON.parse(stdout) as LoadResult;
}

function print(what: string, result: LoadResult, target: number | undefined, more: string): void {
  const verdict = target === undefined ? '' : `   target ≥ ${target / 1000}k, p99 ≤ 50 ms ${result.spansPerSecond >= target && result.p99Ms <= 50 ? '✓' : '✗'}`;
  const refused = Object.keys(result.refused).length === 0 ? '' : `   refused ${JSON.stringify(result.refused)}`;
  console.log(
    `${what.padEnd(44)} ${(result.spansPerSecond / 1000).toFixed(0).padStart(4)}k spans/s  ${result.requestsPerSecond.toFixed(0).padStart(6)} req/s  p50 ${result.p50Ms.toFixed(1)}  p99 ${result.p99Ms.toFixed(1)}  max ${result.maxMs.toFixed(0)} ms${more}${refused}${verdict}`,
  );
}

async function measure(what: string, request: Pick<LoadOptions, 'traces' | 'spansPerTrace' | 'gzip'>, target: number | undefined, options: CollectorOptions = {}): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'tracefall-bench-'));
  const storePath = join(directory, 'traces.db');
  const collector = await startCollector({ maxStoreBytes: 8 * 2 ** 30, ...options, port: 0, storePath, log: (level, message) => console.log(`  ${level}: ${message}`) });
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const cpuFrom = process.cpuUsage();
  const result = await load({ endpoint: collector.state.endpoint!, connections: 4, ...request });
  lag.disable();
  const cpu = process.cpuUsage(cpuFrom);
  const cpuMicros = (cpu.user + cpu.system) / Math.max(1, result.acknowledgedSpans);
  const settledFrom = performance.now();
  const provisional = (): number => (collector.store as TraceStore).provisional(0, 10_000_000).traceIds.length;
  const left = provisional();
  while (provisional() > 0 && performance.now() - settledFrom < 60_000) await new Promise((resolve) => setTimeout(resolve, 250));
  const settledMs = performance.now() - settledFrom;
  const file = statSync(storePath).size / 2 ** 20;
  print(what, result, target, `  loop lag p99 ${(lag.percentile(99) / 1e6).toFixed(1)} ms  ${left} summaries provisional at the end, exact ${settledMs.toFixed(0)} ms later  cpu ${cpuMicros.toFixed(2)} µs a span  file ${file.toFixed(0)} MB  rss ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MB`);
  await collector.close();
  rmSync(directory, { recursive: true });
  return result.spansPerSecond;
}

const HEADLINE = { traces: 25, spansPerTrace: 20 };
const ours = await measure('25 traces × 20 spans a request', HEADLINE, 150_000);
if (process.env['TRACEFALL_BENCH_SHORT'] === undefined) {
  await measure('the same, retention at 64 MB', HEADLINE, 150_000, { maxStoreBytes: 64 << 20 });
  await measure('the same, gzip', { ...HEADLINE, gzip: true }, undefined);
  await measure('the same, synchronous = FULL', HEADLINE, undefined, { fullSync: true });
  await measure('1 trace × 20 spans a request', { traces: 1, spansPerTrace: 20 }, undefined);
  await measure('1 span a request', { traces: 1, spansPerTrace: 1 }, undefined);
}
const peer = await startPeer((sentence) => console.log(sentence), new AbortController().signal);
if (peer !== undefined) {
  try {
    const theirs = await load({ endpoint: peer.endpoint, connections: 4, ...HEADLINE });
    print(peer.name, theirs, undefined, '');
    // Again, for what else this machine does changes while the others are measured.
    const again = await measure('ours once more', HEADLINE, 150_000);
    console.log(`ratio ours / peer: ${(ours / theirs.spansPerSecond).toFixed(2)}, right behind it ${(again / theirs.spansPerSecond).toFixed(2)}   target ≥ 1`);
  } finally {
    await peer.stop();
  }
}
