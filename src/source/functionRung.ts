// Rung 5, the cheap part: a function's qualified name → its file by the language's own convention (package path, module path,
// import path), else by where the type or function is defined; then the definition's line. Never certain: it is a definition.
import { definitionsIn } from './anchor.ts';
import type { Definition } from './definitions.ts';
import { familyOf, findDefinitions } from './definitions.ts';
import { baseName, extensionOf, folderOf } from './fileIndex.ts';
import type { FunctionName } from './functionName.ts';
import { goModules, goPackageFolder } from './goPackages.ts';
import { isLibraryPath } from './libraryPath.ts';
import { withoutCopies } from './copies.ts';
import { isOwnCrate } from './rustCrates.ts';
import type { Search } from './search.ts';
import { codeOf, isOfLanguage, preferOwn, withCode } from './search.ts';
import type { Confidence, SourceCandidate } from './sourceResult.ts';
import { atMost } from './sourceResult.ts';

interface Place {
  readonly file: string;
  readonly line: number;
  readonly firstLine: number;
  readonly endLine: number;
  /** The class around it. */
  readonly owner: string | undefined;
}

const MAX_FILES = 60;
/** Deeper packages than anybody has; hostile names are longer. */
const MAX_OWNERS = 16;
const MAX_CANDIDATES = 20;

/**
 * `line`: what the span gives besides; kept where it is inside the definition. `owned`: only where its whole module or its type is
 * found, not any function of that name.
 */
export async function byFunction(wanted: FunctionName, plain: Search, line?: number, owned = false): Promise<readonly SourceCandidate[]> {
  if (wanted.name === undefined || (plain.hints.language === 'rust' && !(await isOwnCrate(wanted, plain)))) return [];
  const byPath = await conventionFiles(wanted, plain);
  const inFiles = await definedIn(byPath.files, wanted, plain);
  const first = owned ? inFiles.filter((place) => place.owner === undefined || place.owner === wanted.owners.at(-1)) : inFiles;
  if (first.length > 0 && (byPath.sure || !owned)) return choose(first, byPath.sure ? 'high' : 'medium', wanted, plain, byPath.how, line);

  const code = await codeOf(plain);
  const search = await withCode(plain);
  const { language } = search.hints;
  const owner = wanted.owners.at(-1);
  const ofType = wanted.goPackage !== undefined ? [] : (code.types.get(owner ?? '') ?? []).filter((file) => isOfLanguage(file, language));
  const inSpace = await inNamespace(ofType, wanted, search);
  const inTypes = await definedIn(inSpace, wanted, search);
  if (inTypes.length > 0) return choose(inTypes, 'high', wanted, search, `${owner} is defined in this file`, line);
  const typeItself = await definedIn(byPath.files.length > 0 ? byPath.files : inSpace, { owners: wanted.owners.slice(0, -1), name: owner }, search);
  if (typeItself.length > 0) return choose(typeItself, 'low', wanted, search, `${owner} is defined here, but ${wanted.name} is not in it`, undefined);

  if (owned) return [];
  // A library's class must not be taken for any function of that name.
  if (owner !== undefined && /^[A-Z]/.test(owner) && language !== 'rust' && wanted.goPackage === undefined) return [];
  if (wanted.goPackage !== undefined && wanted.goPackage !== 'main') return [];
  const files = [...(code.functions.get(wanted.name) ?? []), ...(code.types.get(wanted.name) ?? [])].filter((file) => isOfLanguage(file, language));
  const anywhere = await definedIn([...new Set(files)], wanted, search);
  const own = anywhere.filter((place) => search.folders.score(search.hints.service, place.file) > 0);
  return choose(own.length > 0 ? own : anywhere, own.length > 0 ? 'medium' : 'low', wanted, search, 'a function of that name is defined here', line);
}

interface Convention {
  readonly files: readonly string[];
  /** The whole package path matched, not only the file's name. */
  readonly sure: boolean;
  readonly how: string;
}

