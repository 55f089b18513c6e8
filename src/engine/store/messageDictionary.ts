// Resource and scope messages are many times the same: kept once, found by content hash. Owns the `message` table's writing and a
// bounded memory of what is in it, so that a known message costs a hash and no statement.
import { hash } from 'node:crypto';
import type { StatementSync } from 'node:sqlite';
import type { Database } from './sqlite.ts';

/** `used` is brought up to date when it lags this many parts; forgetting allows for it. */
export const USED_SLACK = 4096;
const REMEMBERED = 8192;

interface Known {
  readonly id: number;
  used: number;
}

export class MessageDictionary {
  readonly #known = new Map<string, Known>();
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #touch: StatementSync;

  constructor(db: Database) {
    this.#find = db.prepare('SELECT id, used FROM message WHERE hash = ?');
    this.#insert = db.prepare('INSERT INTO message (hash, body, used) VALUES (?, ?, ?)');
    this.#touch = db.prepare('UPDATE message SET used = ? WHERE id = ?');
  }

  /** Inside the transaction that writes the part `partId`. */
  idOf(body: Uint8Array, partId: number): number {
    const key = hash('sha256', body, 'base64');
    let known = this.#known.get(key);
    if (known === undefined) {
      const row = this.#find.get(key);
      known = row === undefined ? { id: Number(this.#insert.run(key, body, partId).lastInsertRowid), used: partId } : { id: Number(row['id']), used: Number(row['used']) };
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(key, known);
    }
    if (partId - known.used >= USED_SLACK) {
      this.#touch.run(partId, known.id);
      known.used = partId;
    }
    return known.id;
  }

  /** After a rollback, or when rows were removed. */
  forget(): void {
    this.#known.clear();
  }
}
