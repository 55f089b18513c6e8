// The workspace as the ladder sees it: functions that the host (VS Code) or the command line (Node) hand in, and what is
// derived from them once and kept. One instance is one snapshot: make a new one when files or settings changed.
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

export class WorkspaceFiles {
  readonly access: WorkspaceAccess;
  readonly #derived = new Map<string, Promise<unknown>>();
  readonly #lines = new Map<string, readonly string[]>();
  #kept = 0;

  constructor(access: WorkspaceAccess) {
    this.access = access;
  }

  async index(signal?: AbortSignal): Promise<FileIndex> {
    return (await this.listing(signal)).index;
  }

  async listing(signal?: AbortSignal): Promise<{ readonly index: FileIndex; readonly notes: readonly string[] }> {
    return this.derive('listing', signal, async () => {
      const { files, notes } = await this.access.listFiles();
      return { index: new FileIndex(files, this.access.caseInsensitive), notes };
    });
  }

  /**
   * Computes once, keeps for the life of this snapshot. Others may wait for the same work, so one caller's abort ends its
   * waiting, not the work. A failed try is forgotten: the next caller starts anew.
   */
  async derive<T>(name: string, signal: AbortSignal | undefined, make: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    let kept = this.#derived.get(name) as Promise<T> | undefined;
    if (kept === undefined) {
      kept = make();
      this.#derived.set(name, kept);
      kept.catch(() => this.#derived.delete(name));
    }
    return untilAborted(kept, signal);
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
