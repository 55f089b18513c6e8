// The only place that loads node:sqlite, and the names of its error codes. Loaded when the collector starts, not before:
// the module is missing in Node < 22.5 and in some Electron builds, which is a value here and no error.
import type * as nodeSqlite from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { StoreError, type StoreErrorKind } from './traceStore.ts';

export type Sqlite = typeof nodeSqlite;
export type Database = DatabaseSync;

const MOST_STATEMENTS = 200;

export async function loadSqlite(): Promise<Sqlite | undefined> {
  try {
    return await import('node:sqlite');
  } catch (error) {
    if (codeOf(error) === 'ERR_UNKNOWN_BUILTIN_MODULE') return undefined;
    throw error;
  }
}

/** SQLite result codes (sqlite.org/rescode.html), primary ones in the lower byte. */
const Code = { busy: 5, locked: 6, readOnly: 8, io: 10, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26, shortRead: 522, corruptFileSystem: 8458 } as const;

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const resultCodeOf = (error: unknown): number => (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0);

export function errorKind(error: unknown): StoreErrorKind {
  if (error instanceof StoreError) return error.kind;
  const code = resultCodeOf(error);
  if (code === Code.shortRead || code === Code.corruptFileSystem) return 'damaged';
  switch (code & 0xff) {
    case Code.busy:
    case Code.locked:
      return 'busy';
    case Code.corrupt:
    case Code.notADatabase:
      return 'damaged';
    case Code.full:
      return 'full';
    case Code.readOnly:
      return 'readOnly';
    default:
      return 'io';
  }
}

const SENTENCES: Readonly<Record<StoreErrorKind, (path: string) => string>> = {
  full: (path) => `There is no space left for ${path}: free some on that disk, or lower tracefall.store.maxSizeMb.`,
  busy: (path) => `${path} is being written by another process for too long: try again.`,
  damaged: (path) => `${path} is damaged and could not be read.`,
  readOnly: (path) => `${path} cannot be written: check its permissions and those of its folder.`,
  io: (path) => `${path} could not be read or written: check that its folder exists and is yours.`,
};

/** What SQLite threw, as a sentence that names the file. */
export function storeError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const kind = errorKind(error);
  const detail = error instanceof Error ? ` (${error.message})` : '';
  return new StoreError(kind, SENTENCES[kind](path) + detail, { cause: error });
}

/** Runs `work` and gives its errors the file's name. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (resultCodeOf(error) !== 0 || codeOf(error) === 'ERR_SQLITE_ERROR') throw storeError(error, path);
    throw error;
  }
}

/** Statements of one connection by their SQL: preparing costs more than most of them. */
export class Statements {
  readonly #db: Database;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** `bigints`: integers are read as bigints. Bounded: what is not a fixed text must not come here. */
  of(sql: string, bigints = false): StatementSync {
    const key = bigints ? `b${sql}` : sql;
    let statement = this.#prepared.get(key);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      statement.setReadBigInts(bigints);
      if (this.#prepared.size >= MOST_STATEMENTS) this.#prepared.clear();
      this.#prepared.set(key, statement);
    }
    return statement;
  }
}

/** One write transaction: all of it or nothing. */
export function transaction<T>(db: Database, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk or a damaged page may have ended the transaction already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