async function conventionFiles(wanted: FunctionName, search: Search): Promise<Convention> {
  const { index, hints } = search;
  const owners = wanted.owners.slice(-MAX_OWNERS);
  if (wanted.goPackage !== undefined) {
    const folder = goPackageFolder(wanted.goPackage, await goModules(search), index);
    const files = folder === undefined ? [] : index.files.filter((file) => file.endsWith('.go') && !file.endsWith('_test.go') && folderOf(file) === folder);
    return { files, sure: true, how: `package ${wanted.goPackage} is this folder` };
  }
  const typeAt = owners.findIndex((part) => /^[A-Z]/.test(part));
  const typed = typeAt < 0 ? owners : owners.slice(0, typeAt + 1);
  const stems: (readonly string[])[] = [];
  const top = typed.at(-1);
  if (top !== undefined) {
    stems.push(typed);
    if (top.endsWith('Kt')) for (const base of [top.slice(0, -2), lowerFirst(top.slice(0, -2))]) stems.push([...typed.slice(0, -1), base]);
    for (let n = owners.length; n > 0; n--) stems.push(owners.slice(0, n), [...owners.slice(0, n), '__init__'], [...owners.slice(0, n), 'mod']);
    stems.push(owners.map(snake));
    if (owners[0] === 'crate' || owners.length > 1) stems.push(owners.slice(1), [...owners.slice(1), 'mod']);
    if (/^[a-z_]\w*$/.test(owners[0]!) && owners.length === 1) stems.push([owners[0]!.replaceAll('_', '-'), 'src', 'main'], [owners[0]!.replaceAll('_', '-'), 'src', 'lib']);
  }
  const extensions = extensionsOf(hints.language);
  const tries = stems.filter((stem) => stem.length > 0).flatMap((stem) => extensions.map((extension) => ({ stem, extension })));
  // A whole path of several parts first: "trace.py" somewhere is not otel/sdk/trace/__init__.py.
  for (const whole of [true, false]) {
    for (const { stem, extension } of tries) {
      if (whole && stem.length < 2) continue;
      const base = stem.at(-1)!;
      const match = index.longestTail([...stem.slice(0, -1), `${base}.${extension}`], (file) => !isLibraryPath(file.split('/')));
      if (match === undefined || (whole && match.segments < stem.length)) continue;
      if ((match.folded && extension !== 'php') || (match.segments < 2 && /^(?:__init__|mod|main|lib|index)$/.test(base))) continue;
      const packaged = outermost(await inNamespace(match.files, wanted, search), extension);
      if (packaged.length === 0) continue;
      const sure = match.segments === stem.length || match.segments >= 2 || packaged.length < match.files.length;
      return { files: packaged, sure, how: `${owners.join('.')} is this file by its name` };
    }
  }
  return { files: [], sure: false, how: '' };
}

/** In Ruby the folders are the modules: InvoicesController is not admin/invoices_controller.rb where there is one outside. */
function outermost(files: readonly string[], extension: string): readonly string[] {
  if (extension !== 'rb') return files;
  return files.filter((file) => !files.some((other) => folderOf(file) !== folderOf(other) && `${folderOf(file)}/`.startsWith(`${folderOf(other)}/`)));
}

/** Files whose own package, namespace or module agrees; all of them in languages without one. */
async function inNamespace(files: readonly string[], wanted: FunctionName, { workspace, signal }: Search): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const file of files.slice(0, MAX_FILES)) {
    const agrees = NAMESPACES.get(extensionOf(file));
    if (agrees === undefined || agrees(wanted.owners, (await workspace.lines(file, signal)) ?? [], file)) kept.push(file);
  }
  return kept;
}

type Agrees = (owners: readonly string[], lines: readonly string[], file: string) => boolean;

/** Where a line of the file names what it is in. */
const declares = (line: RegExp, all: boolean): Agrees => (owners, lines) => {
  const names = lines.map((text) => line.exec(text)?.[1]?.replaceAll('\\', '.')).filter((name) => name !== undefined);
  const path = owners.join('.').replace(/^Elixir\./, '');
  return names.length === 0 || owners.length <= 1 || (all ? names : names.slice(0, 1)).some((name) => path === name || path.startsWith(`${name}.`));
};

