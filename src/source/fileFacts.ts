// What was read out of single files, carried from one snapshot of the workspace to the next: a changed file's facts are forgotten, the
// others' stay. A snapshot that is older than a change may still be at work; what it found of that file is not taken. Must not know what facts are.
import { folderOf } from './fileIndex.ts';

/** Since the snapshot before. */
export interface FileChanges {
  /** Files or folders whose contents changed, came or went. */
  readonly paths: ReadonlySet<string>;
  /** Files came or went: what was concluded from the list of files is forgotten too. */
  readonly list: boolean;
}

interface Kept {
  readonly value: unknown;
  readonly needsList: boolean;
}

/** Changes that are remembered one by one; beyond, older snapshots add nothing any more. */
const MAX_REMEMBERED = 10_000;

export class FileFacts {
  readonly #fold: (path: string) => string;
  readonly #kinds = new Map<string, Map<string, Kept>>();
  readonly #changedAt = new Map<string, number>();
  #listChangedAt = 0;
  #allChangedAt = 0;
  #clock = 0;

  /** Where two spellings are one file, the changes may come in another than the list's. */
  constructor(caseInsensitive: boolean) {
    this.#fold = caseInsensitive ? (path) => path.normalize('NFC').toLowerCase() : (path) => path;
  }

  /** When a snapshot is made: it knows every change up to now. */
  get now(): number {
    return this.#clock;
  }

  forget({ paths: spelled, list }: FileChanges): void {
    const paths = new Set(Array.from(spelled, this.#fold));
    this.#clock++;
    if (this.#changedAt.size + paths.size > MAX_REMEMBERED) {
      this.#changedAt.clear();
      this.#allChangedAt = this.#clock;
    }
    for (const path of paths) this.#changedAt.set(path, this.#clock);
    if (list) this.#listChangedAt = this.#clock;
    for (const facts of this.#kinds.values()) {
      // A file alone is found at once; only a list that changed can have moved folders.
      if (!list) for (const path of paths) facts.delete(path);
      else for (const [file, { needsList }] of facts) if (needsList || isWithin(file, paths)) facts.delete(file);
    }
  }

  get(kind: string, file: string): unknown {
    return this.#kinds.get(kind)?.get(this.#fold(file))?.value;
  }

  /** `madeAt`: the `now` of the snapshot that read it. */
  set(kind: string, spelled: string, value: unknown, needsList: boolean, madeAt: number): void {
    const file = this.#fold(spelled);
    if (madeAt < this.#clock && this.#isOlder(file, needsList, madeAt)) return;
    let facts = this.#kinds.get(kind);
    if (facts === undefined) this.#kinds.set(kind, (facts = new Map()));
    facts.set(file, { value, needsList });
  }

  /** Forgets those of files that are not listed any more, when there are many. */
  prune(kind: string, files: readonly string[]): void {
    const facts = this.#kinds.get(kind);
    if (facts === undefined || facts.size <= files.length) return;
    const listed = new Set(files.map(this.#fold));
    for (const file of facts.keys()) if (!listed.has(file)) facts.delete(file);
  }

  #isOlder(file: string, needsList: boolean, madeAt: number): boolean {
    if (madeAt < this.#allChangedAt || (needsList && madeAt < this.#listChangedAt)) return true;
    for (let path = file; path !== ''; path = folderOf(path)) if (madeAt < (this.#changedAt.get(path) ?? 0)) return true;
    return false;
  }
}

function isWithin(file: string, paths: ReadonlySet<string>): boolean {
  for (let path = file; path !== ''; path = folderOf(path)) if (paths.has(path)) return true;
  return false;
}
