// The small dictionaries of names: root operations and services. Each keeps a bounded memory of what is in its table, so that a
// name seen before costs no statement. Owner only.
import type { StatementSync } from 'node:sqlite';
import { USED_SLACK } from './messageDictionary.ts';
import type { Database } from './sqlite.ts';

const REMEMBERED = 8192;

export class OperationTable {
  readonly #known = new Map<string, number>();
  readonly #find: StatementSync;
  readonly #insert: StatementSync;

  constructor(db: Database) {
    this.#find = db.prepare('SELECT id FROM operation WHERE service = ? AND name = ?');
    this.#insert = db.prepare('INSERT INTO operation (service, name, search) VALUES (?, ?, ?)');
  }

  /** Inside a write transaction. */
  idOf(service: string, name: string): number {
    const key = `${service.length}:${service}${name}`;
    let id = this.#known.get(key);
    if (id !== undefined) return id;
    const row = this.#find.get(service, name);
    id = row === undefined ? Number(this.#insert.run(service, name, name.toLowerCase()).lastInsertRowid) : Number(row['id']);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(key, id);
    return id;
  }

  forget(): void {
    this.#known.clear();
  }
}

export class ServiceTable {
  readonly #used = new Map<string, number>();
  readonly #see: StatementSync;

  constructor(db: Database) {
    this.#see = db.prepare('INSERT INTO service (name, used) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET used = max(used, excluded.used)');
  }

  /** Inside the transaction that writes the part `partId`. */
  see(name: string, partId: number): void {
    const used = this.#used.get(name);
    if (used !== undefined && partId - used < USED_SLACK) return;
    this.#see.run(name, partId);
    if (this.#used.size >= REMEMBERED) this.#used.clear();
    this.#used.set(name, partId);
  }

  forget(): void {
    this.#used.clear();
  }
}
