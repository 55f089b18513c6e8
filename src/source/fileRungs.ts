// Rungs 1, 2 and 4: a file that the span names, found by path-map rule, as given, or by its longest tail.
// Answers files, not lines: anchor.ts places the line. Must not read anything but the file list.
import type { FileIndex } from './fileIndex.ts';
import type { PathCandidate } from './pathCandidate.ts';
import type { Confidence, Rung } from './sourceResult.ts';
import { lowered } from './sourceResult.ts';
import type { ServiceFolders } from './serviceFolders.ts';
import { CLEAR } from './serviceFolders.ts';
import type { WorkspaceAccess } from './workspaceFiles.ts';
import { withoutBuilt } from './copies.ts';
import { isLibraryPath } from './libraryPath.ts';
import { pathCandidate, isRefused } from './pathCandidate.ts';

export interface FoundFile {
  readonly file: string;
  readonly confidence: Confidence;
  readonly rung: Rung;
  /** Starts the reason; the line's part follows. */
  readonly how: string;
}

export interface FileSearch {
  readonly index: FileIndex;
  readonly folders: ServiceFolders;
  readonly access: WorkspaceAccess;
  readonly service: string;
}

/** Files for one path, best first; several of equal confidence are a tie. */
export function findFiles(path: PathCandidate, search: FileSearch): readonly FoundFile[] {
  const mapped = byPathMap(path, search);
  if (mapped !== undefined) return [mapped];
  const exact = asGiven(path, search);
  if (exact !== undefined) return exact;
  return bySuffix(path, search);
}

function byPathMap(path: PathCandidate, { access, index, service }: FileSearch): FoundFile | undefined {
  const rules = access.pathMap.filter((rule) => rule.service === undefined || rule.service === service);
  for (const rule of rules.toSorted((a, b) => Number(b.service !== undefined) - Number(a.service !== undefined) || b.from.length - a.from.length)) {
    const rest = withoutPrefix(path, rule.from);
    if (rest === undefined) continue;
    const folder = workspaceFolder(rule.to, access);
    const file = folder === undefined ? undefined : index.find([...folder, ...rest].join('/'));
    if (file !== undefined) return { file, confidence: 'certain', rung: 'pathMap', how: `The path-map setting turns ${rule.from} into ${rule.to}` };
  }
  return undefined;
}

function withoutPrefix(path: PathCandidate, from: string): readonly string[] | undefined {
  const absolute = /^(?:[\\/]|[a-z]:)/i.test(from);
  const drive = /^[a-z]:/i.exec(from)?.[0].toUpperCase() ?? '';
  if (absolute !== path.absolute || drive !== path.drive) return undefined;
  const prefix = from.slice(drive.length).split(/[\\/]+/).filter((s) => s !== '' && s !== '.');
  const same = (a: string, b: string): boolean => (drive === '' ? a === b : a.toLowerCase() === b.toLowerCase());
  return path.segments.length > prefix.length && prefix.every((s, k) => same(s, path.segments[k]!)) ? path.segments.slice(prefix.length) : undefined;
}

/** Segments of a rule's target in the workspace; undefined when it is outside. */
function workspaceFolder(to: string, access: WorkspaceAccess): readonly string[] | undefined {
  if (/^(?:\.?[\\/]?|\$\{workspaceFolder\}[\\/]?)$/.test(to)) return [];
  const candidate = pathCandidate(to.replace(/^\$\{workspaceFolder\}[\\/]/, '').replace(/[\\/]+$/, ''));
  if (isRefused(candidate)) return undefined;
  if (!candidate.absolute) return candidate.segments;
  const inside = insideRoots(candidate, access, true);
  return inside === undefined ? undefined : inside === '' ? [] : inside.split('/');
}

/** Workspace-relative path of an absolute path inside a root. */
function insideRoots(path: PathCandidate, access: WorkspaceAccess, folder = false): string | undefined {
  for (const root of access.roots) {
    const drive = /^[a-z]:/i.exec(root.path)?.[0].toUpperCase() ?? '';
    if (drive !== path.drive) continue;
    const top = root.path.slice(drive.length).split(/[\\/]+/).filter((s) => s !== '');
    if (path.segments.length < top.length + (folder ? 0 : 1)) continue;
    const same = (a: string, b: string): boolean => (access.caseInsensitive ? a.toLowerCase() === b.toLowerCase() : a === b);
    if (top.every((s, k) => same(s, path.segments[k]!))) return [...(root.prefix === '' ? [] : [root.prefix]), ...path.segments.slice(top.length)].join('/');
  }
  return undefined;
}

