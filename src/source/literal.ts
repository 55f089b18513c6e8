// String literals in the languages people trace: plain, raw, with holes (templates, format strings, concatenation).
// Also splits call arguments. A scanner, no parser; bounded. Must not know what a span is.

/** A text with holes: `GET ${route}` is ["GET ", ""]. One part: no hole, a plain literal. */
export type TextParts = readonly string[];

/** `own`: the identifier reads like a constant's (UPPER, Pascal, camelCase, or a member of one), not like a common variable. */
export type NameExpression = { readonly parts: TextParts } | { readonly identifier: string; readonly own: boolean } | undefined;

const MAX_ARGUMENTS_LENGTH = 1_500;

/** Top-level arguments after the bracket that opens at `open`; the last is cut where the text ends or is too long. */
export function splitArguments(text: string, open: number, most = 6): readonly string[] {
  const limit = Math.min(text.length, open + MAX_ARGUMENTS_LENGTH);
  const found: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let i = open; i < limit; i++) {
    const char = text[i]!;
    if (char === '"' || char === "'" || char === '`') {
      // A Rust lifetime or a char quote in prose has no partner on its line.
      const end = endOfString(text, i);
      if (end > i) i = end;
    } else if (char === '/' && text[i + 1] === '/' && text[i - 1] !== ':') {
      const end = text.indexOf('\n', i);
      i = end < 0 ? limit : end;
    } else if (char === '(' || char === '[' || char === '{') depth++;
    else if (char === ')' || char === ']' || char === '}') {
      if (--depth === 0) {
        found.push(text.slice(from, i));
        return found;
      }
    } else if (char === ',' && depth === 1) {
      found.push(text.slice(from, i));
      from = i + 1;
      if (found.length >= most) return found;
    }
  }
  found.push(text.slice(from, limit));
  return found;
}

/** Index after the bracket that closes the one at `open`; `open` + 1 where none does. */
export function endOfBrackets(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length && i < open + MAX_ARGUMENTS_LENGTH; i++) {
    const char = text[i]!;
    if (char === '"' || char === "'" || char === '`') i = endOfString(text, i);
    else if (char === '(' || char === '[' || char === '{') depth++;
    else if ((char === ')' || char === ']' || char === '}') && --depth === 0) return i + 1;
  }
  return open + 1;
}

/** Index of the closing quote; the start itself when there is none. */
export function endOfString(text: string, start: number): number {
  const quote = text[start]!;
  const triple = quote.repeat(3);
  if (quote !== '`' && text.startsWith(triple, start)) {
    const end = text.indexOf(triple, start + 3);
    return end < 0 ? start : end + 2;
  }
  for (let i = start + 1; i < text.length && i < start + 2_000; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i;
    else if (text[i] === '\n' && quote !== '`') return start;
  }
  return start;
}

/**
 * What an expression may come to: both branches of `c ? "a" : "b"`, `"a" if c else "b"` and `if (c) "a" else "b"`, a value and the
 * literal that stands in for it (`name ?? "b"`); else the expression itself.
 */
