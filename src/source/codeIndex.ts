// The workspace's source files as one: span-creating calls by name, where types and functions are defined, and which folder says it is
// which service. Files are read once and again when they change; what is told of all of them is put together anew. Bounded, and what
// was left out is said. Must not know any one span.
import type { CodeFacts, NameFacts, NameUse, RegistrationSite, SpanSite } from './codeFacts.ts';
import { SoughtNames, codeFactsOf, nameFactsOf } from './codeFacts.ts';
import { familyOf } from './definitions.ts';
import type { FileIndex } from './fileIndex.ts';
import { folderOf } from './fileIndex.ts';
import { isLibraryPath } from './libraryPath.ts';
import { saysEnough } from './literal.ts';
import { lastSegment } from './routePath.ts';
import type { ServiceDeclaration } from './serviceFolders.ts';
import { isManifest } from './serviceFolders.ts';
import { isServiceConfig } from './serviceNames.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

export type { RegistrationSite, SpanSite } from './codeFacts.ts';

export interface CodeIndex {
  /** By the exact name. */
  readonly literals: ReadonlyMap<string, readonly SpanSite[]>;
  /** By the lower-case name: Zipkin lower-cases. */
  readonly folded: ReadonlyMap<string, readonly SpanSite[]>;
  readonly patterns: readonly SpanSite[];
  /** By the last segment of their path, "" where it is all of the class's or block's around. */
  readonly routes: ReadonlyMap<string, readonly RegistrationSite[]>;
  readonly routePrefixes: readonly RegistrationSite[];
  readonly topics: ReadonlyMap<string, readonly RegistrationSite[]>;
  /** Bare type name → files that define it. */
  readonly types: ReadonlyMap<string, readonly string[]>;
  /** Bare function name → files that define it. */
  readonly functions: ReadonlyMap<string, readonly string[]>;
  readonly declarations: readonly ServiceDeclaration[];
  readonly filesRead: number;
  readonly notes: readonly string[];
}

const MAX_FILE_BYTES = 400_000;
const MAX_CONFIG_BYTES = 200_000;
const MAX_TOTAL_CHARACTERS = 256_000_000;
const MAX_SECOND_PASS_NAMES = 500;
const READS_AT_ONCE = 16;
/** A few ms of putting together. */
const FILES_A_TURN = 500;

export function codeIndexOf(workspace: WorkspaceFiles, signal?: AbortSignal): Promise<CodeIndex> {
  return workspace.derive('code', signal, async () => build(workspace, (await workspace.listing()).index));
}

async function build(workspace: WorkspaceFiles, index: FileIndex): Promise<CodeIndex> {
  const { files, code, units } = await sourcesOf(workspace, index);
  const facts = await firstPass(workspace, index, files);
  const merged = new Merge(units);
  for (const [k, one] of facts.found.entries()) {
    if (one !== undefined) merged.first(files[k]!, one);
    if (k % FILES_A_TURN === FILES_A_TURN - 1) await nextTurn();
  }
  const notes = merged.notes();
  if (facts.unread > 0) notes.push(`${facts.unread} source files were not searched: unreadable, or larger than ${MAX_FILE_BYTES / 1000} kB.`);
  if (facts.skipped > 0) notes.push(`${facts.skipped} of ${files.length} source files were not searched: the workspace has more than ${MAX_TOTAL_CHARACTERS / 1e6} million characters of source.`);
  const sought = merged.sought();
  if (sought !== undefined) await secondPass(workspace, code, sought, (file, found) => merged.second(file, found, sought));
  return merged.finish(files.length - facts.unread - facts.skipped, notes);
}

interface Sources {
  readonly files: readonly string[];
  /** Those of them that are source code. */
  readonly code: readonly string[];
  /** Folders with a manifest. */
  readonly units: ReadonlySet<string>;
}

