// What the rungs share while one span is located: the file list, the service's folders (cheap ones first, the code index when a
// tie needs it) and the tie-break by service. Must not know any rung.
import type { CodeIndex } from './codeIndex.ts';
import { codeIndexOf } from './codeIndex.ts';
import { familyOf } from './definitions.ts';
import type { Family } from './definitions.ts';
import { baseName, folderOf } from './fileIndex.ts';
import type { FileSearch } from './fileRungs.ts';
import type { ServiceDeclaration } from './serviceFolders.ts';
import { CLEAR, ServiceFolders, isManifest, nameSimilarity, nameTokens } from './serviceFolders.ts';
import { declarationsIn, isServiceConfig } from './serviceNames.ts';
import type { SourceHints } from './sourceHints.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

export interface Search extends FileSearch {
  readonly hints: SourceHints;
  readonly workspace: WorkspaceFiles;
  readonly signal: AbortSignal | undefined;
}

const MAX_CONFIGS = 2_000;
const MAX_CONFIG_BYTES = 200_000;

export async function startSearch(given: SourceHints, workspace: WorkspaceFiles, signal: AbortSignal | undefined): Promise<Search> {
  // What SDKs call a service that nobody named ("unknown_service:node") names no folder.
  const hints = /^unknown[_-]service\b/i.test(given.service) ? { ...given, service: '' } : given;
  const { index } = await workspace.listing(signal);
  const configs = await workspace.deriveFromList('configs', signal, async () =>
    index.files.filter((file) => isServiceConfig(file) && !file.endsWith('-lock.json')).toSorted((a, b) => Number(isManifest(b)) - Number(isManifest(a)) || a.length - b.length));
  const folders = await workspace.derive('configFolders', signal, async () => {
    const kept = workspace.factsOf<readonly ServiceDeclaration[]>('configs');
    const declared = await Promise.all(configs.slice(0, MAX_CONFIGS).map(async (file) => {
      const known = kept.get(file);
      if (known !== undefined) return known;
      const text = await workspace.access.readText(file, MAX_CONFIG_BYTES);
      if (text === undefined) return [];
      const found = declarationsIn(file, text, index, folderOf);
      kept.set(file, found, true);
      return found;
    }));
    kept.prune(configs);
    return new ServiceFolders(index, declared.flat());
  });
  return { hints, workspace, index, folders, signal, access: workspace.access, service: hints.service };
}

export const codeOf = (search: Search): Promise<CodeIndex> => codeIndexOf(search.workspace, search.signal);

/** The same search, with what the code itself says about its service. */
export async function withCode(search: Search): Promise<Search> {
  const code = await codeOf(search);
  const folders = await search.workspace.derive('codeFolders', search.signal, async () => new ServiceFolders(search.index, code.declarations));
  return { ...search, folders };
}

export interface Preferred<T> {
  readonly items: readonly T[];
  /** What told them apart; undefined where nothing had to. */
  readonly by: 'service' | 'scope' | undefined;
}

/** Those of the items that fit the span's service best, then its scope; all of them where nothing tells them apart. */
export function preferOwn<T>(items: readonly T[], fileOf: (item: T) => string, { hints, folders }: Search): Preferred<T> {
  if (items.length < 2) return { items, by: undefined };
  const possible = othersLast(items, fileOf, folders, hints.service);
  const byService = top(possible, (item) => folders.score(hints.service, fileOf(item)), CLEAR);
  if (byService.length === 1) return { items: byService, by: 'service' };
  const byScope = top(byService, (item) => scopeScore(hints.scopeName, fileOf(item)), CLEAR);
  if (byScope.length === 1) return { items: byScope, by: 'scope' };
  return { items: byScope, by: undefined };
}

/** Those that declare themselves another service come last: a guess should not begin with them. */
const othersLast = <T>(items: readonly T[], fileOf: (item: T) => string, folders: ServiceFolders, service: string): readonly T[] =>
  items.toSorted((a, b) => Number(folders.isOthers(service, fileOf(a))) - Number(folders.isOthers(service, fileOf(b))));

function top<T>(items: readonly T[], score: (item: T) => number, least: number): readonly T[] {
  const scores = items.map(score);
  const best = scores.reduce((a, b) => Math.max(a, b), 0);
  return best < least ? items : items.filter((_, k) => scores[k] === best);
}

/** "app.services.payment" ends like app/services/payment.py; "payment" is like a folder or the file's name. */
function scopeScore(scope: string, file: string): number {
  if (scope === '') return 0;
  const stem = file.replace(/(?:\/(?:__init__|index|mod))?\.\w+$/, '');
  const path = scope.replace(/::|[.\\]/g, '/');
  if (stem === path || stem.endsWith(`/${path}`)) return 100;
  const wanted = nameTokens(scope);
  const names = [baseName(stem), ...folderOf(stem).split('/')];
  return names.reduce((best, name) => Math.max(best, nameSimilarity(wanted, nameTokens(name))), 0);
}

const FAMILIES_OF: { readonly [language: string]: readonly Family[] } = {
  nodejs: ['js'], webjs: ['js'], javascript: ['js'], typescript: ['js'], python: ['python'], go: ['go'], java: ['c', 'kotlin', 'scala'], kotlin: ['c', 'kotlin'],
  dotnet: ['c'], php: ['php'], ruby: ['ruby'], rust: ['rust'], cpp: ['c'], erlang: ['elixir'], elixir: ['elixir'], swift: ['swift'],
};
const JVM = /\.(?:java|kt|kts|scala|groovy)$/;

/** Whether a file can be the span's, by the language its SDK names; true where it names none we know. */
export function isOfLanguage(file: string, language: string): boolean {
  const families = Object.hasOwn(FAMILIES_OF, language) ? FAMILIES_OF[language] : undefined;
  const family = familyOf(file);
  if (families === undefined) return family !== undefined;
  if (family === undefined || !families.includes(family)) return false;
  if (language === 'dotnet') return file.endsWith('.cs') || file.endsWith('.fs');
  if (language === 'java' || language === 'kotlin') return JVM.test(file);
  if (language === 'cpp') return /\.(?:c|cc|cpp|h|hpp)$/.test(file);
  return true;
}
