// A collector on a free port with a store in a directory of its own, and OTLP requests to it. Closes and removes all of it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCollector, type Collector, type CollectorOptions } from '../../src/engine/collector/collector.ts';
import type { StoreQuery } from '../../src/engine/store/traceStore.ts';

export async function temporaryDirectory(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tracefall-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export interface RunningCollector {
  readonly collector: Collector;
  readonly storePath: string;
  readonly post: (body: Uint8Array | string, headers?: Readonly<Record<string, string>>, path?: string) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

export async function runCollector(options: CollectorOptions = {}): Promise<RunningCollector> {
  const directory = await temporaryDirectory();
  const storePath = options.storePath ?? join(directory.path, 'traces.db');
  const collector = await startCollector({ port: 0, ...options, storePath });
  return {
    collector,
    storePath,
    post: (body, headers = {}, path = '/v1/traces') =>
      fetch(`${collector.state.endpoint}${path}`, { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers: { 'content-type': 'application/x-protobuf', ...headers } }),
    stop: async () => {
      await collector.close();
      await directory.remove();
    },
  };
}

export const RECENT: StoreQuery = { group: 'recent', sort: 'newest', limit: 100 };

/** Looks every few ms until it is so; throws the sentence when that takes too long. */
export async function until(what: string, is: () => boolean | Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
