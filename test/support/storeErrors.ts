// Errors as SQLite really throws them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSqlite } from '../../src/engine/store/sqlite.ts';
import { temporaryDirectory } from './collectorFixture.ts';

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

export async function messageOfKinds(): Promise<{ readonly full: unknown; readonly busy: unknown; readonly damaged: unknown }> {
  const { DatabaseSync } = (await loadSqlite())!;
  const directory = await temporaryDirectory();
  const path = join(directory.path, 'a.db');
  const db = new DatabaseSync(path);
  const other = new DatabaseSync(path);
  db.exec('PRAGMA max_page_count = 3; CREATE TABLE t (a)');
  const full = thrownBy(() => db.exec('INSERT INTO t VALUES (zeroblob(100000))'));
  db.exec('BEGIN EXCLUSIVE');
  const busy = thrownBy(() => other.exec('BEGIN EXCLUSIVE'));
  db.close();
  other.close();
  writeFileSync(path, 'x'.repeat(1000));
  const torn = new DatabaseSync(path);
  const damaged = thrownBy(() => torn.exec('SELECT * FROM sqlite_master'));
  torn.close();
  await directory.remove();
  return { full, busy, damaged };
}
