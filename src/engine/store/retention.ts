// Keeps the database within its size and age, oldest traces first, in steps of a few ms. Pins are in a file of their own, so nothing
// here need know them. Owner only. Size is what lies on disk: file and write-ahead log.
import type { StatementSync } from 'node:sqlite';
import type { EventParts } from './eventParts.ts';
import { USED_SLACK } from './messageDictionary.ts';
import { pragma } from './schema.ts';
import { transaction, type Database } from './sqlite.ts';

export interface RetentionLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** What one step removes at most. */
const STEP_TRACES = 256;
const STEP_BYTES = 3 << 20;
const STEP_PARTS = 512;
const STEP_NAMES = 512;
/** Pages given back to the file system in one step. */
const STEP_PAGES = 256;
/** A trace with more parts than this is removed over several steps. */
const WHOLE_PARTS = 64;
/** The write-ahead log's part of the size; checkpoints come often enough to keep it below (openStore.ts). */
export const logBytes = (maxBytes: number): number => Math.min(16 << 20, maxBytes / 4);
/** Removing begins above the first and ends below the second, so that it does not begin anew with every commit. */
const HIGH = 0.98;
const LOW = 0.95;
/** Free pages are kept for what comes next; more than this share goes back to the disk. */
const FREE_SHARE = 0.1;
const FREE_BYTES = 8 << 20;
const NAMES_EVERY_MS = 10_000;
const EVENTS_EVERY_MS = 1_000;

export class Retention {
  readonly #db: Database;
  readonly #fileBytes: number;
  readonly #maxAgeMs: number;
  readonly #forgotten: () => void;
  readonly #events: EventParts;
  readonly #oldest: StatementSync;
  readonly #removeTrace: StatementSync;
  readonly #doom: StatementSync;
  readonly #doomed: StatementSync;
  readonly #undoom: StatementSync;
  readonly #partsOf: StatementSync;
  readonly #removePart: StatementSync;
  readonly #removeParts: StatementSync;
  #shrinking = false;
  #vacuumed = false;
  #namesDue = true;
  #namesAt = -Infinity;
  #eventsAt = -Infinity;

  /** `forgotten`: dictionary rows were removed. */
  constructor(db: Database, { maxBytes, maxAgeMs }: RetentionLimits, forgotten: () => void, events: EventParts) {
    this.#events = events;
    this.#db = db;
    this.#fileBytes = maxBytes - logBytes(maxBytes);
    this.#maxAgeMs = maxAgeMs;
    this.#forgotten = forgotten;
    this.#oldest = db.prepare(`SELECT id, bytes, parts, created FROM trace ORDER BY id LIMIT ${STEP_TRACES}`);
    this.#removeTrace = db.prepare('DELETE FROM trace WHERE id = ?');
    this.#doom = db.prepare('INSERT OR IGNORE INTO doomed (trace) VALUES (?)');
    this.#doomed = db.prepare(`SELECT trace FROM doomed LIMIT ${STEP_TRACES}`);
    this.#undoom = db.prepare('DELETE FROM doomed WHERE trace = ?');
    this.#partsOf = db.prepare(`SELECT id, length(bytes) AS size FROM part WHERE trace = ? ORDER BY id LIMIT ${STEP_PARTS}`);
    this.#removePart = db.prepare('DELETE FROM part WHERE id = ?');
    this.#removeParts = db.prepare('DELETE FROM part WHERE trace = ?');
  }

  /** One step of a few ms. True: there is more to do. */
  step(nowMs: number): boolean {
    // Events first: those of traces that are gone make room without another trace.
    return this.#removeDoomed() || this.#removeEvents(nowMs) || this.#removeOldest(nowMs) || this.#giveBack() || this.#forgetNames(nowMs);
  }

