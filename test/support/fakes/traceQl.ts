// TraceQL as Tempo parses it, as far as lists need it (tempo: pkg/traceql/lexer.go, expr.y): spanset filters joined by && and ||, in
// parentheses, pipelines with count(), hints. Strict: what Tempo refuses is a TraceQlError with its sentence.
export class TraceQlError extends Error {}

export interface QuerySpan {
  readonly service: string;
  readonly name: string;
  readonly status: 'ok' | 'error' | 'unset';
  readonly durationNs: number;
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly resource: ReadonlyMap<string, unknown>;
}

export interface QueryTrace {
  readonly spans: readonly QuerySpan[];
  readonly durationNs: number;
}

export interface ParsedQuery {
  /** Spans that matched; none: the trace does not. */
  readonly matches: (trace: QueryTrace) => readonly QuerySpan[];
  readonly hints: ReadonlyMap<string, string>;
}

type Kind = 'string' | 'number' | 'duration' | 'attribute' | 'word' | 'sign' | 'end';
interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly value?: unknown;
  readonly column: number;
}
type Value = (span: QuerySpan, trace: QueryTrace) => unknown;
type Spans = (trace: QueryTrace) => readonly QuerySpan[];

const SIGNS = ['&&', '||', '>=', '<=', '!=', '=~', '!~', '{', '}', '(', ')', '=', '>', '<', '|', '!', '-', ','];
/** Ends an attribute's name (lexer.go isAttributeRune). */
const ENDS_ATTRIBUTE = new Set('{}()=~!<>&|^,');
const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, 'µs': 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
const STATUSES = new Set(['ok', 'error', 'unset']);

export function parseTraceQl(query: string): ParsedQuery {
  return new Parser(tokensOf(query)).root();
}

function fail(column: number, what: string): never {
  throw new TraceQlError(`parse error at line 1, col ${column + 1}: ${what}`);
}

