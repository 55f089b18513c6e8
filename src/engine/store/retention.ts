// Keeps the database within its size and age, oldest traces first, in steps of a few ms. Pins are in a file of their own, so nothing
// here need know them. Owner only. Size is what lies on disk: file and write-ahead log.
import type { StatementSync } from 'node:sqlite';
import { USED_SLACK } from './messageDictionary.ts';
import { pragma } from './schema.ts';
import { transaction, type Database } from './sqlite.ts';
import { storeBytes } from './storeBytes.ts';

export interface RetentionLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Traces looked at, and bytes of parts removed, in one step. */
const STEP_TRACES = 256;
const STEP_BYTES = 4 << 20;
const STEP_PARTS = 1024;
const STEP_NAMES = 512;
/** Pages given back to the file system in one step. */
const STEP_PAGES = 512;
/** What is removed beyond the limit, so that it is not met again with every commit. */
const HEADROOM = 0.06;
/** Free pages kept for what comes next: a share of the file. */
const FREE_SHARE = 0.1;

export class Retention {
  readonly #db: Database;
  readonly #path: string;
  readonly #limits: RetentionLimits;
  readonly #oldest: StatementSync;
  readonly #removeTrace: StatementSync;
  readonly #doom: StatementSync;
  readonly #doomed: StatementSync;
  readonly #undoom: StatementSync;
  readonly #partsOf: StatementSync;
  readonly #removePart: StatementSync;
  #shrinking = false;

  constructor(db: Database, path: string, limits: RetentionLimits) {
    this.#db = db;
    this.#path = path;
    this.#limits = limits;
    this.#oldest = db.prepare('SELECT id, bytes, created FROM trace ORDER BY id LIMIT ?');
    this.#removeTrace = db.prepare('DELETE FROM trace WHERE id = ?');
    this.#doom = db.prepare('INSERT OR IGNORE INTO doomed (trace) VALUES (?)');
    this.#doomed = db.prepare('SELECT trace FROM doomed LIMIT ?');
    this.#undoom = db.prepare('DELETE FROM doomed WHERE trace = ?');
    this.#partsOf = db.prepare(`SELECT id, length(bytes) AS size FROM part WHERE trace = ? ORDER BY id LIMIT ${STEP_PARTS}`);
    this.#removePart = db.prepare('DELETE FROM part WHERE id = ?');
  }

  /** One step. True: there is more to do. `forgotten`: dictionary rows were removed. */
  step(nowMs: number, forgotten: () => void): boolean {
    if (this.#removeDoomed()) return true;
    const pageSize = pragma(this.#db, 'page_size');
    const used = (pragma(this.#db, 'page_count') - pragma(this.#db, 'freelist_count')) * pageSize;
    // Checkpoints bring the log back to a few MB; what it holds is counted in `used` already.
    if (used > this.#limits.maxBytes * (1 - HEADROOM / 2)) this.#shrinking = true;
    const excess = this.#shrinking ? used - this.#limits.maxBytes * (1 - HEADROOM) : 0;
    if (excess <= 0) this.#shrinking = false;
    if (this.#removeOldest(excess, nowMs - this.#limits.maxAgeMs)) return true;
    if (this.#giveBack(pageSize)) return true;
    return this.#forgetNames(forgotten);
  }

  /** Traces whose summaries are gone and whose parts are still there. */
  #removeDoomed(): boolean {
    const traces = this.#doomed.all(STEP_TRACES).map((row) => Number(row['trace']));
    if (traces.length === 0) return false;
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

  #removeOldest(excess: number, createdBefore: number): boolean {
    const rows = this.#oldest.all(STEP_TRACES);
    const removed: number[] = [];
    let size = 0;
    for (const row of rows) {
      const tooOld = Number(row['created']) < createdBefore;
      if ((!tooOld && size >= excess) || size >= STEP_BYTES) break;
      removed.push(Number(row['id']));
      size += Number(row['bytes']);
    }
    if (removed.length === 0) return false;
    transaction(this.#db, () => {
      for (const trace of removed) {
        this.#removeTrace.run(trace);
        this.#doom.run(trace);
      }
    });
    return true;
  }

  #giveBack(pageSize: number): boolean {
    const pages = pragma(this.#db, 'page_count');
    const free = pragma(this.#db, 'freelist_count');
    const tooBig = storeBytes(this.#path) > this.#limits.maxBytes;
    if (free === 0 || (!tooBig && free * pageSize < Math.max(8 << 20, pages * pageSize * FREE_SHARE))) return false;
    this.#db.prepare(`PRAGMA incremental_vacuum(${STEP_PAGES})`).all();
    this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    return pragma(this.#db, 'page_count') < pages;
  }

  /** Messages and names that no part or trace left uses; a few rows a step, round and round. */
  #forgetNames(forgotten: () => void): boolean {
    const firstPart = Number(this.#db.prepare('SELECT min(id) AS n FROM part').get()?.['n'] ?? Number.MAX_SAFE_INTEGER);
    const before = firstPart - USED_SLACK;
    const changes = transaction(this.#db, () => {
      const run = (sql: string): number => Number(this.#db.prepare(sql).run(before).changes);
      return run(`DELETE FROM message WHERE id IN (SELECT id FROM message WHERE used < ? LIMIT ${STEP_NAMES})`) + run(`DELETE FROM service WHERE id IN (SELECT id FROM service WHERE used < ? LIMIT ${STEP_NAMES})`);
    });
    if (changes > 0) forgotten();
    return changes > 0;
  }
}