  /** Traces whose summaries are gone and whose parts are still there. */
  #removeDoomed(): boolean {
    const traces = this.#doomed.all().map((row) => Number(row['trace']));
    if (traces.length === 0) return false;
    this.#namesDue = true;
    transaction(this.#db, () => {
      let size = 0;
      for (const trace of traces) {
        const parts = this.#partsOf.all(trace);
        for (const part of parts) {
          if (size >= STEP_BYTES) return;
          this.#removePart.run(Number(part['id']));
          size += Number(part['size']);
        }
        if (parts.length === STEP_PARTS) return;
        this.#undoom.run(trace);
      }
    });
    return true;
  }

  #removeOldest(nowMs: number): boolean {
    const excess = this.#excess();
    const createdBefore = nowMs - this.#maxAgeMs;
    const removed: { readonly id: number; readonly whole: boolean }[] = [];
    let size = 0;
    for (const row of this.#oldest.iterate()) {
      const tooOld = Number(row['created']) < createdBefore;
      if ((!tooOld && size >= excess) || size >= STEP_BYTES) break;
      const bytes = Number(row['bytes']);
      removed.push({ id: Number(row['id']), whole: bytes <= STEP_BYTES && Number(row['parts']) <= WHOLE_PARTS });
      size += bytes;
    }
    if (removed.length === 0) return false;
    this.#namesDue = true;
    transaction(this.#db, () => {
      for (const { id, whole } of removed) {
        this.#removeTrace.run(id);
        if (whole) this.#removeParts.run(id);
        else this.#doom.run(id);
      }
    });
    return true;
  }

  /** Looked at now and then: what is older than every trace. */
  #removeEvents(nowMs: number): boolean {
    if (nowMs - this.#eventsAt < EVENTS_EVERY_MS && !this.#shrinking) return false;
    this.#eventsAt = nowMs;
    return this.#events.forget(nowMs - this.#maxAgeMs, this.#excess() > 0);
  }

  /** Bytes in use beyond what there should be; 0 unless the limit was reached. */
  #excess(): number {
    const used = (pragma(this.#db, 'page_count') - pragma(this.#db, 'freelist_count')) * pragma(this.#db, 'page_size');
    if (used > this.#fileBytes * HIGH) this.#shrinking = true;
    if (used <= this.#fileBytes * LOW) this.#shrinking = false;
    return this.#shrinking ? used - this.#fileBytes * LOW : 0;
  }

  #giveBack(): boolean {
    const pageSize = pragma(this.#db, 'page_size');
    const pages = pragma(this.#db, 'page_count');
    const free = pragma(this.#db, 'freelist_count');
    const tooBig = pages * pageSize > this.#fileBytes;
    if (free > 0 && (tooBig || free * pageSize > Math.max(FREE_BYTES, pages * pageSize * FREE_SHARE))) {
      this.#db.prepare(`PRAGMA incremental_vacuum(${STEP_PAGES})`).all();
      this.#vacuumed = true;
      if (pragma(this.#db, 'page_count') < pages) return true;
    }
    if (!this.#vacuumed) return false;
    // The file itself shrinks when the log is written back.
    this.#vacuumed = false;
    this.#db.prepare('PRAGMA wal_checkpoint(PASSIVE)').all();
    return false;
  }

  /** Messages and names that no part or trace uses any more; a few rows a step. */
  #forgetNames(nowMs: number): boolean {
    if (!this.#namesDue || nowMs - this.#namesAt < NAMES_EVERY_MS) return false;
    const firstPart = Number(this.#db.prepare('SELECT min(id) AS n FROM part').get()?.['n'] ?? Number.MAX_SAFE_INTEGER);
    const unusedBefore = firstPart - USED_SLACK;
    const changes = transaction(this.#db, () => {
      const run = (sql: string, ...values: readonly number[]): number => Number(this.#db.prepare(sql).run(...values).changes);
      return (
        run(`DELETE FROM message WHERE id IN (SELECT id FROM message WHERE used < ? LIMIT ${STEP_NAMES})`, unusedBefore) +
        run(`DELETE FROM service WHERE id IN (SELECT id FROM service WHERE used < ? LIMIT ${STEP_NAMES})`, unusedBefore) +
        run(`DELETE FROM operation WHERE id IN (SELECT o.id FROM operation o WHERE NOT EXISTS (SELECT 1 FROM trace t WHERE t.operation = o.id) LIMIT ${STEP_NAMES})`)
      );
    });
    if (changes > 0) {
      this.#forgotten();
      return true;
    }
    this.#namesDue = false;
    this.#namesAt = nowMs;
    return false;
  }
}