function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length; ) {
    const rest = query.slice(at);
    const column = at;
    const space = /^\s+/.exec(rest);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    if (rest.startsWith('"')) {
      const [value, length] = goString(rest, column);
      tokens.push({ kind: 'string', text: rest.slice(0, length), value, column });
      at += length;
      continue;
    }
    const attribute = /^(resource\.|span\.|event\.|link\.|instrumentation\.|\.)(?=["A-Za-z_])/.exec(rest);
    if (attribute !== null) {
      const [name, length] = attributeName(rest.slice(attribute[0].length), column);
      tokens.push({ kind: 'attribute', text: attribute[0], value: name, column });
      at += attribute[0].length + length;
      continue;
    }
    const number = /^(\d+(?:\.\d+)?)([a-zµ]+)?/.exec(rest);
    if (number !== null) {
      const unit = number[2] === undefined ? 1 : UNITS[number[2]];
      if (unit === undefined) fail(column, `unknown unit ${number[2]}`);
      tokens.push({ kind: number[2] === undefined ? 'number' : 'duration', text: number[0], value: Number(number[1]) * unit, column });
      at += number[0].length;
      continue;
    }
    const word = /^[A-Za-z_][\w:]*/.exec(rest)?.[0];
    const sign = word === undefined ? SIGNS.find((known) => rest.startsWith(known)) : undefined;
    if (word === undefined && sign === undefined) fail(column, 'syntax error: unexpected $unk');
    tokens.push(word === undefined ? { kind: 'sign', text: sign!, column } : { kind: 'word', text: word, column });
    at += (word ?? sign!).length;
  }
  return [...tokens, { kind: 'end', text: '', column: query.length }];
}

/** strconv.Unquote of an interpreted string literal. */
function goString(text: string, column: number): readonly [value: string, length: number] {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', a: '\x07', b: '\b', f: '\f', v: '\v' };
  let value = '';
  for (let at = 1; at < text.length; at++) {
    const c = text[at]!;
    if (c === '"') return [value, at + 1];
    if (c < ' ' || c === '\x7f') fail(column, 'literal not terminated');
    if (c !== '\\') {
      value += c;
      continue;
    }
    const next = text[++at] ?? '';
    if (next === 'u') {
      const hex = /^[0-9a-f]{4}/i.exec(text.slice(at + 1))?.[0];
      if (hex === undefined) fail(column, 'invalid syntax');
      value += String.fromCharCode(Number.parseInt(hex, 16));
      at += 4;
    } else if (Object.hasOwn(escapes, next)) value += escapes[next]!;
    else fail(column, 'invalid syntax');
  }
  fail(column, 'literal not terminated');
}

function attributeName(text: string, column: number): readonly [name: string, length: number] {
  let name = '';
  let at = 0;
  while (at < text.length && !/\s/.test(text[at]!) && !ENDS_ATTRIBUTE.has(text[at]!)) {
    if (text[at] !== '"') {
      name += text[at++];
      continue;
    }
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length) fail(column, 'unexpected EOF, expecting "');
      if (text[at] === '\\' && !'\\"'.includes(text[++at] ?? ' ')) fail(column, 'invalid escape sequence');
      name += text[at];
    }
    at++;
  }
  return [name, at];
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  root(): ParsedQuery {
    const matches = this.#pipeline();
    const hints = new Map<string, string>();
    while (this.#take('with')) {
      this.#need('(');
      do {
        const name = this.#next();
        this.#need('=');
        hints.set(name.text, this.#next().text);
      } while (this.#take(','));
      this.#need(')');
    }
    this.#need('');
    return { matches, hints };
  }

  #pipeline(): Spans {
    let spans = this.#spansets();
    while (this.#take('|')) {
      const before = spans;
      if (this.#peek().text !== 'count') {
        const filter = this.#spansets();
        spans = (trace) => filter({ ...trace, spans: before(trace) });
        continue;
      }
      for (const text of ['count', '(', ')']) this.#need(text);
      const op = this.#next().text;
      const count = Number(this.#next().value);
      spans = (trace) => (compare(op, before(trace).length, count) ? before(trace) : []);
    }
    return spans;
  }

  #spansets(): Spans {
    let left = this.#spanset();
    for (;;) {
      const [before, and] = [left, this.#take('&&')];
      if (!and && !this.#take('||')) return left;
      const right = this.#spanset();
      left = (trace) => {
        const [a, b] = [before(trace), right(trace)];
        return and && (a.length === 0 || b.length === 0) ? [] : [...new Set([...a, ...b])];
      };
    }
  }

  #spanset(): Spans {
    if (this.#take('(')) {
      const inner = this.#pipeline();
      this.#need(')');
      return inner;
    }
    this.#need('{');
    if (this.#take('}')) return (trace) => trace.spans;
    const condition = this.#or();
    this.#need('}');
    return (trace) => trace.spans.filter((span) => condition(span, trace) === true);
  }

  #or(): Value {
    let left = this.#and();
    while (this.#take('||')) {
      const [before, right] = [left, this.#and()];
      left = (span, trace) => before(span, trace) === true || right(span, trace) === true;
    }
    return left;
  }

  #and(): Value {
    let left = this.#comparison();
    while (this.#take('&&')) {
      const [before, right] = [left, this.#comparison()];
      left = (span, trace) => before(span, trace) === true && right(span, trace) === true;
    }
    return left;
  }

  #comparison(): Value {
    const left = this.#operand();
    const op = this.#peek().text;
    if (!['=', '!=', '>', '>=', '<', '<=', '=~', '!~'].includes(op)) return left;
    this.#at++;
    const right = this.#operand();
    return (span, trace) => compare(op, left(span, trace), right(span, trace));
  }

  #operand(): Value {
    const token = this.#next();
    if (token.text === '(') {
      const inner = this.#or();
      this.#need(')');
      return inner;
    }
    if (token.text === '-') {
      const number = Number(this.#next().value);
      return () => -number;
    }
    switch (token.kind) {
      case 'string':
      case 'number':
      case 'duration':
        return () => token.value;
      case 'attribute':
        return (span) => attributeOf(span, token.text, String(token.value));
      case 'word':
        return this.#word(token);
      default:
        return fail(token.column, `syntax error: unexpected ${token.text === '' ? '$end' : token.text}`);
    }
  }

  #word({ text, column }: Token): Value {
    if (text === 'true' || text === 'false') return () => text === 'true';
    if (STATUSES.has(text)) return () => `status ${text}`;
    switch (text) {
      case 'name':
        return (span) => span.name;
      case 'status':
        return (span) => `status ${span.status}`;
      case 'duration':
        return (span) => span.durationNs;
      case 'traceDuration':
      case 'trace:duration':
        return (_span, trace) => trace.durationNs;
      default:
        return fail(column, `unknown identifier: ${text}`);
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    return this.#tokens[Math.min(this.#at++, this.#tokens.length - 1)]!;
  }

  #take(text: string): boolean {
    if (this.#peek().text !== text || this.#peek().kind === 'string') return false;
    this.#at++;
    return true;
  }

  #need(text: string): void {
    const { kind, text: found, column } = this.#next();
    if (found !== text || (text === '' && kind !== 'end')) fail(column, `syntax error: unexpected ${found === '' ? '$end' : found}, expecting ${text === '' ? '$end' : text}`);
  }
}

function attributeOf({ attributes, resource, service }: QuerySpan, scope: string, name: string): unknown {
  const ofResource = name === 'service.name' ? service : resource.get(name);
  if (scope === 'resource.') return ofResource;
  return scope === 'span.' ? attributes.get(name) : (attributes.get(name) ?? ofResource);
}

/** Values of different types never match. */
function compare(op: string, a: unknown, b: unknown): boolean {
  const [left, right] = [typeof a === 'bigint' ? Number(a) : a, b];
  if (typeof left !== typeof right || left === undefined) return false;
  switch (op) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return (left as number) > (right as number);
    case '>=':
      return (left as number) >= (right as number);
    case '<':
      return (left as number) < (right as number);
    case '<=':
      return (left as number) <= (right as number);
    default:
      return new RegExp(`^(?:${String(right)})$`).test(String(left)) === (op === '=~');
  }
}