function sourcesOf(workspace: WorkspaceFiles, index: FileIndex): Promise<Sources> {
  return workspace.deriveFromList('sources', undefined, () => {
    const files = index.files.filter((file) => isWorthReading(file, index));
    return Promise.resolve({ files, code: files.filter((file) => familyOf(file) !== undefined), units: new Set(index.files.filter(isManifest).map(folderOf)) });
  });
}

interface FirstPass {
  /** In the order of the files. */
  readonly found: readonly (CodeFacts | undefined)[];
  readonly unread: number;
  readonly skipped: number;
}

/** Reads the files that no earlier snapshot has read as they are now. */
async function firstPass(workspace: WorkspaceFiles, index: FileIndex, files: readonly string[]): Promise<FirstPass> {
  const kept = workspace.factsOf<CodeFacts>('code');
  const found = files.map((file) => kept.get(file));
  let characters = found.reduce((sum, facts) => sum + (facts?.characters ?? 0), 0);
  let unread = 0;
  let skipped = 0;
  const missing = files.map((_, k) => k).filter((k) => found[k] === undefined);
  await inBatches(missing, async (k) => {
    const file = files[k]!;
    if (characters > MAX_TOTAL_CHARACTERS) {
      skipped++;
      return;
    }
    const text = await workspace.access.readText(file, familyOf(file) === undefined ? MAX_CONFIG_BYTES : MAX_FILE_BYTES);
    if (text === undefined) {
      unread++;
      return;
    }
    characters += text.length;
    found[k] = codeFactsOf(file, text, index);
    kept.set(file, found[k], isServiceConfig(file));
  });
  kept.prune(index.files);
  return { found, unread, skipped };
}

/** What files have of the names that were sought in all of them; another name to seek costs one more reading of everything. */
async function secondPass(workspace: WorkspaceFiles, files: readonly string[], sought: SoughtNames, visit: (file: string, found: NameFacts) => void): Promise<void> {
  const kept = workspace.factsOf<{ readonly sought: SoughtNames; readonly facts: NameFacts }>('names');
  const current = files.map((file) => kept.get(file)).map((found) => (found?.sought.includes(sought) === true ? found.facts : undefined));
  let characters = 0;
  await inBatches(files.map((_, k) => k).filter((k) => current[k] === undefined), async (k) => {
    if (characters > MAX_TOTAL_CHARACTERS) return;
    const text = await workspace.access.readText(files[k]!, MAX_FILE_BYTES);
    if (text === undefined) return;
    characters += text.length;
    current[k] = nameFactsOf(files[k]!, text, sought);
    kept.set(files[k]!, { sought, facts: current[k] }, false);
  });
  kept.prune(files);
  for (const [k, facts] of current.entries()) if (facts !== undefined) visit(files[k]!, facts);
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let k = 0; k < items.length; k += READS_AT_ONCE) await Promise.all(items.slice(k, k + READS_AT_ONCE).map(work));
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function isWorthReading(file: string, index: FileIndex): boolean {
  if (isLibraryPath(file.split('/'))) return false;
  if (familyOf(file) === undefined) return isServiceConfig(file) && !/(?:package-lock|tsconfig.*|\.map)\.?(?:json)?$/.test(file);
  return !/\.d\.[cm]?ts$|\.pyi$|\.min\.js$|(?:^|\/)(?:\.next|\.nuxt|coverage|__pycache__|target\/(?:debug|release|classes))\//.test(file) && index.find(`${file}.map`) === undefined;
}

class Merge {
  readonly #units: ReadonlySet<string>;
  readonly #literals = new Map<string, SpanSite[]>();
  readonly #patterns: SpanSite[] = [];
  readonly #patternKeys = new Set<string>();
  readonly #routes = new Map<string, RegistrationSite[]>();
  readonly #routePrefixes: RegistrationSite[] = [];
  readonly #topics = new Map<string, RegistrationSite[]>();
  readonly #types = new Map<string, string[]>();
  readonly #functions = new Map<string, string[]>();
  readonly #declarations: ServiceDeclaration[] = [];
  readonly #wrappers = new Set<string>();
  readonly #unresolved = new Map<string, NameUse[]>();

