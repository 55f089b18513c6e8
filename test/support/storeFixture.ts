// Stores in directories of their own, filled without HTTP.
import { join } from 'node:path';
import { openStore, type OpenStoreOptions } from '../../src/engine/store/openStore.ts';
import { loadSqlite } from '../../src/engine/store/sqlite.ts';
import type { SqliteStore } from '../../src/engine/store/sqliteStore.ts';
import type { TraceStore } from '../../src/engine/store/traceStore.ts';
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { OtlpWriter } from '../../src/formats/otlpWriter.ts';
import { splitByTrace } from '../../src/model/splitByTrace.ts';
import { temporaryDirectory } from './collectorFixture.ts';

export const SLOW = { minSamples: 20, percentile: 90, factor: 1.5 };

export interface TemporaryStore {
  readonly store: SqliteStore;
  readonly path: string;
  /** Another connection, as of another process. */
  readonly another: (options?: Partial<OpenStoreOptions>) => SqliteStore;
  readonly remove: () => Promise<void>;
}

export async function temporaryStore(options: Partial<OpenStoreOptions> = {}): Promise<TemporaryStore> {
  const directory = await temporaryDirectory();
  const path = options.path ?? join(directory.path, 'traces.db');
  const sqlite = (await loadSqlite())!;
  const all: SqliteStore[] = [];
  const open = (more: Partial<OpenStoreOptions>): SqliteStore => {
    const opened = openStore(sqlite, { path, owner: true, fullSync: false, slow: SLOW, maxBytes: 1e12, maxAgeMs: 1e12, now: Date.now, ...options, ...more });
    if (opened.kind !== 'open') throw new Error(`Not opened: ${opened.kind}`);
    all.push(opened.store);
    return opened.store;
  };
  return {
    store: open({}),
    path,
    another: (more = {}) => open({ owner: false, ...more }),
    remove: async () => {
      for (const store of all) store.close();
      await directory.remove();
    },
  };
}

/** As one request. Answers the traces whose summaries are provisional. */
export function write(store: TraceStore, bytes: Uint8Array): readonly string[] {
  const batch = decodeOtlpProto(bytes);
  return store.write([{ batch, parts: splitByTrace([batch]) }]);
}

export interface SimpleTrace {
  readonly id: number;
  readonly startMs?: number;
  readonly ms?: number;
  readonly service?: string;
  readonly name?: string;
  readonly spans?: number;
  readonly errors?: number;
  readonly otherService?: string;
}

export const traceIdOf = (id: number): string => id.toString(16).padStart(32, '0');

/** One request with one trace: a root and its children, which all have its times. */
export function simpleTrace({ id, startMs = id, ms = 10, service = 'shop', name = 'GET /', spans = 1, errors = 0, otherService }: SimpleTrace): Uint8Array {
  const writer = new OtlpWriter();
  const startUnixNano = (1_795_221_079_000n + BigInt(startMs)) * 1_000_000n;
  for (let k = 0; k < spans; k++) {
    writer.beginResource([{ key: 'service.name', value: k === 0 || otherService === undefined ? service : otherService }]);
    writer.beginScope({ name: 'lib', version: '1' });
    writer.span({
      traceId: traceIdOf(id), spanId: (id * 1000 + k + 1).toString(16).padStart(16, '0'), parentSpanId: k === 0 ? '' : (id * 1000 + 1).toString(16).padStart(16, '0'), name: k === 0 ? name : `child ${k}`,
      kind: 1, startUnixNano, endUnixNano: startUnixNano + BigInt(ms) * 1_000_000n, attributes: [], ...(k < errors ? { statusCode: 2 } : {}),
    });
    writer.endScope();
    writer.endResource();
  }
  return writer.finish();
}