export function alternatives(expression: string): readonly string[] {
  const shape = topLevel(expression);
  if (/=>|->\s*[{_]|^\s*(?:lambda|function|func|fn)\b/.test(shape)) return [expression];
  const python = /^(.+?)\sif\s.+?\selse\s/s.exec(shape);
  if (python !== null && python[1]!.trim() !== '') return [expression.slice(0, python[1]!.length), ...alternatives(expression.slice(python[0].length))];
  const block = /^(\s*if\s*\(_*\)\s)(.+?)\selse\s/s.exec(shape);
  if (block !== null) return [expression.slice(block[1]!.length, block[1]!.length + block[2]!.length), ...alternatives(expression.slice(block[0].length))];
  const question = /(?<!\?)\?(?![?.:])/.exec(shape);
  const colon = question === null ? -1 : elseOf(shape, question.index + 1);
  if (colon > 0) return [...alternatives(expression.slice(question!.index + 1, colon)), ...alternatives(expression.slice(colon + 1))];
  const fallback = /\s*(?:\?\?|\|\||\?:|\sor\s)\s*(?=["'`])/.exec(shape);
  return fallback === null ? [expression] : [expression.slice(0, fallback.index), expression.slice(fallback.index + fallback[0].length)];
}

/** The colon of the conditional whose branches begin at `from`; -1 where there is none. */
function elseOf(shape: string, from: number): number {
  let open = 1;
  for (const { 0: mark, index } of shape.slice(from).matchAll(/(?<!\?)\?(?![?.:])|(?<!:):(?!:)/g)) {
    open += mark === '?' ? 1 : -1;
    if (open === 0) return from + index;
  }
  return -1;
}

/** As long as the text, what is in brackets and strings made "_": the rest decides what kind of expression it is. */
function topLevel(text: string): string {
  let shape = '';
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const end = char === '"' || char === "'" || char === '`' ? endOfString(text, i) : i;
    const closes = /[)\]}]/.test(char) && depth > 0;
    if (closes) depth--;
    shape += depth > 0 ? '_'.repeat(end - i + 1) : end > i ? `${char}${'_'.repeat(end - i)}` : char;
    if (/[([{]/.test(char)) depth++;
    i = end;
  }
  return shape;
}

/** The text that an expression is: a literal, one with holes, or the name of something that may hold one. */
export function nameExpression(expression: string): NameExpression {
  const given = expression.replace(/^\s*(?:\/\*.*?\*\/\s*)*/s, '').trim();
  const joined = /^(?:absl::StrCat|fmt\.Sprint|[sS]tring\.Concat)\(\s*/.exec(given);
  const text = given.slice(joined?.[0].length ?? 0).replace(/^(?:&|\*|String::from\(|Cow::from\(|Some\(|std::string\()/, '').replace(/^string\(([^()]*)\)$/, '$1');
  const formatted = /^(?:fmt\.Sprintf|String\.format|string\.Format|sprintf|format!|format|util\.format|(?:std|fmt)::format|absl::StrFormat)\s*\(\s*/.exec(text);
  const body = formatted === null ? text : text.slice(formatted[0].length);
  const first = oneLiteral(body);
  if (first === undefined) {
    // name or function.__name__, name ?? "default": what is given, if anything.
    const choice = /^([\w$.]+)\s*(?:\bor\b|\?\?|\|\|)/.exec(text);
    if (choice !== null) return nameExpression(choice[1]!);
    const plain = text.replace(/^@(?=[a-z_])/, '').replace(/\[["'](\w+)["']\]$/, '.$1').replace(/(?<=\w)\.(?:value|as_str\(\)|name\(\)|to_string\(\)|String\(\)|toString\(\))$|(?<=\b[A-Z][A-Z0-9_]+)\.\w+\(\)$/, '');
    const reference = /^((?:[A-Za-z_$][\w$]*(?:\.|::|->))*)([A-Za-z_$][\w$]*)$/.exec(plain);
    if (reference !== null) return { identifier: reference[2]!, own: /[A-Z]|[a-z0-9]_\w/.test(reference[2]!) || /^[A-Z]/.test(reference[1]!) };
    // A symbol of Ruby or an atom of Elixir.
    const symbol = /^:([a-z_]\w*[?!]?)$/.exec(text);
    if (symbol !== null) return { parts: [symbol[1]!] };
    const nameOf = /^nameof\(\s*(?:\w+\.)*(\w+)\s*\)$/.exec(text);
    if (nameOf !== null) return { parts: [nameOf[1]!] };
    // name + "x": only what follows is known.
    const tail = /^[\w$.()]+\s*[+.]\s*(["'`].*)$/s.exec(text);
    const after = tail === null ? undefined : oneLiteral(tail[1]!);
    return after === undefined ? undefined : { parts: ['', ...after.parts] };
  }
  let parts = [...first.parts];
  let rest = body.slice(first.end).trim();
  // "a" "b", "a" + "b": one text.
  for (let more = 0; more < 20; more++) {
    const joint = /^(?:\+\s*)?(?=[$@fFrRbBuUs]{0,2}["'`])/.exec(rest)?.[0];
    const next = joint === undefined ? undefined : oneLiteral(rest.slice(joint.length));
    if (next === undefined) break;
    parts = [...parts.slice(0, -1), parts.at(-1)! + next.parts[0]!, ...next.parts.slice(1)];
    rest = rest.slice(joint!.length + next.end).trim();
  }
  if (formatted !== null || /^(?:%|\.format\b|\.formatted\b)/.test(rest)) parts = parts.flatMap((p) => p.split(/%[-+#0-9.]*[a-zA-Z]|\{[^{}]*\}/));
  if (joined !== null && rest.startsWith(',')) parts.push('');
  if (/^[+.](?!\.)/.test(rest) && !/^\.\w+\(/.test(rest)) parts.push('');
  return { parts };
}

interface Literal {
  readonly parts: TextParts;
  readonly end: number;
}

function oneLiteral(text: string): Literal | undefined {
  const prefix = /^(?:[$@fFrRbBuUs]{1,2}|r#*)?(?=["'`])/.exec(text)?.[0] ?? '';
  const at = prefix.length;
  const quote = text[at];
  if (quote !== '"' && quote !== "'" && quote !== '`') return undefined;
  const end = endOfString(text, at);
  if (end === at) return undefined;
  const size = text.startsWith(quote.repeat(3), at) && end >= at + 5 ? 3 : 1;
  const raw = text.slice(at + size, end - size + 1);
  const holes = /f/i.test(prefix) || prefix.includes('$') ? /\{[^{}]*\}/ : quote === '`' || quote === '"' ? /\$\{[^{}]*\}|#\{[^{}]*\}|\{\$[^{}]*\}|\\\((?:[^()]|\([^()]*\))*\)|(?<![\\\w])\$[A-Za-z_]\w*/ : undefined;
  const parts = (holes === undefined ? [raw] : raw.split(holes)).map((part) => part.replace(/\\(["'`\\])/g, '$1'));
  return { parts, end: end + 1 };
}

/** Whether a name is what these parts make, holes filled with anything not empty. */
export function fitsParts(name: string, parts: TextParts): boolean {
  if (parts.length === 1) return name === parts[0];
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const next = name.indexOf(part, at + 1);
    if (next < 0) return false;
    at = next + part.length;
  }
  return name.length - last.length > at;
}

/** A pattern that fits almost everything says nothing. */
export const saysEnough = (parts: TextParts): boolean => parts.join('').replace(/[^\p{L}\p{N}]/gu, '').length >= 3;
