// Path and role → a store, or the reason why there is none. The owner makes, upgrades and mends files; others only read and wait.
import type { SlowRule } from '../../protocol/messages.ts';
import { openDatabase } from './openDatabase.ts';
import { PinAccess } from './pinAccess.ts';
import { pragma, traceFile } from './schema.ts';
import { logBytes } from './retention.ts';
import type { Database, Sqlite } from './sqlite.ts';
import { SqliteStore } from './sqliteStore.ts';
import type { StoreError } from './traceStore.ts';
import { TraceQueries } from './traceQueries.ts';

export interface OpenStoreOptions {
  readonly path: string;
  readonly owner: boolean;
  readonly fullSync: boolean;
  readonly slow: SlowRule;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly now: () => number;
  /** A statement found the file damaged, though it could be opened. */
  readonly damaged?: ((error: StoreError) => void) | undefined;
}

export type OpenedStore =
  | { readonly kind: 'open'; readonly store: SqliteStore; readonly problem: string | undefined }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: 'newer' | 'foreign' | 'damaged' | 'unwritable'; readonly problem: string };

/** How long the thread may be held up by another process's write: those are brief, and exporters send again. */
const OWNER_BUSY_MS = 300;
const READER_BUSY_MS = 500;
const HARD_LIMIT = 1.1;

export function openStore(sqlite: Sqlite, { path, owner, fullSync, slow, maxBytes, maxAgeMs, now, damaged = () => undefined }: OpenStoreOptions): OpenedStore {
  const how = { owner, fullSync, busyMs: owner ? OWNER_BUSY_MS : READER_BUSY_MS, now: () => new Date(now()) };
  const traces = openDatabase(sqlite, traceFile(path), how);
  if (traces.kind !== 'open') return traces;
  if (owner && Number.isFinite(maxBytes)) limitSize(traces.db, maxBytes);
  return {
    kind: 'open',
    store: new SqliteStore({ path, db: traces.db, queries: new TraceQueries(traces.db, slow), pins: new PinAccess(sqlite, path, how), limits: { maxBytes, maxAgeMs }, now, damaged }),
    problem: traces.problem,
  };
}

/** Retention keeps the size; the page limit holds even where retention cannot follow, as then nothing more is taken in. */
function limitSize(db: Database, maxBytes: number): void {
  const pageSize = pragma(db, 'page_size');
  // Half of the log's part, as a transaction may come on top. 1,000 pages is SQLite's own measure.
  const checkpointPages = Math.min(1_000, Math.max(16, Math.floor(logBytes(maxBytes) / 2 / pageSize)));
  db.exec(`PRAGMA max_page_count = ${Math.ceil((maxBytes * HARD_LIMIT) / pageSize)}; PRAGMA wal_autocheckpoint = ${checkpointPages}`);
}
