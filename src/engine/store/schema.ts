// The database's shape and its versions. Measured (DESIGN §9): not a row a span but a row per (request, trace) that keeps its
// spans' bytes as they came; resources and scopes in one dictionary; columns are made when a trace is opened.
// Raise VERSION and add the step to UPGRADES when the shape changes; a newer version is left untouched.
import { CREATE_EVENT_PARTS } from './eventParts.ts';
import type { FileKind, FileState } from './openDatabase.ts';
import { transaction, type Database } from './sqlite.ts';

/** "TRFC": tells our files from other SQLite files. */
export const APPLICATION_ID = 0x54524643;
export const VERSION = 2;

/**
 * trace: one row each, its summary. `start` and `end` are unsigned 64-bit epoch ns with the top bit flipped, so that they sort
 *   (orderedNanos.ts); `services` is serviceList.ts text; `counts` is JSON and absent while the summary is provisional;
 *   `root_rank` 2: the root is a span without parent, 1: the earliest span so far. `created` is ms of the first arrival and
 *   ascends with `id`, so that the oldest traces are the lowest ids. Ids are given by the owner and never used again.
 * operation: service and name of a root; `search` is the name in lower case.
 * part: what one request brought for one trace (partBytes.ts). Ids ascend: readers see by them what is new.
 * message: bodies of Resource and InstrumentationScope messages by content hash; `used` is the part id that last used it, give or
 *   take USED_SLACK: what retention may forget.
 * event_part (version 2): events that came apart from their spans (eventParts.ts).
 * doomed: deleted traces whose parts are still to be removed, step by step.
 */
const CREATE = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE operation (id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL, search TEXT NOT NULL, UNIQUE (service, name));
  CREATE TABLE service (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, used INTEGER NOT NULL);
  CREATE TABLE message (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, body BLOB NOT NULL, used INTEGER NOT NULL);
  CREATE TABLE trace (
    id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL UNIQUE, start INTEGER NOT NULL, end INTEGER NOT NULL, duration REAL NOT NULL,
    operation INTEGER NOT NULL, spans INTEGER NOT NULL, errors INTEGER NOT NULL, provisional INTEGER NOT NULL, parts INTEGER NOT NULL,
    bytes INTEGER NOT NULL, created INTEGER NOT NULL, root_rank INTEGER NOT NULL, root_start INTEGER NOT NULL, services TEXT NOT NULL, counts TEXT
  );
  CREATE INDEX trace_start ON trace (start);
  CREATE INDEX trace_operation ON trace (operation, duration);
  CREATE TABLE part (id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, bytes BLOB NOT NULL);
  CREATE INDEX part_trace ON part (trace);
  CREATE TABLE doomed (trace INTEGER PRIMARY KEY);
`;

/** Step i makes version i + 1 of version i. */
const UPGRADES: readonly ((db: Database) => void)[] = [(db) => db.exec(CREATE), (db) => db.exec(CREATE_EVENT_PARTS)];

export function pragma(db: Database, name: string): number {
  const row = db.prepare(`PRAGMA ${name}`).get();
  const value = row === undefined ? undefined : Object.values(row)[0];
  return typeof value === 'number' ? value : 0;
}

export function fileState(db: Database, applicationId: number, newest: number): FileState {
  const application = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  if (application === applicationId) return version > newest ? { kind: 'newer', version } : { kind: 'ours', version };
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_master').get();
  return application === 0 && version === 0 && tables?.['n'] === 0 ? { kind: 'empty' } : { kind: 'foreign' };
}

export const traceFile = (path: string): FileKind => ({
  path,
  what: 'trace database',
  applicationId: APPLICATION_ID,
  state: (db) => fileState(db, APPLICATION_ID, VERSION),
  prepare: (db, state) => {
    // Must come before the first table: auto_vacuum cannot be set later without rewriting the file.
    if (state.kind === 'empty') db.exec('PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
    upgrade(db, state.kind === 'ours' ? state.version : 0);
  },
});

/** Makes or upgrades the tables, all in one transaction. */
function upgrade(db: Database, from: number): void {
  if (from >= VERSION) return;
  transaction(db, () => {
    for (const step of UPGRADES.slice(from)) step(db);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`);
  });
}
