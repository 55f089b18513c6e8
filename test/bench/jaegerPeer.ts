// The ingest bench's peer: the Jaeger of the live tests, built once where Go is, which keeps spans in memory; or whatever OTLP/HTTP
// server listens at TRACEFALL_BENCH_PEER. Free ports and a directory of its own, ended with the bench.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jaeger } from '../live/servers/jaeger.ts';

export interface Peer {
  readonly name: string;
  /** Takes OTLP/HTTP at /v1/traces. */
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/** undefined, with a sentence, where there is none. */
export async function startPeer(say: (sentence: string) => void, signal: AbortSignal): Promise<Peer | undefined> {
  const given = process.env['TRACEFALL_BENCH_PEER'];
  if (given !== undefined) return { name: `peer at ${given}`, endpoint: given, stop: () => Promise.resolve() };
  const missing = jaeger.available();
  if (missing !== undefined) {
    say(`No peer in this run: ${missing}, and TRACEFALL_BENCH_PEER=http://127.0.0.1:PORT names no other OTLP/HTTP server.`);
    return undefined;
  }
  const home = await jaeger.install(say, signal);
  const dataDir = mkdtempSync(join(tmpdir(), 'tracefall-bench-jaeger-'));
  const removeData = (): void => rmSync(dataDir, { recursive: true, force: true });
  try {
    const { live, stop } = await jaeger.start(home, { dataDir, signal });
    return { name: `Jaeger ${live.version}, in memory`, endpoint: live.otlpUrl!, stop: () => stop().finally(removeData) };
  } catch (error) {
    removeData();
    throw error;
  }
}
