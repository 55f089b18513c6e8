// The pins file as a store uses it: opened when first needed (the owner makes it a moment after the database), and never the reason
// why traces cannot be listed: where it cannot be read there are no pins, and `problem` says why.
import { openDatabase, type OpenOptions } from './openDatabase.ts';
import { pinsFile, PinStore, type PinnedTrace } from './pinStore.ts';
import type { Sqlite } from './sqlite.ts';
import { pinsPath } from './storePath.ts';
import { StoreError } from './traceStore.ts';

const NONE: ReadonlyMap<string, PinnedTrace> = new Map();

export class PinAccess {
  readonly #sqlite: Sqlite;
  readonly #path: string;
  readonly #how: OpenOptions;
  #store: PinStore | undefined;
  #problem: string | undefined;
  /** Not to be tried again in this session. */
  #given = false;

  constructor(sqlite: Sqlite, storePath: string, how: OpenOptions) {
    this.#sqlite = sqlite;
    this.#path = pinsPath(storePath);
    // Pins are few and precious: always synced.
    this.#how = { ...how, fullSync: true };
  }

  /** One sentence where pins cannot be read or were set aside. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** By trace id; none where the file is absent or unreadable. */
  all(): ReadonlyMap<string, PinnedTrace> {
    return this.read((pins) => pins.all()) ?? NONE;
  }

  /** undefined where there is no file, or it cannot be read. */
  read<T>(work: (pins: PinStore) => T): T | undefined {
    const pins = this.#open();
    if (pins === undefined) return undefined;
    try {
      return work(pins);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.kind !== 'busy') this.#giveUp(error.message);
      return undefined;
    }
  }

  /** Throws StoreError with the reason why pins cannot be kept. */
  forWriting(): PinStore {
    const pins = this.#open();
    if (pins === undefined) throw new StoreError('io', this.#problem ?? `Pins cannot be kept yet: ${this.#path} is not there.`);
    return pins;
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
    this.#given = true;
  }

  #open(): PinStore | undefined {
    if (this.#store !== undefined || this.#given) return this.#store;
    const opened = openDatabase(this.#sqlite, pinsFile(this.#path), this.#how);
    if (opened.kind === 'open') {
      this.#problem = opened.problem;
      this.#store = new PinStore(opened.db, this.#path);
    } else if (opened.kind === 'refused') {
      this.#giveUp(opened.problem);
    }
    return this.#store;
  }

  #giveUp(problem: string): void {
    this.#store?.close();
    this.#store = undefined;
    this.#problem = problem;
    this.#given = true;
  }
}
