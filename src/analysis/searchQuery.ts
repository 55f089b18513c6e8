// The search box's language → terms that must all hold. Must not know traces.
//
//   checkout "out of stock"      words and phrases: name, service, status message, attribute keys and values, event names
//   service:pay  name=GET        `:` contains, `=` is, `!=` is not; letter case never matters
//   http.route=/cart             attributes of the span, its events and its resource; = != : > >= < <=
//   duration>100ms               ns µs us ms s m h; > >= < <= = !=
//   error  status:ok  kind:server  has:code  id:00f067aa
//   -service:auth                whatever follows the minus does not hold

export type Operator = ':' | '=' | '!=' | '>' | '>=' | '<' | '<=';

export type Term = { readonly negated: boolean } & (
  | { readonly kind: 'text'; /** lower case */ readonly text: string }
  | { readonly kind: 'column'; readonly column: 'service' | 'name'; readonly operator: ':' | '=' | '!='; /** lower case */ readonly text: string }
  | { readonly kind: 'duration'; readonly operator: Exclude<Operator, ':'>; readonly ns: number }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'spanKind'; readonly spanKind: number }
  | { readonly kind: 'has'; readonly what: Feature }
  | { readonly kind: 'id'; /** lower-case hex, the beginning of a span id */ readonly prefix: string }
  | { readonly kind: 'attribute'; readonly key: string; readonly operator: Operator; /** lower case */ readonly text: string; /** NaN where the text is no number */ readonly number: number }
);

const STATUSES = ['unset', 'ok', 'error'] as const;
export type Status = (typeof STATUSES)[number];
const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const FEATURES = ['code', 'genai', 'database', 'exception', 'events', 'links', 'dropped', 'orphan', 'cycle', 'skew', 'conflict', 'inprogress', 'children'] as const;
export type Feature = (typeof FEATURES)[number];

/** `at`: where in the text the problem is, in UTF-16 units. */
export type ParsedQuery = { readonly terms: readonly Term[]; readonly problem?: undefined } | { readonly problem: string; readonly at: number };

export function parseQuery(text: string): ParsedQuery {
  const terms: Term[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text, at)) at++;
    if (at >= text.length) return { terms };
    const token = readToken(text, at);
    if (typeof token === 'string') return { problem: token, at };
    const term = termOf(token);
    if (typeof term === 'string') return { problem: term, at };
    terms.push(term);
    at = token.end;
  }
}

interface Token {
  readonly negated: boolean;
  readonly key: string | undefined;
  readonly operator: Operator | undefined;
  readonly value: string;
  readonly quoted: boolean;
  readonly end: number;
}

const isSpace = (text: string, at: number): boolean => /\s/.test(text[at]!);
/** A key, an operator, and no second colon or slashes: `http://x` and `Cart::add` are words. */
const KEYED = /([A-Za-z_][\w.\-/@]*)(!=|>=|<=|=|>|<|:(?!:|\/\/))/y;

/** A token, or a sentence about what is wrong with it. */
function readToken(text: string, from: number): Token | string {
  let at = from;
  const negated = text[at] === '-' && at + 1 < text.length && !isSpace(text, at + 1);
  if (negated) at++;
  KEYED.lastIndex = at;
  const keyed = KEYED.exec(text);
  if (keyed !== null) at += keyed[0].length;
  const found = text[at] === '"' ? readQuoted(text, at) : readWord(text, at);
  if (found === undefined) return `The quote at character ${at + 1} is not closed.`;
  return { negated, key: keyed?.[1], operator: keyed?.[2] as Operator | undefined, ...found };
}

function readWord(text: string, from: number): { value: string; quoted: boolean; end: number } {
  let end = from;
  while (end < text.length && !isSpace(text, end)) end++;
  return { value: text.slice(from, end), quoted: false, end };
}

