// One pass over the workspace's source files, once per snapshot: span-creating calls by name, where types and functions are
// defined, and which folder says it is which service. Bounded, and what was left out is said. Must not know any one span.
import type { FileIndex } from './fileIndex.ts';
import { folderOf } from './fileIndex.ts';
import { codeOfFile } from './codeText.ts';
import { familyOf } from './definitions.ts';
import type { TextParts } from './literal.ts';
import { nameExpression, saysEnough } from './literal.ts';
import { isGenerated } from './generatedText.ts';
import { constantIn, wrapperAround } from './nameReferences.ts';
import { isLibraryPath } from './libraryPath.ts';
import type { ServiceDeclaration } from './serviceFolders.ts';
import { isManifest } from './serviceFolders.ts';
import { declarationsIn, isServiceConfig } from './serviceNames.ts';
import type { SiteKind } from './spanCallees.ts';
import { mayMakeSpans } from './spanCallees.ts';
import type { SpanReference } from './spanCalls.ts';
import { findSpanCalls } from './spanCalls.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

export interface SpanSite {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly kind: SiteKind | 'constant';
  readonly callee: string;
  readonly parts: TextParts;
}

export interface CodeIndex {
  /** By the exact name. */
  readonly literals: ReadonlyMap<string, readonly SpanSite[]>;
  /** By the lower-case name: Zipkin lower-cases. */
  readonly folded: ReadonlyMap<string, readonly SpanSite[]>;
  readonly patterns: readonly SpanSite[];
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

const TYPE = /\b(?:class|interface|struct|object|record|enum|trait|module|defmodule|type|impl)\s+([A-Z][\w]*)/g;
const FUNCTION = /\b(?:def|func|function\*?|fn|fun)\s+(?:\([^()\n]*\)\s*)?(?:self\.)?([A-Za-z_$][\w$]*)|\b(?:const|let)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\b|function\b|\([^()\n]*\)\s*(?::[^=\n]*)?=>)|^(?:export\s+)?const\s+([A-Za-z_$][\w$]*)\s*=\s*[\w$]+\(/gm;

export function codeIndexOf(workspace: WorkspaceFiles, signal?: AbortSignal): Promise<CodeIndex> {
  return workspace.derive('code', signal, async () => build(workspace, (await workspace.listing()).index));
}

async function build(workspace: WorkspaceFiles, index: FileIndex): Promise<CodeIndex> {
  const units = new Set(index.files.filter(isManifest).map(folderOf));
  const builder = new Builder(index, units);
  const files = index.files.filter((file) => isWorthReading(file, index));
  let characters = 0;
  let unread = 0;
  let skipped = 0;
  const read = async (file: string, visit: (text: string) => void): Promise<void> => {
    const config = familyOf(file) === undefined;
    const text = await workspace.access.readText(file, config ? MAX_CONFIG_BYTES : MAX_FILE_BYTES);
    if (text === undefined) unread++;
    else {
      characters += text.length;
      visit(text);
    }
  };
  await inBatches(files, async (file) => {
    if (characters > MAX_TOTAL_CHARACTERS) skipped++;
    else await read(file, (text) => builder.first(file, text));
  });
  const notes = builder.secondPassNotes();
  if (unread > 0) notes.push(`${unread} source files were not searched: unreadable, or larger than ${MAX_FILE_BYTES / 1000} kB.`);
  if (skipped > 0) notes.push(`${skipped} of ${files.length} source files were not searched: the workspace has more than ${MAX_TOTAL_CHARACTERS / 1e6} million characters of source.`);
  const wanted = builder.secondPass();
  if (wanted !== undefined) {
    characters = 0;
    await inBatches(files.filter((file) => familyOf(file) !== undefined), async (file) => {
      if (characters <= MAX_TOTAL_CHARACTERS) await read(file, (text) => builder.second(file, text, wanted));
    });
  }
  return builder.finish(files.length - unread - skipped, notes);
}

async function inBatches(files: readonly string[], work: (file: string) => Promise<void>): Promise<void> {
  for (let k = 0; k < files.length; k += READS_AT_ONCE) await Promise.all(files.slice(k, k + READS_AT_ONCE).map(work));
}

function isWorthReading(file: string, index: FileIndex): boolean {
  if (isLibraryPath(file.split('/'))) return false;
  if (familyOf(file) === undefined) return isServiceConfig(file) && !/(?:package-lock|tsconfig.*|\.map)\.?(?:json)?$/.test(file);
  return !/\.d\.[cm]?ts$|\.pyi$|\.min\.js$|(?:^|\/)(?:\.next|\.nuxt|coverage|__pycache__|target\/(?:debug|release|classes))\//.test(file) && index.find(`${file}.map`) === undefined;
}

interface SecondPass {
  readonly callees: ReadonlySet<string>;
  readonly anyCallee: RegExp | undefined;
  readonly constants: RegExp | undefined;
}

class Builder {
  readonly #index: FileIndex;
  readonly #units: ReadonlySet<string>;
  readonly #literals = new Map<string, SpanSite[]>();
  readonly #patterns: SpanSite[] = [];
  readonly #patternKeys = new Set<string>();
  readonly #types = new Map<string, string[]>();
  readonly #functions = new Map<string, string[]>();
  readonly #declarations: ServiceDeclaration[] = [];
  readonly #wrappers = new Set<string>();
  /** Identifiers given to span-creating calls and not defined in their file. */
  readonly #unresolved = new Map<string, { readonly file: string; readonly line: number; readonly callee: string; readonly kind: SiteKind }[]>();

  constructor(index: FileIndex, units: ReadonlySet<string>) {
    this.#index = index;
    this.#units = units;
  }

  first(file: string, text: string): void {
    const family = familyOf(file);
    if (family !== undefined && isGenerated(text)) return;
    this.#declarations.push(...declarationsIn(file, text, this.#index, (f) => this.#lift(f)));
    if (family === undefined) return;
    for (const match of text.matchAll(TYPE)) push(this.#types, match[1]!, file);
    for (const match of text.matchAll(FUNCTION)) push(this.#functions, (match[1] ?? match[2] ?? match[3])!, file);
    if (!mayMakeSpans(text)) return;
    const code = codeOfFile(file, text)!;
    const { calls, references } = findSpanCalls(code.text, undefined, code.isCode);
    if (calls.length === 0 && references.length === 0) return;
    const lineAt = lineCounter(text);
    for (const call of calls) this.#add({ file, line: lineAt(call.at), kind: call.kind, callee: call.callee, parts: call.parts });
    for (const reference of references) this.#resolve(file, code.text, reference, lineAt);
  }

  #resolve(file: string, text: string, reference: SpanReference, lineAt: (at: number) => number): void {
    const { identifier, callee, kind, at } = reference;
    const line = lineAt(at);
    const wrapper = wrapperAround(text, at, identifier);
    if (wrapper !== undefined) {
      this.#wrappers.add(wrapper);
      return;
    }
    const value = constantIn(text, identifier, at);
    if (value !== undefined) this.#add({ file, line, kind, callee, parts: value.parts });
    else if (reference.own && !identifier.startsWith('__')) {
      // `name` and `msg` are everywhere; a constant of another file has a name of its own.
      const list = this.#unresolved.get(identifier);
      if (list === undefined) this.#unresolved.set(identifier, [{ file, line, callee, kind }]);
      else list.push({ file, line, callee, kind });
    }
  }

  secondPassNotes(): string[] {
    const names = this.#wrappers.size + this.#unresolved.size;
    return names > 2 * MAX_SECOND_PASS_NAMES ? [`Only ${2 * MAX_SECOND_PASS_NAMES} of ${names} span wrappers and name constants were followed.`] : [];
  }

  secondPass(): SecondPass | undefined {
    const callees = new Set([...this.#wrappers].slice(0, MAX_SECOND_PASS_NAMES));
    const constants = [...this.#unresolved.keys()].slice(0, MAX_SECOND_PASS_NAMES);
    if (callees.size === 0 && constants.length === 0) return undefined;
    const oneOf = (names: readonly string[]): string => names.map((name) => name.replaceAll('$', String.raw`\$`)).join('|');
    const escaped = oneOf(constants);
    return { callees, anyCallee: callees.size === 0 ? undefined : new RegExp(String.raw`(?<![\w$])(?:${oneOf([...callees])})\s*[<(]|@(?:\w+\.)*(?:${oneOf([...callees])})\b`), constants: constants.length === 0 ? undefined : new RegExp(String.raw`(?<![\w$])(${escaped})(?:\s*:\s*[\w.<>&'[\] ]+|[ \t]+[\w.*]+)?\s*(?:=|:=|:|\()\s*(?=["'\x60frb$])`, 'g') };
  }

  second(file: string, text: string, wanted: SecondPass): void {
    const family = familyOf(file);
    const callsOne = wanted.anyCallee?.test(text) === true;
    const constants = wanted.constants === undefined ? [] : [...text.matchAll(wanted.constants)];
    if (family === undefined || (!callsOne && constants.length === 0) || isGenerated(text)) return;
    const code = codeOfFile(file, text)!;
    let lineAt: ((at: number) => number) | undefined;
    if (callsOne) {
      const { calls } = findSpanCalls(code.text, wanted.callees, code.isCode);
      for (const call of calls) {
        if (!wanted.callees.has(call.callee)) continue;
        lineAt ??= lineCounter(text);
        this.#add({ file, line: lineAt(call.at), kind: call.kind, callee: call.callee, parts: call.parts });
      }
    }
    for (const match of constants) {
      if (!code.isCode(match.index) || (match[0].trimEnd().endsWith('(') && !/^[A-Z][A-Z0-9_]*$/.test(match[1]!))) continue;
      const value = nameExpression(text.slice(match.index + match[0].length).split('\n', 1)[0]!);
      if (value === undefined || !('parts' in value)) continue;
      const uses = (this.#unresolved.get(match[1]!) ?? []).filter((use) => familyOf(use.file) === family);
      if (uses.length === 0) continue;
      for (const use of uses) this.#add({ ...use, parts: value.parts });
      lineAt ??= lineCounter(text);
      this.#add({ file, line: lineAt(match.index), kind: 'constant', callee: match[1]!, parts: value.parts });
    }
  }

  finish(filesRead: number, notes: readonly string[]): CodeIndex {
    const folded = new Map<string, SpanSite[]>();
    for (const [name, sites] of this.#literals) for (const site of sites) push(folded, name.toLowerCase(), site);
    return { literals: this.#literals, folded, patterns: this.#patterns, types: this.#types, functions: this.#functions, declarations: this.#declarations, filesRead, notes };
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

function lineCounter(text: string): (at: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (at) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (list.at(-1) !== value) list.push(value);
}

