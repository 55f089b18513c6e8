// What one source file says about spans: calls that make some, wrappers and names to follow in other files, what it defines, which
// service it names. Depends on the file's text alone, but for configurations, which name places in the workspace. Must not know other files' text.
import type { CodeText } from './codeText.ts';
import { codeOfFile } from './codeText.ts';
import { familyOf } from './definitions.ts';
import type { FileIndex } from './fileIndex.ts';
import { isGenerated } from './generatedText.ts';
import type { TextParts } from './literal.ts';
import { nameExpression } from './literal.ts';
import { constantIn, wrapperAround } from './nameReferences.ts';
import { registrationsIn } from './registrations.ts';
import type { ServiceDeclaration } from './serviceFolders.ts';
import { declarationsIn } from './serviceNames.ts';
import type { SiteKind } from './spanCallees.ts';
import { mayMakeSpans } from './spanCallees.ts';
import type { SpanReference } from './spanCalls.ts';
import { findSpanCalls } from './spanCalls.ts';

export interface SpanSite {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly kind: SiteKind | 'constant';
  readonly callee: string;
  readonly parts: TextParts;
}

/** What is handed to a framework: see registrations.ts. */
export interface RegistrationSite {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly verb: string;
  readonly path: string;
}

/** An identifier given to a span-creating call and not defined in its file. */
export interface NameUse {
  readonly identifier: string;
  readonly file: string;
  readonly line: number;
  readonly callee: string;
  readonly kind: SiteKind;
}

export interface CodeFacts {
  readonly characters: number;
  /** Those with a `file` are for the folder whose code it speaks for, which the list of files decides: it is left "". */
  readonly declarations: readonly ServiceDeclaration[];
  readonly types: readonly string[];
  readonly functions: readonly string[];
  readonly registrations: readonly RegistrationSite[];
  readonly sites: readonly SpanSite[];
  /** Functions that pass their argument on as a span's name. */
  readonly wrappers: readonly string[];
  readonly unresolved: readonly NameUse[];
}

