// Pins in a file of their own, each with its whole trace, so that retention, damage and replacement of the database cannot touch
// them. Any process writes it, briefly. Parts are kept as whole OTLP requests by content hash: a pinned trace that grows is
// brought up to date by adding what is new.
import { hash } from 'node:crypto';
import { summaryToJson, type TraceSummary } from '../../model/summary.ts';
import type { FileKind } from './openDatabase.ts';
import { fileState, pragma } from './schema.ts';
import { transaction, guarded, type Database } from './sqlite.ts';
import type { Pin } from './traceStore.ts';

/** "TRFP" */
export const PINS_APPLICATION_ID = 0x54524650;
export const PINS_VERSION = 1;

const CREATE = `
  CREATE TABLE pin (trace_id TEXT PRIMARY KEY, note TEXT NOT NULL, pinned_at INTEGER NOT NULL, summary TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE pin_part (id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, hash TEXT NOT NULL, bytes BLOB NOT NULL, UNIQUE (trace_id, hash));
`;

export interface PinnedTrace extends Pin {
  readonly summary: TraceSummary;
}

export const pinsFile = (path: string): FileKind => ({
  path,
  what: 'file of pinned traces',
  applicationId: PINS_APPLICATION_ID,
  state: (db) => fileState(db, PINS_APPLICATION_ID, PINS_VERSION),
  prepare: (db, state) => {
    if (state.kind !== 'empty') return;
    db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
    transaction(db, () => db.exec(`${CREATE} PRAGMA application_id = ${PINS_APPLICATION_ID}; PRAGMA user_version = ${PINS_VERSION}`));
  },
});

/** Content hash of a whole OTLP request. */
export const requestHash = (bytes: Uint8Array): string => hash('sha256', bytes, 'base64');

export class PinStore {
  readonly #db: Database;
  readonly #path: string;
  #cache: ReadonlyMap<string, PinnedTrace> | undefined;
  #cacheVersion = -1;

  /** The file is open, ours and of a version we know (openDatabase.ts). */
  constructor(db: Database, path: string) {
    this.#db = db;
    this.#path = path;
  }

  /** By trace id. Read again only when another process or this one changed the file. */
  all(): ReadonlyMap<string, PinnedTrace> {
    return guarded(this.#path, () => {
      const version = pragma(this.#db, 'data_version');
      if (this.#cache === undefined || version !== this.#cacheVersion) {
        const rows = this.#db.prepare('SELECT trace_id, note, pinned_at, summary FROM pin').all();
        this.#cache = new Map(rows.map((row) => [String(row['trace_id']), pinnedTrace(row)]));
        this.#cacheVersion = version;
      }
      return this.#cache;
    });
  }

  /** Adds requests of a trace; those already kept are no news. Before `keep`, so that a pin is seen only when it is whole. */
  addParts(traceId: string, requests: readonly Uint8Array[]): void {
    guarded(this.#path, () => {
      const insert = this.#db.prepare('INSERT INTO pin_part (trace_id, hash, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
      transaction(this.#db, () => {
        for (const bytes of requests) insert.run(traceId, requestHash(bytes), bytes);
      });
    });
  }

  keep(summary: TraceSummary, note: string, nowMs: number): void {
    const text = JSON.stringify({ ...summaryToJson(summary), provisional: summary.provisional });
    guarded(this.#path, () => {
      this.#db
        .prepare('INSERT INTO pin (trace_id, note, pinned_at, summary) VALUES (?, ?, ?, ?) ON CONFLICT (trace_id) DO UPDATE SET note = excluded.note, summary = excluded.summary')
        .run(summary.traceId, note, nowMs, text);
    });
    this.#cache = undefined;
  }

  remove(traceIds: readonly string[]): number {
    return guarded(this.#path, () => {
      const pin = this.#db.prepare('DELETE FROM pin WHERE trace_id = ?');
      const parts = this.#db.prepare('DELETE FROM pin_part WHERE trace_id = ?');
      const removed = transaction(this.#db, () => {
        let count = 0;
        for (const traceId of traceIds) {
          count += Number(pin.run(traceId).changes);
          parts.run(traceId);
        }
        return count;
      });
      if (removed > 0) this.#db.prepare('PRAGMA incremental_vacuum(1024)').all();
      this.#cache = undefined;
      return removed;
    });
  }

  /** The next requests after the one named, up to about `bytes`, without those whose hash is in `except`. */
  parts(traceId: string, after: number, bytes: number): readonly { readonly id: number; readonly hash: string; readonly bytes: Uint8Array }[] {
    return guarded(this.#path, () => {
      const found: { readonly id: number; readonly hash: string; readonly bytes: Uint8Array }[] = [];
      let size = 0;
      for (const row of this.#db.prepare('SELECT id, hash, bytes FROM pin_part WHERE trace_id = ? AND id > ? ORDER BY id').iterate(traceId, after)) {
        const body = row['bytes'] as Uint8Array;
        found.push({ id: Number(row['id']), hash: String(row['hash']), bytes: body });
        if ((size += body.length) >= bytes) break;
      }
      return found;
    });
  }

  /** Changes when another connection has committed. */
  dataVersion(): number {
    return guarded(this.#path, () => pragma(this.#db, 'data_version'));
  }

  close(): void {
    this.#db.close();
  }
}

function pinnedTrace(row: Readonly<Record<string, unknown>>): PinnedTrace {
  const traceId = String(row['trace_id']);
  const json = JSON.parse(String(row['summary'])) as Record<string, unknown>;
  const number = (key: string): number => (typeof json[key] === 'number' ? json[key] : 0);
  const text = (key: string): string => (typeof json[key] === 'string' ? json[key] : '');
  const texts = (key: string): readonly string[] => (Array.isArray(json[key]) ? json[key].map(String) : []);
  return {
    traceId,
    note: String(row['note']),
    pinnedAt: Number(row['pinned_at']),
    summary: {
      traceId,
      rootService: text('rootService'),
      rootName: text('rootName'),
      startUnixNano: BigInt(text('startUnixNano') || 0),
      durationNs: BigInt(text('durationNs') || 0),
      spans: number('spans'),
      errors: number('errors'),
      orphans: number('orphans'),
      roots: number('roots'),
      maxDepth: number('maxDepth'),
      services: texts('services'),
      duplicates: number('duplicates'),
      rejected: number('rejected'),
      warnings: texts('warnings'),
      provisional: json['provisional'] === true,
    },
  };
}
