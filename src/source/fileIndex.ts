// The workspace's file list, searchable by exact path and by longest common tail. Pure and synchronous once built:
// a path from a span is only ever compared with this list, so nothing outside it can be looked up.

export interface TailMatch {
  /** Files sharing the longest tail; more than one: ambiguous. */
  readonly files: readonly string[];
  /** How many segments match. */
  readonly segments: number;
  /** Upper and lower case had to be ignored. */
  readonly folded: boolean;
}

export class FileIndex {
  readonly files: readonly string[];
  readonly #caseInsensitive: boolean;
  readonly #exact = new Map<string, string>();
  readonly #byBase = new Map<string, string[]>();
  #folders: Map<string, string[]> | undefined;

  constructor(files: readonly string[], caseInsensitive: boolean) {
    this.files = files;
    this.#caseInsensitive = caseInsensitive;
    for (const file of files) {
      this.#exact.set(this.#key(file), file);
      const base = folded(baseName(file));
      const list = this.#byBase.get(base);
      if (list === undefined) this.#byBase.set(base, [file]);
      else list.push(file);
    }
  }

  /** The listed file of that workspace-relative path, as the list spells it. */
  find(path: string): string | undefined {
    return this.#exact.get(this.#key(path));
  }

  /** Folders of that name that hold files or folders, any case. */
  foldersNamed(name: string): readonly string[] {
    if (this.#folders === undefined) {
      const folders = new Set<string>();
      for (const file of this.files) for (let f = folderOf(file); f !== '' && !folders.has(f); f = folderOf(f)) folders.add(f);
      this.#folders = new Map();
      for (const folder of folders) {
        const key = folded(baseName(folder));
        const list = this.#folders.get(key);
        if (list === undefined) this.#folders.set(key, [folder]);
        else list.push(folder);
      }
    }
    return this.#folders.get(folded(name)) ?? [];
  }

  /** Files of that base name, any case. */
  named(base: string): readonly string[] {
    return this.#byBase.get(folded(base)) ?? [];
  }

  /** The files that share the longest tail with these segments; case as written first, then ignored. */
  longestTail(segments: readonly string[], accept: (file: string) => boolean = () => true): TailMatch | undefined {
    const files = this.named(segments.at(-1) ?? '').filter(accept);
    if (files.length === 0) return undefined;
    return this.#tail(files, segments, false) ?? this.#tail(files, segments, true);
  }

  #tail(files: readonly string[], segments: readonly string[], fold: boolean): TailMatch | undefined {
    const wanted = segments.map((s) => (fold ? folded(s) : this.#key(s)));
    let best = 0;
    let found: string[] = [];
    for (const file of files) {
      const own = (fold ? folded(file) : this.#key(file)).split('/');
      let same = 0;
      while (same < own.length && same < wanted.length && own[own.length - 1 - same] === wanted[wanted.length - 1 - same]) same++;
      if (same > best) {
        best = same;
        found = [file];
      } else if (same === best && same > 0) found.push(file);
    }
    return best === 0 ? undefined : { files: found, segments: best, folded: fold };
  }

  #key(path: string): string {
    const normal = path.normalize('NFC');
    return this.#caseInsensitive ? normal.toLowerCase() : normal;
  }
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase();

export const baseName = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/** "" for a file at the top. */
export const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '');

/** Lower-case, without the dot; "" where there is none. */
export function extensionOf(file: string): string {
  const base = baseName(file);
  const dot = base.lastIndexOf('.');
  return dot <= 0 ? '' : base.slice(dot + 1).toLowerCase();
}

/** Folder + relative path with `.` and `..` resolved; undefined when it leaves the workspace. */
export function joinPath(folder: string, relative: string): string | undefined {
  const out = relative.startsWith('/') || folder === '' ? [] : folder.split('/');
  for (const part of relative.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.pop() === undefined) return undefined;
  }
  return out.join('/');
}
