// Pins in a file of their own, each with its whole trace, so that retention, damage and replacement of the database cannot touch
// them. Any process writes it, briefly. Parts are kept as whole OTLP requests by content hash: a pinned trace that grows is
// brought up to date by adding what is new.
import { hash as hashOf } from 'node:crypto';
import { summaryToJson, type TraceSummary } from '../../model/summary.ts';
import type { TraceKey } from '../../protocol/messages.ts';
import type { FileKind } from './openDatabase.ts';
import { remotePinId } from './remotePins.ts';
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
  /** Of another connection's trace (remotePins.ts): how it is found again there. */
  readonly key?: TraceKey;
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

const NO_HASHES: ReadonlySet<string> = new Set();

/** Content hash of a whole OTLP request. */
export const requestHash = (bytes: Uint8Array): string => hashOf('sha256', bytes, 'base64');

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

  /** `key`: of another connection's trace. */
  keep(summary: TraceSummary, note: string, nowMs: number, key?: TraceKey): void {
    guarded(this.#path, () => {
      this.#db
        .prepare('INSERT INTO pin (trace_id, note, pinned_at, summary) VALUES (?, ?, ?, ?) ON CONFLICT (trace_id) DO UPDATE SET note = excluded.note, summary = excluded.summary')
        .run(key === undefined ? summary.traceId : remotePinId(key), note, nowMs, summaryText(summary, key));
    });
    this.#cache = undefined;
  }

  /** The summary of what is pinned already. False: it is not pinned any more, and so it stays. */
  update(summary: TraceSummary): boolean {
    const updated = guarded(this.#path, () => this.#db.prepare('UPDATE pin SET summary = ? WHERE trace_id = ?').run(summaryText(summary), summary.traceId).changes);
    this.#cache = undefined;
    return Number(updated) > 0;
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
      // Before anything can fail: our own commits do not change data_version.
      this.#cache = undefined;
      if (removed > 0) this.#db.prepare('PRAGMA incremental_vacuum(1024)').all();
      return removed;
    });
  }

  /** The next requests after the one named, up to about `bytes`, without those whose hash is in `except`. */
  parts(traceId: string, after: number, bytes: number, except: ReadonlySet<string> = NO_HASHES): readonly { readonly id: number; readonly hash: string; readonly bytes: Uint8Array }[] {
    return guarded(this.#path, () => {
      const body = this.#db.prepare('SELECT bytes FROM pin_part WHERE id = ?');
      const found: { readonly id: number; readonly hash: string; readonly bytes: Uint8Array }[] = [];
      let size = 0;
      // Ids and hashes come off the index alone; sorted with their bytes, every page would read the whole trace.
      for (const row of this.#db.prepare('SELECT id, hash FROM pin_part WHERE trace_id = ? AND id > ? ORDER BY id').iterate(traceId, after)) {
        const hash = String(row['hash']);
        if (except.has(hash)) continue;
        const part = { id: Number(row['id']), hash, bytes: body.get(Number(row['id']))!['bytes'] as Uint8Array };
        found.push(part);
        if ((size += part.bytes.length) >= bytes) break;
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

function summaryText(summary: TraceSummary, key?: TraceKey): string {
  return JSON.stringify({ ...summaryToJson(summary), provisional: summary.provisional, unfinished: summary.unfinished, ...(key === undefined ? {} : { key }) });
}

function pinnedTrace(row: Readonly<Record<string, unknown>>): PinnedTrace {
  const traceId = String(row['trace_id']);
  const json = fieldsOf(String(row['summary']));
  const number = (key: string): number => (typeof json[key] === 'number' ? json[key] : 0);
  const text = (key: string): string => (typeof json[key] === 'string' ? json[key] : '');
  const nanos = (key: string): bigint => (/^\d{1,20}$/.test(text(key)) ? BigInt(text(key)) : 0n);
  const texts = (key: string): readonly string[] => (Array.isArray(json[key]) ? json[key].map(String) : []);
  const key = keyOf(traceId, json['key']);
  return {
    traceId,
    ...(key === undefined ? {} : { key }),
    note: String(row['note']),
    pinnedAt: Number(row['pinned_at']),
    summary: {
      traceId: key?.traceId ?? traceId,
      rootService: text('rootService'),
      rootName: text('rootName'),
      startUnixNano: nanos('startUnixNano'),
      durationNs: nanos('durationNs'),
      ...(number('unfinished') === 0 ? {} : { unfinished: number('unfinished') }),
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

/** undefined for the collector's own. The row's id is what counts; times only help to find it again. */
function keyOf(id: string, json: unknown): TraceKey | undefined {
  const named: unknown = id.startsWith('[') ? JSON.parse(id) : undefined;
  if (!Array.isArray(named)) return undefined;
  const [connection, scope, traceId] = named.map(String);
  const times = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const time = (name: string): string | undefined => (typeof times[name] === 'string' && /^\d{1,20}$/.test(times[name]) ? times[name] : undefined);
  const [start, end] = [time('startUnixNano'), time('endUnixNano')];
  return {
    connection: connection!, traceId: traceId!,
    ...(scope === '' || scope === undefined ? {} : { scope }),
    ...(start === undefined ? {} : { startUnixNano: start }),
    ...(end === undefined ? {} : { endUnixNano: end }),
  };
}

/** A summary that was damaged says nothing; its pin and the pins beside it stay. */
function fieldsOf(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
