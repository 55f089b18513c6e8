// A source text with its comments blanked, and which offsets lie inside strings: what merely talks about a call makes none.
// A scanner, no parser: offsets and line breaks stay as they are, and what it cannot read it leaves as code. Must not know spans.
import type { Family } from './definitions.ts';
import { familyOf } from './definitions.ts';

export interface CodeText {
  /** As long as the original; comments are spaces. */
  readonly text: string;
  /** Neither in a comment nor inside a string. */
  isCode(at: number): boolean;
}

/** A string that goes on for longer is more likely a quote sign that was misread. */
const MAX_STRING = 20_000;
const HASH_COMMENTS: ReadonlySet<Family> = new Set<Family>(['python', 'ruby', 'elixir', 'php']);
const SLASH_COMMENTS: ReadonlySet<Family> = new Set<Family>(['js', 'go', 'c', 'kotlin', 'scala', 'swift', 'rust', 'php']);
const TRIPLE_QUOTES: ReadonlySet<Family> = new Set<Family>(['python', 'kotlin', 'scala', 'swift', 'c', 'elixir']);
/** A single quote is one character, a lifetime or a symbol. */
const CHARACTERS: ReadonlySet<Family> = new Set<Family>(['go', 'c', 'kotlin', 'scala', 'rust', 'swift']);

export function codeText(text: string, family: Family): CodeText {
  const scan = new Scan(text, family);
  scan.run();
  return { text: scan.cleaned(), isCode: (at) => !scan.isInside(at) };
}

/** Of a component file (Vue, Svelte, Astro) only the scripts are code. */
export function codeOfFile(file: string, text: string): CodeText | undefined {
  const family = familyOf(file);
  if (family === undefined) return undefined;
  if (!/\.(?:vue|svelte|astro)$/i.test(file)) return codeText(text, family);
  let scripts = '';
  for (const match of text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>|^---\n([\s\S]*?)\n---$/gim)) {
    const body = match[1] ?? match[2]!;
    const at = match.index + match[0].indexOf(body, match[0].indexOf(match[1] === undefined ? '\n' : '>'));
    scripts += blank(text.slice(scripts.length, at)) + body;
  }
  return codeText(scripts + blank(text.slice(scripts.length)), family);
}