/** Looked for by the capital, backwards: half the cost. */
const TYPE = /(?<=\b(?:class|interface|struct|object|record|enum|trait|module|defmodule|type|impl)\s+)[A-Z]\w*/g;
const FUNCTION = /\b(?:def|func|function\*?|fn|fun)\s+(?:\([^()\n]*\)\s*)?(?:self\.)?([A-Za-z_$][\w$]*)|\b(?:const|let)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\b|function\b|\([^()\n]*\)\s*(?::[^=\n]*)?=>)|^(?:export\s+)?const\s+([A-Za-z_$][\w$]*)\s*=\s*[\w$]+\(/gm;

const NONE: readonly never[] = [];

export function codeFactsOf(file: string, text: string, index: FileIndex): CodeFacts {
  const family = familyOf(file);
  const nothing: CodeFacts = { characters: text.length, declarations: NONE, types: NONE, functions: NONE, registrations: NONE, sites: NONE, wrappers: NONE, unresolved: NONE };
  if (family !== undefined && isGenerated(text)) return nothing;
  const declarations = declarationsIn(file, text, index, () => '');
  if (family === undefined) return { ...nothing, declarations };
  const types = Array.from(text.matchAll(TYPE), ([name]) => name);
  const functions = Array.from(text.matchAll(FUNCTION), (match) => (match[1] ?? match[2] ?? match[3])!);
  const found = registrationsIn(text, family);
  const makes = mayMakeSpans(text);
  const code = makes || found.length > 0 ? codeOfFile(file, text)! : undefined;
  if (code === undefined) return { ...nothing, declarations, types, functions };
  const lineAt = lineCounter(text);
  const registrations = found.filter(({ at }) => code.isCode(at)).map(({ at, verb, path }) => ({ file, line: lineAt(at), verb, path }));
  return { ...nothing, declarations, types, functions, registrations, ...(makes ? spansOf(file, text, code) : {}) };
}

function spansOf(file: string, text: string, code: CodeText): Pick<CodeFacts, 'sites' | 'wrappers' | 'unresolved'> {
  const { calls, references } = findSpanCalls(code.text, undefined, code.isCode);
  const found = { sites: [] as SpanSite[], wrappers: [] as string[], unresolved: [] as NameUse[] };
  if (calls.length === 0 && references.length === 0) return found;
  const lineAt = lineCounter(text);
  for (const call of calls) found.sites.push({ file, line: lineAt(call.at), kind: call.kind, callee: call.callee, parts: call.parts });
  for (const reference of references) resolve(file, code.text, reference, lineAt(reference.at), found);
  return found;
}

function resolve(file: string, text: string, { identifier, callee, kind, at, own }: SpanReference, line: number, found: { readonly sites: SpanSite[]; readonly wrappers: string[]; readonly unresolved: NameUse[] }): void {
  const wrapper = wrapperAround(text, at, identifier);
  if (wrapper !== undefined) {
    found.wrappers.push(wrapper);
    return;
  }
  const value = constantIn(text, identifier, at);
  if (value !== undefined) found.sites.push({ file, line, kind, callee, parts: value.parts });
  // `name` and `msg` are everywhere; a constant of another file has a name of its own.
  else if (own && !identifier.startsWith('__')) found.unresolved.push({ identifier, file, line, callee, kind });
}

/** Names to look for in every file: wrappers that are called, constants that are defined. */
export class SoughtNames {
  readonly callees: ReadonlySet<string>;
  readonly constants: ReadonlySet<string>;
  readonly #anyCallee: RegExp | undefined;
  readonly #definition: RegExp | undefined;

  constructor(callees: ReadonlySet<string>, constants: ReadonlySet<string>) {
    this.callees = callees;
    this.constants = constants;
    this.#anyCallee = callees.size === 0 ? undefined : new RegExp(String.raw`(?<![\w$])(?:${oneOf(callees)})\s*[<(]|@(?:\w+\.)*(?:${oneOf(callees)})\b`);
    this.#definition = constants.size === 0 ? undefined : new RegExp(String.raw`(?<![\w$])(${oneOf(constants)})(?:\[\w*\])?(?:\s*:\s*[\w.<>&'[\] ]+|[ \t]+[\w.*]+)?\s*(?:=|:=|:|\()\s*(?=["'\x60frb$])`, 'g');
  }

  includes(other: SoughtNames): boolean {
    return [...other.callees].every((name) => this.callees.has(name)) && [...other.constants].every((name) => this.constants.has(name));
  }

  isCalledIn(text: string): boolean {
    return this.#anyCallee?.test(text) === true;
  }

  definitionsIn(text: string): readonly RegExpExecArray[] {
    return this.#definition === undefined ? NONE : [...text.matchAll(this.#definition)];
  }
}

const oneOf = (names: ReadonlySet<string>): string => Array.from(names, (name) => name.replaceAll('$', String.raw`\$`)).join('|');

/** Where one file calls the wrappers and defines the constants. */
export interface NameFacts {
  readonly calls: readonly SpanSite[];
  readonly constants: readonly SpanSite[];
}

const NO_NAMES: NameFacts = { calls: NONE, constants: NONE };

export function nameFactsOf(file: string, text: string, sought: SoughtNames): NameFacts {
  const callsOne = sought.isCalledIn(text);
  const definitions = sought.definitionsIn(text);
  if ((!callsOne && definitions.length === 0) || isGenerated(text)) return NO_NAMES;
  const code = codeOfFile(file, text)!;
  const lineAt = lineCounter(text);
  const calls: SpanSite[] = [];
  if (callsOne) {
    for (const call of findSpanCalls(code.text, sought.callees, code.isCode).calls) {
      if (sought.callees.has(call.callee)) calls.push({ file, line: lineAt(call.at), kind: call.kind, callee: call.callee, parts: call.parts });
    }
  }
  const constants: SpanSite[] = [];
  for (const match of definitions) {
    if (!code.isCode(match.index) || (match[0].trimEnd().endsWith('(') && !/^[A-Z][A-Z0-9_]*$/.test(match[1]!))) continue;
    const value = nameExpression(text.slice(match.index + match[0].length).split('\n', 1)[0]!);
    if (value !== undefined && 'parts' in value) constants.push({ file, line: lineAt(match.index), kind: 'constant', callee: match[1]!, parts: value.parts });
  }
  return { calls, constants };
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