/** `\"` and `\\` stand for themselves. */
function readQuoted(text: string, from: number): { value: string; quoted: boolean; end: number } | undefined {
  let value = '';
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '"') return { value, quoted: true, end: at + 1 };
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at++;
    value += text[at];
  }
  return undefined;
}

function termOf({ negated, key, operator, value, quoted }: Token): Term | string {
  if (key === undefined || operator === undefined) return wordTerm(negated, value, quoted);
  if (value === '' && !quoted) return `“${key}${operator}” needs a value after it, such as ${key}${operator}${exampleOf(key)}.`;
  const text = value.toLowerCase();
  switch (key.toLowerCase()) {
    case 'service':
    case 'name':
      if (operator !== ':' && operator !== '=' && operator !== '!=') return `“${key}” is text: use : (contains), = or !=.`;
      return { negated, kind: 'column', column: key.toLowerCase() as 'service' | 'name', operator, text };
    case 'duration':
      return durationTerm(negated, operator, text);
    case 'status':
      return chosen(key, operator, text, STATUSES, (status) => ({ negated: negated !== (operator === '!='), kind: 'status', status }));
    case 'kind':
      return chosen(key, operator, text, SPAN_KINDS, (_, spanKind) => ({ negated: negated !== (operator === '!='), kind: 'spanKind', spanKind }));
    case 'has':
      return chosen(key, operator, text, FEATURES, (what) => ({ negated: negated !== (operator === '!='), kind: 'has', what }));
    case 'id':
      if (operator !== ':' && operator !== '=') return '“id” takes the beginning of a span id: id:00f067aa.';
      return /^[0-9a-f]{1,16}$/.test(text) ? { negated, kind: 'id', prefix: text } : `“${value}” is not the beginning of a span id: those are up to 16 hex digits.`;
    default:
      return attributeTerm(negated, key, operator, text);
  }
}

function wordTerm(negated: boolean, value: string, quoted: boolean): Term | string {
  const text = value.toLowerCase();
  if (text === '') return 'An empty phrase is in every span: put words between the quotes.';
  return !quoted && (text === 'error' || text === 'errors') ? { negated, kind: 'status', status: 'error' } : { negated, kind: 'text', text };
}

function attributeTerm(negated: boolean, key: string, operator: Operator, text: string): Term | string {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const ordering = operator !== ':' && operator !== '=' && operator !== '!=';
  if (ordering && Number.isNaN(number)) return `“${key}${operator}” compares numbers and “${text}” is none.`;
  return { negated, kind: 'attribute', key, operator, text, number };
}

function chosen<T extends string>(key: string, operator: Operator, text: string, choices: readonly T[], make: (choice: T, index: number) => Term): Term | string {
  const index = choices.indexOf(text as T);
  if (operator !== ':' && operator !== '=' && operator !== '!=') return `“${key}” is one of a few words: ${key}:${choices[0]}.`;
  return index < 0 ? `“${key}” is one of: ${choices.join(', ')}.` : make(choices[index]!, index);
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3], // micro sign
  ['μs', 1e3], // Greek mu
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['min', 60e9],
  ['h', 3600e9],
]);

function durationTerm(negated: boolean, operator: Operator, text: string): Term | string {
  if (operator === ':') return 'A duration is compared: duration>100ms.';
  const [, amount, unit] = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-zµμ]*)$/.exec(text) ?? [];
  if (amount === undefined) return `“${text}” is not a duration: write a number and a unit, such as 100ms.`;
  const factor = unit === '' && Number(amount) === 0 ? 1 : UNITS.get(unit!);
  if (factor === undefined) return `The duration ${text} needs a unit: ns, µs, ms, s, m or h.`;
  return { negated, kind: 'duration', operator, ns: Number(amount) * factor };
}

const exampleOf = (key: string): string => ({ service: 'checkout', name: 'GET', duration: '100ms', status: 'error', kind: 'server', has: 'code', id: '00f067aa' })[key.toLowerCase()] ?? '1';
