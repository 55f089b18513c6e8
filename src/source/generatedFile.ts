// Generated JavaScript → the file it was made from: by its source map, or by its place (dist/x.js → src/x.ts) where the
// output is not in the workspace. Owns where maps are; must not know how the generated file was found.
import type { FileIndex } from './fileIndex.ts';
import { baseName, folderOf, joinPath } from './fileIndex.ts';
import type { FileSearch, FoundFile } from './fileRungs.ts';
import { findFiles } from './fileRungs.ts';
import { isLibraryPath } from './libraryPath.ts';
import type { PathCandidate } from './pathCandidate.ts';
import { isRefused, pathCandidate } from './pathCandidate.ts';
import { atMost } from './sourceResult.ts';
import { originalPosition } from './sourceMap.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

export interface Original {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const MAX_GENERATED = 16_000_000;
const OUTPUT = new Set(['dist', 'build', 'out', 'lib', '.next', '.output', '.nuxt', 'output', 'bin', '.build', 'compiled', 'esm', 'cjs']);

const isScript = (file: string): boolean => /\.[cm]?jsx?$/.test(file);

/** `library`: bundled from a dependency. `gone`: the map names a source that is not in the workspace. undefined: there is no map. */
export type Origin = Original | 'library' | 'gone' | undefined;

/** The original of a generated position, by the file's source map. */
export async function originalOf(file: string, line: number, column: number | undefined, search: FileSearch, workspace: WorkspaceFiles, signal?: AbortSignal): Promise<Origin> {
  if (!isScript(file)) return undefined;
  const map = await mapOf(file, search.index, workspace, signal);
  if (map === undefined) return undefined;
  const position = originalPosition(map.text, line, column);
  if (position === undefined) return undefined;
  const original = sourceFile(position.source, map.folder, file, search);
  if (original !== undefined) return { file: original, line: position.line, column: position.column };
  return isLibraryPath(position.source.replaceAll('\\', '/').split('/')) ? 'library' : 'gone';
}

async function mapOf(file: string, index: FileIndex, workspace: WorkspaceFiles, signal?: AbortSignal): Promise<{ readonly text: string; readonly folder: string } | undefined> {
  const beside = index.find(`${file}.map`);
  if (beside !== undefined) {
    const text = await workspace.access.readText(beside, MAX_GENERATED, signal);
    if (text !== undefined) return { text, folder: folderOf(beside) };
  }
  const code = await workspace.access.readText(file, MAX_GENERATED, signal);
  const url = code === undefined ? undefined : [...code.matchAll(/\/[/*][#@][ \t]*sourceMappingURL=([^\s'"*]+)/g)].at(-1)?.[1];
  if (url === undefined) return undefined;
  const inline = /^data:application\/json[^,]{0,80},(.*)$/.exec(url);
  if (inline !== null) {
    const text = decodeData(inline[1]!, /;base64,/.test(url.slice(0, 120)));
    return text === undefined ? undefined : { text, folder: folderOf(file) };
  }
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(url)) return undefined; // Never fetched.
  const named = joinPath(folderOf(file), url.replace(/[?#].*$/, ''));
  const listed = named === undefined ? undefined : index.find(named);
  const text = listed === undefined ? undefined : await workspace.access.readText(listed, MAX_GENERATED, signal);
  return text === undefined ? undefined : { text, folder: folderOf(listed!) };
}

function decodeData(data: string, base64: boolean): string | undefined {
  try {
    if (!base64) return decodeURIComponent(data);
    return new TextDecoder().decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
  } catch {
    return undefined; // A broken data: URL holds no map.
  }
}

function sourceFile(source: string, folder: string, generated: string, search: FileSearch): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:|^[\\/]/i.test(source)) {
    const joined = joinPath(folder, source);
    const listed = joined === undefined ? undefined : search.index.find(joined);
    if (listed !== undefined && listed !== generated) return listed;
  }
  // "webpack:///./src/x.ts", "/build/src/x.ts" of another machine, or a path relative to a folder that is gone.
  if (isLibraryPath(source.replaceAll('\\', '/').split('/'))) return undefined;
  const candidate = pathCandidate(source.replace(/^(?:\.\.?[\\/])+/, ''));
  if (isRefused(candidate)) return undefined;
  const unit = search.folders.unitOf(generated);
  const found = search.index.longestTail(candidate.segments, (file) => file !== generated && (unit === '' || file.startsWith(`${unit}/`)));
  return found?.files.length === 1 && (found.segments > 1 || baseName(found.files[0]!) === source) ? found.files[0] : undefined;
}

/** Where the generated file itself is not in the workspace: its likely source by place. Its lines are not the source's. */
export function likelySources(path: PathCandidate, search: FileSearch): readonly FoundFile[] {
  const base = path.segments.at(-1)!;
  const at = path.segments.findLastIndex((s) => OUTPUT.has(s));
  if (!isScript(base) || at < 0) return [];
  const stem = base.replace(/\.[cm]?jsx?$/, '');
  const rest = path.segments.slice(at + 1, -1).filter((s) => s !== 'src');
  for (const extension of ['ts', 'tsx', 'mts', 'cts', 'jsx', 'js', 'mjs']) {
    for (const inside of [['src'], []]) {
      const segments = [...path.segments.slice(0, at), ...inside, ...rest, `${stem}.${extension}`];
      const found = findFiles({ ...path, segments }, search).filter((f) => f.confidence !== 'low' || inside.length + rest.length > 0);
      const fits = found.filter((f) => f.file.split('/').slice(-1 - inside.length - rest.length).join('/') === [...inside, ...rest, `${stem}.${extension}`].join('/'));
      if (fits.length > 0) return fits.map((f) => ({ ...f, rung: 'suffix' as const, confidence: atMost(f.confidence, 'medium'), how: `${base} is build output that is not in the workspace; this is the source by its place` }));
    }
  }
  return [];
}
