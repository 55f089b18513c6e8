// Which of all processes on one database is its owner: the one that holds an exclusive SQLite lock on a file beside it. The kernel
// frees it when the process dies, also by kill -9. The file holds nothing and is never read by other means: closing any other
// handle on it in this process would drop the lock (POSIX).
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorKind, type Database, type Sqlite } from './sqlite.ts';
import { ownerPath } from './storePath.ts';

export class Ownership {
  readonly #sqlite: Sqlite;
  readonly #path: string;
  #db: Database | undefined;
  #file: number | undefined;
  #held = false;

  constructor(sqlite: Sqlite, storePath: string) {
    this.#sqlite = sqlite;
    this.#path = ownerPath(storePath);
  }

  get held(): boolean {
    return this.#held;
  }

  /** False: another process is the owner. Throws when the file cannot be made or locked at all. */
  tryAcquire(): boolean {
    if (this.#held) return true;
    try {
      this.#db ??= this.#open();
      this.#db.exec('BEGIN EXCLUSIVE');
      this.#held = true;
    } catch (error) {
      if (errorKind(error) !== 'busy') {
        this.release();
        throw error;
      }
    }
    // A file that was deleted can be locked as well, while another process locks the one that is there now.
    if (this.#isGone()) this.release();
    return this.#held;
  }

  release(): void {
    this.#held = false;
    this.#db?.close();
    this.#db = undefined;
  }

  #open(): Database {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    if (!existsSync(this.#path)) closeSync(openSync(this.#path, 'a', 0o600));
    const db = new this.#sqlite.DatabaseSync(this.#path, { timeout: 0 });
    this.#file = statSync(this.#path).ino;
    return db;
  }

  #isGone(): boolean {
    try {
      return statSync(this.#path, { throwIfNoEntry: false })?.ino !== this.#file;
    } catch {
      // A disk that does not answer says nothing.
      return false;
    }
  }
}