/** A line, trimmed, that holds nothing but a comment; text inside a longer comment is not told. */
export function isCommentLine(file: string, line: string): boolean {
  const family = familyOf(file);
  if (family === undefined) return false;
  if (HASH_COMMENTS.has(family) && /^#(?!\[.*\]$)/.test(line)) return true;
  return SLASH_COMMENTS.has(family) && /^\/(?:\/|\*(?:(?!\*\/).)*(?:\*\/)?$)/.test(line);
}

class Scan {
  readonly #text: string;
  readonly #family: Family;
  /** Pairs of start and end, in order: comments; then the insides of strings. */
  readonly #comments: number[] = [];
  readonly #skipped: number[] = [];

  constructor(text: string, family: Family) {
    this.#text = text;
    this.#family = family;
  }

  run(): void {
    const text = this.#text;
    const next = /["'`#/{}]|=begin/g;
    /** Depths of braces at which a template's hole ends. */
    const holes: number[] = [];
    let depth = 0;
    for (let match = next.exec(text); match !== null; match = next.exec(text)) {
      const at = match.index;
      const char = match[0];
      if (char === '{') depth++;
      else if (char === '}') {
        if (holes.at(-1) !== depth--) continue;
        holes.pop();
        next.lastIndex = this.#template(at + 1, () => holes.push(++depth));
      } else if (char === '`' && this.#family === 'js') next.lastIndex = this.#template(at + 1, () => holes.push(++depth));
      else next.lastIndex = this.#one(char, at);
    }
  }

  /** Reads what starts here; answers where to go on. */
  #one(char: string, at: number): number {
    const text = this.#text;
    const family = this.#family;
    if (char === '=begin') return family === 'ruby' && (at === 0 || text[at - 1] === '\n') ? this.#comment(at, this.#after('\n=end', at)) : at + 1;
    if (char === '#') return HASH_COMMENTS.has(family) && !(family === 'php' && text[at + 1] === '[') ? this.#comment(at, this.#lineEnd(at)) : at + 1;
    if (char === '/') {
      if (!SLASH_COMMENTS.has(family)) return at + 1;
      if (text[at + 1] === '/') return text[at - 1] === ':' ? at + 2 : this.#comment(at, this.#lineEnd(at));
      if (text[at + 1] === '*') return this.#comment(at, this.#after('*/', at + 2));
      return family === 'js' ? this.#regularExpression(at) : at + 1;
    }
    return this.#string(char, at);
  }

  #string(quote: string, at: number): number {
    const text = this.#text;
    const family = this.#family;
    if (quote === "'" && CHARACTERS.has(family)) return /^'(?:\\[^\n]{1,10}?|[^\\\n'])'/.test(text.slice(at, at + 14)) ? text.indexOf("'", at + 2) + 1 : at + 1;
    const triple = quote.repeat(3);
    if (quote !== '`' && TRIPLE_QUOTES.has(family) && text.startsWith(triple, at)) {
      const end = text.indexOf(triple, at + 3);
      return end < 0 ? at + 3 : this.#inside(at + 3, end, 3);
    }
    const raw = quote === '`' || (family === 'c' && /@\$?$/.test(text.slice(Math.max(0, at - 2), at)));
    for (let i = at + 1; i < text.length && i < at + MAX_STRING; i++) {
      if (text[i] === '\\' && !raw) i++;
      else if (text[i] === quote) return this.#inside(at + 1, i, 1);
      else if (text[i] === '\n' && !raw) return at + 1;
    }
    return at + 1;
  }

  /** From behind the opening quote, or behind a hole, to the closing quote or the next hole. */
  #template(from: number, openHole: () => void): number {
    const text = this.#text;
    for (let i = from; i < text.length && i < from + MAX_STRING; i++) {
      if (text[i] === '\\') i++;
      else if (text[i] === '`') return this.#inside(from, i, 1);
      else if (text[i] === '$' && text[i + 1] === '{') {
        openHole();
        return this.#inside(from, i, 2);
      }
    }
    return from;
  }

  /** Only where an expression may begin; else it divides. */
  #regularExpression(at: number): number {
    const before = this.#text.slice(Math.max(0, at - 40), at).trimEnd();
    if (before !== '' && !/(?:[(,=:[!&|?{};~^+*%-]|=>|\b(?:return|typeof|case|in|of|await|yield|void))$/.test(before)) return at + 1;
    const found = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//.exec(this.#text.slice(at, at + 1_000));
    return found === null ? at + 1 : this.#inside(at + 1, at + found[0].length - 1, 1);
  }

  #after(mark: string, from: number): number {
    const found = this.#text.indexOf(mark, from);
    return found < 0 ? this.#text.length : found + mark.length;
  }

  #lineEnd(from: number): number {
    const found = this.#text.indexOf('\n', from);
    return found < 0 ? this.#text.length : found;
  }

  #comment(from: number, end: number): number {
    this.#comments.push(from, end);
    this.#skipped.push(from, end);
    return end;
  }

  #inside(from: number, end: number, closing: number): number {
    if (end > from) this.#skipped.push(from, end);
    return end + closing;
  }

  cleaned(): string {
    const pieces: string[] = [];
    let from = 0;
    for (let k = 0; k < this.#comments.length; k += 2) {
      const [start, end] = [this.#comments[k]!, this.#comments[k + 1]!];
      pieces.push(this.#text.slice(from, start), blank(this.#text.slice(start, end)));
      from = end;
    }
    return pieces.length === 0 ? this.#text : pieces.join('') + this.#text.slice(from);
  }

  isInside(at: number): boolean {
    let low = 0;
    let high = this.#skipped.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#skipped[2 * middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return low > 0 && at < this.#skipped[2 * low - 1]!;
  }
}

const blank = (comment: string): string => (comment.includes('\n') ? comment.split('\n').map((line) => ' '.repeat(line.length)).join('\n') : ' '.repeat(comment.length));