function asGiven(path: PathCandidate, search: FileSearch): readonly FoundFile[] | undefined {
  const { access, index } = search;
  if (path.absolute) {
    const inside = insideRoots(path, access);
    const file = inside === undefined ? undefined : index.find(inside);
    return file === undefined ? undefined : [{ file, confidence: 'certain', rung: 'exact', how: 'The span names this file' }];
  }
  const relative = path.segments.join('/');
  const files = access.roots.flatMap((root) => index.find(root.prefix === '' ? relative : `${root.prefix}/${relative}`) ?? []);
  if (files.length !== 1) return undefined;
  // "src/server.ts" is also what a service started in its own folder sends: only sure when no other file ends like it.
  const others = index.longestTail(path.segments)?.files ?? files;
  if (others.length > 1) return undefined;
  const how = 'The span names this file, relative to the workspace';
  // A service with a folder of its own is started there: what it calls src/index.ts is hardly the workspace's.
  const elsewhere = search.folders.unitOf(files[0]!) === '' && search.folders.score(search.service, files[0]!) < CLEAR && search.folders.knows(search.service);
  if (elsewhere && (path.segments.length === 1 || search.folders.hasInside(search.service, path.segments[0]!))) return [{ file: files[0]!, confidence: 'low', rung: 'exact', how: `${how}, but ${search.service} has a folder of its own` }];
  return [{ file: files[0]!, confidence: path.segments.length > 1 && !elsewhere ? 'certain' : 'high', rung: 'exact', how }];
}

function bySuffix(path: PathCandidate, search: FileSearch): readonly FoundFile[] {
  if (isLibraryPath(path.segments)) return [];
  const found = search.index.longestTail(path.segments);
  if (found === undefined) return [];
  // Of a file and its copy in build output the path means the file, unless it names the output.
  const match = { ...found, files: withoutBuilt(found.files, (file) => file) };
  const tail = path.segments.slice(-match.segments).join('/');
  const left = Math.max(0, path.segments.length - match.segments - (path.absolute ? containerRoot(path.segments) : 0));
  const scores = match.files.map((file) => search.folders.score(search.service, file));
  const base = suffixConfidence(match.segments, left, match.folded);
  if (match.files.length === 1) {
    const file = match.files[0]!;
    const ours = scores[0]! >= CLEAR;
    if (isAnotherServices(file, match.segments, search)) return [{ file, confidence: 'low', rung: 'suffix', how: `The only file in the workspace that ends with ${tail}, but it is not in the folder of ${search.service}` }];
    const confidence = match.segments === 1 && ours && left <= 1 && !match.folded ? 'high' : base;
    return [{ file, confidence, rung: 'suffix', how: `The only file in the workspace that ends with ${tail}${ours ? `, in the folder of ${search.service}` : ''}` }];
  }
  const best = Math.max(...scores);
  const winners = match.files.filter((_, k) => scores[k] === best);
  if (best >= CLEAR && winners.length === 1) {
    return [{ file: winners[0]!, confidence: atMostMedium(base), rung: 'suffix', how: `${match.files.length} files end with ${tail}; this one is in the folder of ${search.service}` }];
  }
  const whole = match.segments === path.segments.length ? match.files.find((file) => file.split('/').length === match.segments) : undefined;
  if (best < CLEAR && whole !== undefined && !path.absolute) return [{ file: whole, confidence: atMostMedium(base), rung: 'suffix', how: `${match.files.length} files end with ${tail}; this one is at that place in the workspace` }];
  const isOthers = (file: string): number => Number(search.folders.isOthers(search.service, file));
  // Several files that share no more than a name with a path through other folders: it is none of them.
  if (match.segments === 1 && left > 0) return [];
  const tied = best >= CLEAR ? winners : match.files.toSorted((a, b) => isOthers(a) - isOthers(b));
  return tied.map((file) => ({ file, confidence: 'low' as const, rung: 'suffix' as const, how: `${match.files.length} files end with ${tail}, and nothing tells them apart` }));
}

const CONTAINER_ROOT = /^(?:usr\/src\/[^/]+|usr\/app|opt\/[^/]+|var\/(?:task|www\/html|www|app)|home\/[^/]+\/app|home\/[^/]+|workspaces?\/[^/]+|workspace|app|code|src|srv|build|repo|function|work)(?=\/)/;

/** How many segments are only where images put programs. */
const containerRoot = (segments: readonly string[]): number => CONTAINER_ROOT.exec(segments.join('/'))?.[0].split('/').length ?? 0;

function suffixConfidence(segments: number, left: number, folded: boolean): Confidence {
  const base: Confidence = segments >= 2 ? 'high' : left === 0 ? 'medium' : 'low';
  return folded ? lowered(base) : base;
}

/** The service has a folder of its own, and the file is in another package, which the path does not name. */
function isAnotherServices(file: string, matched: number, { folders, service }: FileSearch): boolean {
  const unit = folders.unitOf(file);
  return unit !== '' && matched <= file.split('/').length - unit.split('/').length && folders.score(service, file) === 0 && folders.knows(service);
}

const atMostMedium = (confidence: Confidence): Confidence => (confidence === 'high' ? 'medium' : confidence);
