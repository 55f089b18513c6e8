// Events that came apart from their spans (log records), by trace: a row per (request, trace) that keeps them as bytes (spanEvents.ts).
// A trace's events may come before its spans. Owner writes, every process reads; an older file has no such table.
import type { Database } from './sqlite.ts';

export const CREATE_EVENT_PARTS = `
  CREATE TABLE event_part (id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, created INTEGER NOT NULL, bytes BLOB NOT NULL);
  CREATE INDEX event_part_trace ON event_part (trace_id);
`;

/** Events of a trace of which this much was read are enough to look at; the rest is named. */
const MAX_BYTES = 64 << 20;
/** What one step of upkeep removes. */
const STEP_ROWS = 512;
/** Events may be stored shortly before the first span of their trace. */
const BEFORE_MS = 60_000;

export interface EventsOfTrace {
  readonly parts: readonly Uint8Array[];
  /** There is more than was read. */
  readonly cut: boolean;
}

export class EventParts {
  readonly #db: Database;
  #exists: boolean | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  add(traceId: string, bytes: Uint8Array, nowMs: number): void {
    this.#db.prepare('INSERT INTO event_part (trace_id, created, bytes) VALUES (?, ?, ?)').run(traceId, nowMs, bytes);
  }

  of(traceId: string): EventsOfTrace {
    const parts: Uint8Array[] = [];
    if (!this.#there()) return { parts, cut: false };
    let size = 0;
    for (const row of this.#db.prepare('SELECT bytes FROM event_part WHERE trace_id = ? ORDER BY id').iterate(traceId)) {
      const bytes = row['bytes'] as Uint8Array;
      if ((size += bytes.length) > MAX_BYTES) return { parts, cut: true };
      parts.push(bytes);
    }
    return { parts, cut: false };
  }

  remove(traceId: string): void {
    if (this.#there()) this.#db.prepare('DELETE FROM event_part WHERE trace_id = ?').run(traceId);
  }

  /** One small step: events older than the oldest stored trace, or than the age allowed, go with it; without traces and where there is no room, the oldest. True: there may be more. */
  forget(oldestAllowedMs: number, noRoom: boolean): boolean {
    if (!this.#there()) return false;
    const oldest = this.#db.prepare('SELECT created FROM trace ORDER BY id LIMIT 1').get()?.['created'];
    const before = Math.max(oldestAllowedMs, typeof oldest === 'number' ? oldest - BEFORE_MS : noRoom ? Number.MAX_SAFE_INTEGER : -Infinity);
    if (!Number.isFinite(before)) return false;
    // Only the first rows are looked at, as the oldest have the lowest ids: all of them may be hundreds of MB.
    const removed = this.#db.prepare(`DELETE FROM event_part WHERE id IN (SELECT id FROM (SELECT id, created FROM event_part ORDER BY id LIMIT ${STEP_ROWS}) WHERE created < ?)`).run(before);
    return Number(removed.changes) === STEP_ROWS;
  }

  #there(): boolean {
    return (this.#exists ??= this.#db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'event_part'").get() !== undefined);
  }
}
