// X-Ray's filter expressions as far as the developer guide's page "Use filter expressions" describes them and we use them: keywords, service()
// with a block, annotations, AND, OR, !, parentheses. Throws on anything else, as the API refuses it.

export interface FilteredTrace {
  readonly services: readonly { readonly name: string; readonly failed: boolean }[];
  readonly groups: readonly string[];
  readonly duration: number;
  readonly fault: boolean;
  readonly error: boolean;
  readonly throttle: boolean;
  readonly http: Readonly<Record<string, string | number>>;
  readonly annotations: Readonly<Record<string, string | number | boolean>>;
}

type Test = (trace: FilteredTrace) => boolean;

const TOKEN = /\s*("(?:[^"\\])*"|annotation\[[\w.:/-]+\]|[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?|>=|<=|!=|[!=<>(){}])/y;

export function parseFilter(expression: string): Test {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const match = TOKEN.exec(expression);
    if (match === null) throw new SyntaxError(expression);
    tokens.push(match[1]!);
  }
  let at = 0;
  const take = (token?: string): string => {
    const next = tokens[at++];
    if (next === undefined || (token !== undefined && next !== token)) throw new SyntaxError(`${expression} at ${at}`);
    return next;
  };
  const either = (): Test => {
    let test = both();
    while (tokens[at] === 'OR') {
      at++;
      const [left, right] = [test, both()];
      test = (trace) => left(trace) || right(trace);
    }
    return test;
  };
  const both = (): Test => {
    let test = single();
    while (tokens[at] === 'AND') {
      at++;
      const [left, right] = [test, single()];
      test = (trace) => left(trace) && right(trace);
    }
    return test;
  };
  const single = (): Test => {
    const token = take();
    if (token === '!') {
      const test = single();
      return (trace) => !test(trace);
    }
    if (token === '(') {
      const test = either();
      take(')');
      return test;
    }
    if (token === 'service') return service();
    if (token === 'fault' || token === 'error' || token === 'throttle') return (trace) => trace[token];
    return compared(token, take(), take());
  };
  const service = (): Test => {
    take('(');
    const name = tokens[at] === ')' ? undefined : text(take());
    take(')');
    const meant = (trace: FilteredTrace): FilteredTrace['services'] => trace.services.filter((one) => name === undefined || one.name === name);
    if (tokens[at] !== '{') return (trace) => meant(trace).length > 0;
    take('{');
    const inner = either();
    take('}');
    return (trace) => meant(trace).some((one) => inner({ ...trace, fault: one.failed, error: false, throttle: false }));
  };
  const test = either();
  if (at < tokens.length) throw new SyntaxError(expression);
  return test;
}

const text = (token: string): string => {
  if (!/^".*"$/.test(token)) throw new SyntaxError(token);
  return token.slice(1, -1);
};

const NUMBERS: Readonly<Record<string, (a: number, b: number) => boolean>> = { '=': (a, b) => a === b, '>=': (a, b) => a >= b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '<': (a, b) => a < b };

function compared(keyword: string, operator: string, value: string): Test {
  if (keyword === 'duration' || keyword === 'http.status') {
    const compare = NUMBERS[operator];
    const limit = Number(value);
    if (compare === undefined || Number.isNaN(limit)) throw new SyntaxError(value);
    return (trace) => compare(keyword === 'duration' ? trace.duration : Number(trace.http['http.status']), limit);
  }
  if (operator !== '=') throw new SyntaxError(operator);
  if (keyword === 'group.name') return (trace) => trace.groups.includes(text(value));
  if (['http.url', 'http.method', 'http.useragent', 'http.clientip', 'user'].includes(keyword)) return (trace) => trace.http[keyword] === text(value);
  const key = /^annotation(?:\.(\w+)|\[([\w.:/-]+)\])$/.exec(keyword);
  if (key === null) throw new SyntaxError(keyword);
  const literal = value.startsWith('"') ? text(value) : value === 'true' || value === 'false' ? value === 'true' : Number(value);
  return (trace) => trace.annotations[key[1] ?? key[2]!] === literal;
}