/** "shop.views.Session": the class is of views.py or views/__init__.py, under whatever folder. "shop.Session.Session" is of Session.py. */
const isPythonModule: Agrees = (owners, _, file) => {
  const module = owners.findIndex((part) => /^[A-Z]/.test(part)) - 1;
  return module < 0 || owners[module] === '__main__' || owners.slice(module).includes(baseName(file.replace(/(?:\/__init__)?\.py$/, '')));
};

/** "Shop::Cart::Line": modules around a class are opened in its file, one by one or in one line. */
const opensModules: Agrees = (owners, lines) => {
  const opened = new Set(lines.flatMap((line) => /^\s*(?:module|class)\s+([\w:]+)/.exec(line)?.[1]?.split('::') ?? []));
  return owners.slice(0, -1).every((owner) => opened.has(owner));
};

const PACKAGE = declares(/^\s*(?:package|namespace)\s+([\w.\\]+)/, false);
const NAMESPACES: ReadonlyMap<string, Agrees> = new Map([
  ...['java', 'kt', 'scala', 'groovy', 'cs', 'php'].map((extension): [string, Agrees] => [extension, PACKAGE]),
  ['py', isPythonModule],
  ['rb', opensModules],
  ['ex', declares(/^\s*defmodule\s+([\w.]+)/, true)],
]);

async function definedIn(files: readonly string[], wanted: FunctionName, { workspace, signal }: Search): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const file of withoutCopies(files, (f) => f).slice(0, MAX_FILES)) {
    const lines = await workspace.lines(file, signal);
    if (lines === undefined) continue;
    for (const { line, firstLine, endLine, owner } of wanted.goPackage === undefined ? definitionsIn(file, lines, wanted) : goDefinitions(file, lines, wanted)) places.push({ file, line, firstLine, endLine, owner });
  }
  return places;
}

/** In Go the receiver must agree: a package has many methods of one name. */
function goDefinitions(file: string, lines: readonly string[], wanted: FunctionName): readonly Definition[] {
  const receiver = wanted.owners.at(-1);
  return familyOf(file) !== 'go' ? [] : findDefinitions(lines, wanted.name!, 'go').filter((d) => d.owner === receiver);
}

function choose(places: readonly Place[], limit: Confidence, wanted: FunctionName, search: Search, how: string, line: number | undefined): readonly SourceCandidate[] {
  if (places.length === 0) return [];
  // Of overloads the line says which.
  const around = line === undefined ? [] : places.filter((place) => line >= place.firstLine && line <= place.endLine);
  const { items, by } = preferOwn(around.length > 0 && new Set(places.map((place) => place.file)).size === 1 ? around : places, (place) => place.file, search);
  const files = new Set(items.map((place) => place.file)).size;
  return items.slice(0, MAX_CANDIDATES).map((place, k) => {
    const overloads = items.length > 1 && files === 1;
    let confidence = limit;
    if (files > 1) confidence = 'low';
    else if (by !== undefined || overloads) confidence = atMost(confidence, k === 0 ? 'medium' : 'low');
    const choice = files > 1 ? `, one of ${items.length} places` : overloads ? `, one of ${items.length} definitions` : by === undefined ? '' : `, in the folder of ${search.hints.service}, out of ${places.length} places`;
    const inside = line !== undefined && line >= place.firstLine && line <= place.endLine;
    const ending = inside ? `line ${line} is inside it` : line === undefined ? 'the span gives no line' : `line ${line} is not inside it, so this is its first`;
    return { file: place.file, line: inside ? line : place.line, confidence, rung: 'function', reason: `By the function’s name ${wanted.name}: ${how}${choice}; ${ending}.` };
  });
}

function extensionsOf(language: string): readonly string[] {
  switch (language) {
    case 'java':
    case 'kotlin':
      return ['java', 'kt', 'scala', 'groovy'];
    case 'python':
      return ['py'];
    case 'php':
      return ['php'];
    case 'dotnet':
      return ['cs', 'fs'];
    case 'ruby':
      return ['rb'];
    case 'rust':
      return ['rs'];
    case 'nodejs':
    case 'webjs':
      return ['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'];
    default:
      return ['java', 'kt', 'scala', 'py', 'php', 'cs', 'rb', 'rs', 'ts', 'tsx', 'js', 'ex'];
  }
}

/** main.kt makes MainKt. */
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** OrdersController → orders_controller. */
const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

