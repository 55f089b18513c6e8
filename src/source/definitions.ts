// Where a function or type is defined in a text, and how far it reaches. Patterns and indentation, no parser: good enough to
// check a line number and to move a stale one. Owns the patterns per language; must not know files or spans.
import { extensionOf } from './fileIndex.ts';

export interface Definition {
  /** 1-based line of the name. */
  readonly line: number;
  /** First line that belongs to it: its decorators, annotations and attributes. */
  readonly firstLine: number;
  readonly endLine: number;
  /** Nearest class, struct, impl, receiver … around it. */
  readonly owner: string | undefined;
  /** false: a declaration without a body (interface, abstract). */
  readonly body: boolean;
}

export type Family = 'js' | 'python' | 'go' | 'rust' | 'php' | 'ruby' | 'elixir' | 'kotlin' | 'scala' | 'swift' | 'c';

const FAMILIES: { readonly [extension: string]: Family } = {
  js: 'js', jsx: 'js', ts: 'js', tsx: 'js', mjs: 'js', cjs: 'js', mts: 'js', cts: 'js', vue: 'js', svelte: 'js', astro: 'js',
  py: 'python', pyi: 'python', pyx: 'python', go: 'go', rs: 'rust', php: 'php', rb: 'ruby', rake: 'ruby', ex: 'elixir', exs: 'elixir',
  kt: 'kotlin', kts: 'kotlin', scala: 'scala', swift: 'swift', java: 'c', cs: 'c', groovy: 'c', c: 'c', cc: 'c', cpp: 'c', h: 'c', hpp: 'c', dart: 'c', fs: 'python',
};

export function familyOf(file: string): Family | undefined {
  const extension = extensionOf(file);
  return Object.hasOwn(FAMILIES, extension) ? FAMILIES[extension] : undefined;
}

