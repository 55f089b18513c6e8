// Opens a database file of ours, or says why not: newer, foreign, damaged, not writable. Only the owner may make, upgrade or set
// aside a file. Owns the connection's settings; must not know what the tables mean.
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorKind, type Database, type Sqlite } from './sqlite.ts';
import { corruptPath } from './storePath.ts';

/** What `check` found in the file. */
export type FileState = { readonly kind: 'ours'; readonly version: number } | { readonly kind: 'empty' } | { readonly kind: 'newer'; readonly version: number } | { readonly kind: 'foreign' };

export interface FileKind {
  readonly path: string;
  /** For sentences: "trace database". */
  readonly what: string;
  readonly applicationId: number;
  readonly state: (db: Database) => FileState;
  /** Makes the tables in an empty file, or upgrades those of an older version. Owner only. */
  readonly prepare: (db: Database, from: FileState) => void;
}

export interface OpenOptions {
  readonly owner: boolean;
  readonly fullSync: boolean;
  /** ms to wait for another process's write. */
  readonly busyMs: number;
  readonly now: () => Date;
}

export type Opened =
  | { readonly kind: 'open'; readonly db: Database; readonly problem: string | undefined }
  /** Not there yet, and not ours to make. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: 'newer' | 'foreign' | 'damaged' | 'unwritable'; readonly problem: string };

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
const HEADER = 100;
/** The write-ahead log is cut back to this after a checkpoint. */
const LOG_BYTES = 8 << 20;
/** For another process that holds all of it for a moment: without a database the owner would keep everything in memory for its whole life. */
const OWNER_OPENS_MS = 3_000;
const APPLICATION_ID_AT = 68;

export function openDatabase(sqlite: Sqlite, kind: FileKind, options: OpenOptions): Opened {
  const { path } = kind;
  try {
    if (options.owner) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      createPrivately(path);
    } else if (!existsSync(path)) {
      return { kind: 'absent' };
    }
  } catch (error) {
    return { kind: 'refused', reason: 'unwritable', problem: `${path} cannot be made (${messageOf(error)}): choose another place with tracefall.store.path, or --db.` };
  }
  const first = tryOpen(sqlite, kind, options);
  if (first.kind !== 'refused' || first.reason !== 'damaged' || !options.owner) return first;
  return replaceDamaged(sqlite, kind, options, first.problem);
}

/** Moves a damaged file and its log aside, each under a name that says when. Answers the new name. */
export function setAside(path: string, now: Date): string {
  const aside = corruptPath(path, now);
  for (const suffix of ['-wal', '-shm', '']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

function replaceDamaged(sqlite: Sqlite, kind: FileKind, options: OpenOptions, problem: string): Opened {
  const { path } = kind;
  try {
    const aside = setAside(path, options.now());
    createPrivately(path);
    const second = tryOpen(sqlite, kind, options);
    return second.kind === 'open' ? { ...second, problem: `The ${kind.what} was damaged and has been set aside as ${aside}; a new one was started.` } : second;
  } catch (error) {
    return { kind: 'refused', reason: 'damaged', problem: `${problem} It could not be set aside (${messageOf(error)}): move it away by hand.` };
  }
}

function tryOpen(sqlite: Sqlite, kind: FileKind, { owner, fullSync, busyMs }: OpenOptions): Opened {
  const { path } = kind;
  let db: Database | undefined;
  try {
    db = new sqlite.DatabaseSync(path, { timeout: owner ? Math.max(busyMs, OWNER_OPENS_MS) : busyMs });
    const state = kind.state(db);
    if (state.kind === 'newer' || state.kind === 'foreign' || (state.kind === 'empty' && !owner)) {
      db.close();
      if (state.kind === 'empty') return { kind: 'absent' };
      return state.kind === 'newer'
        ? { kind: 'refused', reason: 'newer', problem: `${path} was written by a newer Tracefall (its format is ${state.version}) and was left as it is: update this one to read it.` }
        : { kind: 'refused', reason: 'foreign', problem: `${path} is a database of another program and was left as it is: choose another place with tracefall.store.path, or --db.` };
    }
    if (owner) kind.prepare(db, state);
    db.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA synchronous = ${fullSync ? 'FULL' : 'NORMAL'}; PRAGMA cache_size = -16384; PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA temp_store = MEMORY`);
    return { kind: 'open', db, problem: undefined };
  } catch (error) {
    db?.close();
    // The owner is just making or upgrading it.
    if (!owner && errorKind(error) === 'busy') return { kind: 'absent' };
    const damaged = errorKind(error) === 'damaged';
    if (damaged && !looksLikeOurs(kind)) return { kind: 'refused', reason: 'foreign', problem: `${path} is not a Tracefall database and was left as it is: choose another place with tracefall.store.path, or --db.` };
    return {
      kind: 'refused',
      reason: damaged ? 'damaged' : 'unwritable',
      problem: damaged ? `${path} is damaged (${messageOf(error)}).` : `${path} cannot be opened (${messageOf(error)}): check its permissions, or choose another place with tracefall.store.path, or --db.`,
    };
  }
}

/** SQLite would make it readable for everyone. The log files take over its mode. */
function createPrivately(path: string): void {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** A torn file of ours is told from someone's file at a mistaken path by its header, its logs or a database's file name. */
function looksLikeOurs({ path, applicationId }: FileKind): boolean {
  // Its owner is just setting it aside.
  if (!existsSync(path)) return true;
  const header = Buffer.alloc(HEADER);
  const file = openSync(path, 'r');
  let size: number;
  try {
    size = readSync(file, header, 0, HEADER, 0);
  } finally {
    closeSync(file);
  }
  const application = size >= APPLICATION_ID_AT + 4 ? header.readUInt32BE(APPLICATION_ID_AT) : undefined;
  if (application === applicationId) return true;
  if (header.subarray(0, MAGIC.length).equals(MAGIC)) return application === undefined || application === 0;
  return /\.(?:db|sqlite3?)$/i.test(path) || existsSync(`${path}-wal`) || statSync(path).size === 0;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