  constructor(units: ReadonlySet<string>) {
    this.#units = units;
  }

  first(file: string, { declarations, types, functions, registrations, sites, wrappers, unresolved }: CodeFacts): void {
    for (const declaration of declarations) this.#declarations.push(declaration.file === undefined ? declaration : { ...declaration, folder: this.#lift(file) });
    for (const name of types) push(this.#types, name, file);
    for (const name of functions) push(this.#functions, name, file);
    for (const site of registrations) {
      if (site.verb === 'TOPIC') push(this.#topics, site.path, site);
      else if (site.verb !== 'PREFIX') push(this.#routes, lastSegment(site.path), site);
      else if (site.path !== '') this.#routePrefixes.push(site);
    }
    for (const site of sites) this.#add(site);
    for (const wrapper of wrappers) this.#wrappers.add(wrapper);
    for (const use of unresolved) push(this.#unresolved, use.identifier, use);
  }

  notes(): string[] {
    const names = this.#wrappers.size + this.#unresolved.size;
    return names > 2 * MAX_SECOND_PASS_NAMES ? [`Only ${2 * MAX_SECOND_PASS_NAMES} of ${names} span wrappers and name constants were followed.`] : [];
  }

  sought(): SoughtNames | undefined {
    const callees = new Set([...this.#wrappers].slice(0, MAX_SECOND_PASS_NAMES));
    const constants = new Set([...this.#unresolved.keys()].slice(0, MAX_SECOND_PASS_NAMES));
    return callees.size === 0 && constants.size === 0 ? undefined : new SoughtNames(callees, constants);
  }

  /** The facts may be of a time when more names were sought. */
  second(file: string, { calls, constants }: NameFacts, sought: SoughtNames): void {
    for (const site of calls) if (sought.callees.has(site.callee)) this.#add(site);
    const family = familyOf(file);
    for (const site of constants) {
      if (!sought.constants.has(site.callee)) continue;
      const uses = (this.#unresolved.get(site.callee) ?? []).filter((use) => familyOf(use.file) === family);
      if (uses.length === 0) continue;
      for (const { line, callee, kind, file: user } of uses) this.#add({ file: user, line, callee, kind, parts: site.parts });
      this.#add(site);
    }
  }

  finish(filesRead: number, notes: readonly string[]): CodeIndex {
    const folded = new Map<string, SpanSite[]>();
    for (const [name, sites] of this.#literals) for (const site of sites) push(folded, name.toLowerCase(), site);
    return { literals: this.#literals, folded, patterns: this.#patterns, routes: this.#routes, routePrefixes: this.#routePrefixes, topics: this.#topics, types: this.#types, functions: this.#functions, declarations: this.#declarations, filesRead, notes };
  }

  #add(site: SpanSite): void {
    if (site.parts.length > 1) {
      const key = [site.file, site.line, ...site.parts].join('\0');
      if (saysEnough(site.parts) && !this.#patternKeys.has(key)) this.#patterns.push(site);
      this.#patternKeys.add(key);
      return;
    }
    const name = site.parts[0]!;
    if (name === '' || name.length > 500) return;
    const known = this.#literals.get(name);
    if (known === undefined) this.#literals.set(name, [site]);
    else {
      const at = known.findIndex((s) => s.file === site.file && s.line === site.line);
      if (at < 0) known.push(site);
      // What looked like a helper is one: its definition passes the name on.
      else if (site.kind === 'wrapper' && known[at]!.kind === 'helper') known[at] = site;
    }
  }

  /** The nearest folder with a manifest below the top, else the file's own folder without its technical part. */
  #lift(file: string): string {
    for (let folder = folderOf(file); folder !== ''; folder = folderOf(folder)) if (this.#units.has(folder)) return folder;
    return folderOf(file).replace(/(?:^|\/)(?:src|lib|app|internal|pkg|config|otel|telemetry|tracing|observability|instrumentation)(?:\/.*)?$/, '');
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (list.at(-1) !== value) list.push(value);
}

