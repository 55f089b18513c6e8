// The user's database opened for reading, while its owner may be another process: what the command line reads, and what the engine
// reads before its collector starts. Makes, upgrades and mends nothing.
import { homedir } from 'node:os';
import type { SlowRule } from '../protocol/messages.ts';
import { BackendError } from './backends/backend.ts';
import { openStore } from './store/openStore.ts';
import { loadSqlite, type Sqlite } from './store/sqlite.ts';
import { defaultStorePath } from './store/storePath.ts';
import type { ReadableStore } from './store/traceStore.ts';

export function storePathOf(configured: string | undefined): string {
  return configured ?? defaultStorePath({ platform: process.platform, home: homedir(), env: process.env });
}

/** undefined: there is no database yet. Throws BackendError with what to do. */
export async function openReader(path: string, slow: SlowRule): Promise<{ readonly store: ReadableStore; readonly problem: string | undefined } | undefined> {
  const opened = openStore(await requireSqlite(), { path, owner: false, fullSync: false, slow, maxBytes: Infinity, maxAgeMs: Infinity, now: Date.now });
  if (opened.kind === 'absent') return undefined;
  if (opened.kind === 'refused') throw new BackendError(opened.reason === 'damaged' ? 'badData' : 'unsupported', opened.problem);
  return opened;
}

/** Throws BackendError where this Node has no SQLite. */
export async function requireSqlite(): Promise<Sqlite> {
  const sqlite = await loadSqlite();
  if (sqlite === undefined) throw new BackendError('unsupported', `Stored traces need node:sqlite, which this Node ${process.versions.node} does not have: run with Node 22.13 or newer.`);
  return sqlite;
}
