// How much disk a database takes: the file and its write-ahead log.
import { statSync } from 'node:fs';
import { pragma } from './schema.ts';
import type { Database } from './sqlite.ts';

export function storeBytes(path: string, suffixes: readonly string[] = ['', '-wal']): number {
  return suffixes.reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** More of the log than the whole database may have waits to be written back: somebody reads a state from before it, and as long as that is so it only grows. */
export function isLogHeld(db: Database, path: string, maxBytes: number): boolean {
  if (storeBytes(path, ['-wal']) <= maxBytes) return false;
  const row = db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
  return (Number(row?.['log']) - Number(row?.['checkpointed'])) * pragma(db, 'page_size') > maxBytes;
}
