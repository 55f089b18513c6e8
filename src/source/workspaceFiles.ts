// The workspace as the ladder sees it: functions that the host (VS Code) or the command line (Node) hand in, and what is
// derived from them once and kept. One instance is one snapshot: make a new one when settings changed, and the next one when files did.
import type { FileChanges } from './fileFacts.ts';
import { FileFacts } from './fileFacts.ts';
import { FileIndex } from './fileIndex.ts';

export interface WorkspaceRoot {
  /** Absolute path as the platform writes it: "/home/me/shop", "C:\\work\\shop". */
  readonly path: string;
  /** What its files' workspace-relative paths start with: "" for a single folder, else the folder's name. */
  readonly prefix: string;
}

export interface PathMapRule {
  /** Prefix of the paths in spans: "/app", "C:\\build\\shop". */
  readonly from: string;
  /** Folder in the workspace: workspace-relative, or absolute inside a root. */
  readonly to: string;
  /** Only for spans of this service. */
  readonly service?: string;
}

export interface FileListing {
  /**
   * Workspace-relative paths of regular files, `/` between segments. Build output (dist, *.map) included; node_modules, .git
   * and other dependency folders not. A file reached through a symbolic link that leaves its root must not be listed.
   */
  readonly files: readonly string[];
  /** Sentences about what was left out (too many files, an unreadable folder). */
  readonly notes: readonly string[];
}

/** What the platform must provide. */
export interface WorkspaceAccess {
  readonly roots: readonly WorkspaceRoot[];
  /** The file system does not tell `A.ts` from `a.ts`. */
  readonly caseInsensitive: boolean;
  /** From settings; empty in Restricted Mode. */
  readonly pathMap: readonly PathMapRule[];
  /** false: Restricted Mode, nothing is resolved. */
  readonly trusted: boolean;
  listFiles(signal?: AbortSignal): Promise<FileListing>;
  /**
   * Text of a listed file; undefined when it is larger than maxBytes, unreadable, or its real path is outside its root
   * (checked here again: the link may have changed since the listing).
   */
  readText(file: string, maxBytes: number, signal?: AbortSignal): Promise<string | undefined>;
}

const MAX_KEPT_CHARACTERS = 16_000_000;

/** What was read out of single files, of one kind. */
export interface FactsOfKind<T> {
  get(file: string): T | undefined;
  /** `needsList`: the list of files had a part in it. */
  set(file: string, facts: T, needsList: boolean): void;
  /** Forgets files that are not among these. */
  prune(files: readonly string[]): void;
}

export class WorkspaceFiles {
  readonly access: WorkspaceAccess;
  readonly #facts: FileFacts;
  readonly #madeAt: number;
  readonly #derived = new Map<string, Promise<unknown>>();
  /** What follows from the list of files alone: as long as that stays, later snapshots have it too. */
  readonly #ofList: Map<string, Promise<unknown>>;
  readonly #lines = new Map<string, readonly string[]>();
  #kept = 0;

  constructor(access: WorkspaceAccess, facts = new FileFacts(access.caseInsensitive), ofList = new Map<string, Promise<unknown>>()) {
    this.access = access;
    this.#ofList = ofList;
    this.#facts = facts;
    this.#madeAt = facts.now;
  }

  /** The snapshot after these changes. It knows what this one has read out of files that did not change. */
  next(access: WorkspaceAccess, changes: FileChanges): WorkspaceFiles {
    this.#facts.forget(changes);
    return new WorkspaceFiles(access, this.#facts, changes.list ? undefined : this.#ofList);
  }

  factsOf<T>(kind: string): FactsOfKind<T> {
    return {
      get: (file) => this.#facts.get(kind, file) as T | undefined,
      set: (file, facts, needsList) => this.#facts.set(kind, file, facts, needsList, this.#madeAt),
      prune: (files) => this.#facts.prune(kind, files),
    };
  }

  async index(signal?: AbortSignal): Promise<FileIndex> {
    return (await this.listing(signal)).index;
  }

  async listing(signal?: AbortSignal): Promise<{ readonly index: FileIndex; readonly notes: readonly string[] }> {
    return this.deriveFromList('listing', signal, async () => {
      const { files, notes } = await this.access.listFiles();
      return { index: new FileIndex(files, this.access.caseInsensitive), notes };
    });
  }

  /**
   * Computes once, keeps for the life of this snapshot. Others may wait for the same work, so one caller's abort ends its
   * waiting, not the work. A failed try is forgotten: the next caller starts anew.
   */
  derive<T>(name: string, signal: AbortSignal | undefined, make: () => Promise<T>): Promise<T> {
    return once(this.#derived, name, signal, make);
  }

  /** As derive, for what depends on nothing but the list of files. */
  deriveFromList<T>(name: string, signal: AbortSignal | undefined, make: () => Promise<T>): Promise<T> {
    return once(this.#ofList, name, signal, make);
  }

  /** Lines of a listed file, kept while there is room; undefined when it cannot be read or is too large. */
  async lines(file: string, signal?: AbortSignal, maxBytes = 2_000_000): Promise<readonly string[] | undefined> {
    const kept = this.#lines.get(file);
    if (kept !== undefined) return kept;
    const text = await this.access.readText(file, maxBytes, signal);
    if (text === undefined) return undefined;
    const lines = text.split(/\r\n|\n|\r/);
    if (this.#kept + text.length > MAX_KEPT_CHARACTERS) {
      this.#lines.clear();
      this.#kept = 0;
    }
    this.#lines.set(file, lines);
    this.#kept += text.length;
    return lines;
  }
}

async function once<T>(results: Map<string, Promise<unknown>>, name: string, signal: AbortSignal | undefined, make: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  let kept = results.get(name) as Promise<T> | undefined;
  if (kept === undefined) {
    kept = make();
    results.set(name, kept);
    kept.catch(() => results.delete(name));
  }
  return untilAborted(kept, signal);
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