const TYPE = String.raw`\b(?:class|interface|struct|record|enum|object|trait|impl|module|defmodule|protocol|extension|type)\s+`;
const MODIFIERS = String.raw`(?:(?:export|default|public|private|protected|internal|static|readonly|override|abstract|async|get|set|declare|accessor)\s+)*`;
const C_STATEMENT = /^\s*(?:return|throw|new|await|else|case|yield|using\s*\(|if|while|for|switch|catch|assert|goto|delete)\b|=\s*[^>]*$/;

/** Patterns that a line must match to define `name`; `call`: the line also looks like a call, so a body must follow. */
function patterns(family: Family, name: string): readonly { readonly pattern: RegExp; readonly call?: boolean }[] {
  const n = name.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  const end = String.raw`(?![\w$?!])`;
  const type = { pattern: new RegExp(`${TYPE}${n}${end}`) };
  switch (family) {
    case 'js':
      return [
        { pattern: new RegExp(String.raw`\bfunction\s*\*?\s*${n}\s*[<(]`) },
        { pattern: new RegExp(String.raw`^\s*(?:export\s+)?(?:const|let|var)\s+${n}${end}[^=]*=\s*(?:async\b|function\b|\(|<|[\w$]+\s*=>|[\w$.]+\()`) },
        { pattern: new RegExp(String.raw`^\s*${MODIFIERS}["']?#?${n}["']?\s*[:=]\s*(?:async\b|function\b|\([^)]*\)\s*(?::[^=]+)?=>|[\w$]+\s*=>|\($)`) },
        { pattern: new RegExp(String.raw`^\s*(?:module\.)?[\w$.]+\.${n}\s*=\s*(?:async\b|function\b|\(|[\w$]+\s*=>|[\w$.]+\()`) },
        { pattern: new RegExp(String.raw`^\s*${MODIFIERS}\*?\s*#?${n}\s*(?:<[^>]*>)?\s*\(`), call: true },
        type,
      ];
    case 'python':
      return [{ pattern: new RegExp(String.raw`^\s*(?:async\s+)?(?:def|class|let(?:\s+rec)?)\s+${n}${end}`) }, { pattern: new RegExp(String.raw`^\s*${n}\s*=\s*lambda\b`) }];
    case 'go':
      return [{ pattern: new RegExp(String.raw`^func\s+(?:\([^)]*\)\s*)?${n}\s*[[(]`) }, { pattern: new RegExp(String.raw`^type\s+${n}${end}`) }, { pattern: new RegExp(String.raw`^\s*(?:var\s+)?${n}\s*:?=\s*func\s*\(`) }];
    case 'rust':
      return [{ pattern: new RegExp(String.raw`\bfn\s+${n}\s*[<(]`) }, type];
    case 'php':
      return [{ pattern: new RegExp(String.raw`\bfunction\s+&?\s*${n}\s*\(`, 'i') }, type];
    case 'ruby':
      return [{ pattern: new RegExp(String.raw`^\s*(?:(?:private|public|protected)\s+)?def\s+(?:self\.|\w+\.)?${n}(?![\w?!=])`) }, type];
    case 'elixir':
      return [{ pattern: new RegExp(String.raw`^\s*(?:def|defp|defmacro)\s+${n}${end}`) }, type];
    case 'kotlin':
      return [{ pattern: new RegExp(String.raw`\bfun\s+(?:<[^>]*>\s*)?(?:[\w.<>?]+\.)?\x60?${n}\x60?\s*\(`) }, type];
    case 'scala':
      return [{ pattern: new RegExp(String.raw`\bdef\s+${n}${end}`) }, type];
    case 'swift':
      return [{ pattern: new RegExp(String.raw`\bfunc\s+${n}\s*[<(]`) }, type];
    case 'c':
      return [{ pattern: new RegExp(String.raw`^\s*(?:[\w@<][\w\s.,<>?[\]@*&:]*[\w>\]?*&]\s+[*&]?)?(?:\w+::)?${n}\s*(?:<[^>()]*>)?\s*\(`), call: true }, type];
  }
}

/** Definitions of that bare name, in file order. */
export function findDefinitions(lines: readonly string[], name: string, family: Family): readonly Definition[] {
  const wanted = patterns(family, name);
  const found: Definition[] = [];
  for (let k = 0; k < lines.length; k++) {
    if (lines[k]!.length > 2000 || !lines[k]!.includes(name)) continue;
    const text = family === 'c' || family === 'js' ? lines[k]!.replace(/^\s*(?:@[\w.]+(?:\([^()]*\))?\s+)+/, (annotations) => ' '.repeat(annotations.length)) : lines[k]!;
    if (/^\s*(?:\/\/|\/\*|\*|#(?!\[)|--)/.test(text)) continue;
    const hit = wanted.find(({ pattern }) => pattern.test(text));
    if (hit === undefined) continue;
    let body = true;
    if (hit.call === true) {
      const head = text.slice(0, text.indexOf('(') + 1);
      // A constructor has nothing before its name, and a class of that name around it.
      if (family === 'c' && (C_STATEMENT.test(head) || (!/\S\s+[\w*&:]+\s*(?:<[^>()]*>)?\s*\(/.test(head) && ownerOf(lines, k, family) !== name))) continue;
      const after = afterParameters(lines, k, text.indexOf('(', text.indexOf(name)));
      if (/^\s*;/.test(after) && family === 'c') body = false;
      else if (!/^\s*(?:(?::|->|throws\b|where\b|const\b|noexcept\b)[^;=]*?)?(?:\{|=>)/.test(after)) continue;
    }
    found.push({ line: k + 1, firstLine: firstLineOf(lines, k), endLine: endOf(lines, k, family), owner: ownerOf(lines, k, family), body });
  }
  return found;
}

export const encloses = (definition: Definition, line: number): boolean => line >= definition.firstLine && line <= definition.endLine;

/** What follows the balanced parameter list that opens at `open` of line k (up to 40 lines). */
function afterParameters(lines: readonly string[], k: number, open: number): string {
  const text = lines.slice(k, k + 40).join('\n').slice(open, open + 4000);
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return text.slice(i + 1, i + 400);
  }
  return '';
}

/** Decorators, annotations and attributes directly above. */
function firstLineOf(lines: readonly string[], k: number): number {
  let first = k;
  for (let i = k - 1; i >= 0 && i >= k - 30; i--) {
    const text = lines[i]!.trim();
    if (/^(?:@|#\[|\[\w)/.test(text)) first = i;
    else if (text === '' || !/^[)\]}"'\w]/.test(text) || /[;{}]$/.test(text)) break;
  }
  return first + 1;
}

const indentOf = (text: string): number => (text.trim() === '' ? Number.POSITIVE_INFINITY : text.length - text.trimStart().length);

/** By indentation; by braces where the text is not indented or a multi-line string breaks it. */
function endOf(lines: readonly string[], k: number, family: Family): number {
  const indent = indentOf(lines[k]!);
  let last = k;
  for (let i = k + 1; i < lines.length; i++) {
    const text = lines[i]!;
    const own = indentOf(text);
    if (own === Number.POSITIVE_INFINITY) continue;
    const trimmed = text.trim();
    if (own > indent || (family === 'c' && trimmed.startsWith('#'))) {
      last = i;
      continue;
    }
    if (own < indent) break;
    if (/^[)\]}{]/.test(trimmed) || /^(?:end|else|elsif|rescue|ensure|catch|finally|except|where)\b/.test(trimmed)) {
      last = i;
      if (/^(?:[)\]}]+[;,)]*|end)$/.test(trimmed)) break;
      continue;
    }
    break;
  }
  return (family === 'python' || family === 'ruby' || family === 'elixir' ? last : Math.max(last, braceEnd(lines, k))) + 1;
}

/** Line of the brace that closes the first one opened at or after line k; k where there is none. Strings are skipped roughly. */
function braceEnd(lines: readonly string[], k: number): number {
  let depth = 0;
  for (let i = k; i < lines.length && i < k + 3000; i++) {
    const code = lines[i]!.slice(0, 2000).replace(/\\./g, '').replace(/"[^"]*"|'[^']*'/g, '').replace(/\/\/.*$/, '');
    if (i > k && depth === 0 && i > k + 20) return k;
    for (const char of code) {
      if (char === '{') depth++;
      else if (char === '}') {
        if (depth === 0) return k;
        if (--depth === 0) return i;
      }
    }
    if (depth === 0 && code.trimEnd().endsWith(';')) return k;
  }
  return k;
}

function ownerOf(lines: readonly string[], k: number, family: Family): string | undefined {
  if (family === 'go') return /^func\s+\(\s*\w*\s*\*?\s*(\w+)/.exec(lines[k]!)?.[1];
  let indent = indentOf(lines[k]!);
  for (let i = k - 1; i >= 0 && indent > 0; i--) {
    const own = indentOf(lines[i]!);
    // What only ends a header that began further up: "{", "> {", ") : Base() {".
    if (own >= indent || /^\s*(?:\{$|[>)\]])/.test(lines[i]!)) continue;
    indent = own;
    const type = /\b(?:class|interface|struct|record|enum|object|trait|impl(?:<[^>]*>)?(?:\s+[\w:<>]+\s+for)?|module|defmodule|protocol|extension|actor)\s+([\w$]+(?:(?:\.|::)\w+)*)/.exec(lines[i]!);
    if (type !== null) return type[1]!.split(/\.|::/).at(-1);
  }
  return undefined;
}
