// A reader's view of the owner's database: opened as soon as it is there, opened again when the owner replaced it, and asked for what
// is new. Must not know ownership or HTTP.
import { statSync } from 'node:fs';
import type { Announcement } from '../store/announcement.ts';
import type { OpenedStore } from '../store/openStore.ts';
import type { SqliteStore } from '../store/sqliteStore.ts';

export interface FollowerOptions {
  readonly path: string;
  readonly open: () => OpenedStore;
  /** Traces with new spans; empty where something else changed. */
  readonly changed: (traceIds: readonly string[]) => void;
}

const NEWS_LIMIT = 5_000;
const NOTHING: Announcement = { endpoint: undefined, problem: undefined };

export class StoreFollower {
  readonly #options: FollowerOptions;
  #store: SqliteStore | undefined;
  #problem: string | undefined;
  #announcement = NOTHING;
  #file = -1;
  #lastPart = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get store(): SqliteStore | undefined {
    return this.#store;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** What the owner said last. */
  get announcement(): Announcement {
    return this.#announcement;
  }

  look(): void {
    const file = statSync(this.#options.path, { throwIfNoEntry: false })?.ino ?? -1;
    if (this.#store !== undefined && file !== this.#file) this.close();
    if (this.#store === undefined && !this.#open(file)) return;
    const store = this.#store!;
    if (!store.changedElsewhere()) return;
    const news = store.tracesSince(this.#lastPart, NEWS_LIMIT);
    this.#lastPart = news.last;
    this.#announcement = store.announced();
    this.#options.changed(news.traceIds);
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  #open(file: number): boolean {
    const opened = this.#options.open();
    this.#problem = opened.kind === 'absent' ? undefined : opened.problem;
    if (opened.kind !== 'open') return false;
    this.#store = opened.store;
    this.#file = file;
    this.#lastPart = opened.store.tracesSince(Infinity, 0).last;
    return true;
  }
}
