// CloudWatch Logs Insights as its service model (logs 2014-03-28) and the guide's query syntax describe them, over spans as Transaction Search keeps
// them in the log group aws/spans: signed JSON 1.1 calls, strict members, queries that take their time, answer in part meanwhile and are billed for
// what they scan. Understands the commands and conditions that are used, and refuses everything else.
import type { FakeAnswer, FakeRequest } from './jsonServer.ts';
import { signatureProblem, type AwsKeys } from './sigv4.ts';

export type LoggedSpan = Readonly<Record<string, unknown>>;

export interface FakeLogsOptions {
  readonly keys: AwsKeys;
  readonly region: string;
  /** Absent: there is no log group. */
  readonly spans?: readonly LoggedSpan[];
  readonly denied?: readonly string[];
  /** Asked so often, a query is complete. */
  readonly polls?: number;
  readonly ends?: string;
  /** Starts that are refused as too many at once. */
  readonly busy?: number;
  /** Questions for results that are refused as too many. */
  readonly throttled?: number;
  /** Starts that a proxy loses the answer of. */
  readonly lost?: number;
  /** The operation that is never answered. */
  readonly hangs?: string;
  readonly now: () => number;
}

interface Query {
  readonly matched: readonly LoggedSpan[];
  readonly fields: readonly string[];
  readonly limit: number;
  readonly scanned: readonly LoggedSpan[];
  polls: number;
  stopped: boolean;
}

const MEMBERS: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  StartQuery: { logGroupName: (v) => typeof v === 'string' && /^[.\-_/#A-Za-z0-9]{1,512}$/.test(v), queryString: (v) => typeof v === 'string' && v.length <= 10_000, startTime: isTime, endTime: isTime },
  GetQueryResults: { queryId: isText },
  StopQuery: { queryId: isText },
};

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 256;
}

export class FakeLogs {
  readonly #options: FakeLogsOptions;
  readonly #queries = new Map<string, Query>();
  #busy: number;
  #lost: number;
  #throttled: number;
  /** Operations, in order, with what they were asked. */
  readonly asked: { readonly operation: string; readonly body: Readonly<Record<string, unknown>> }[] = [];

  constructor(options: FakeLogsOptions) {
    this.#options = options;
    this.#busy = options.busy ?? 0;
    this.#lost = options.lost ?? 0;
    this.#throttled = options.throttled ?? 0;
  }

  answer(request: FakeRequest): FakeAnswer | Promise<FakeAnswer> {
    const { keys, region, denied = [], now, spans, hangs } = this.#options;
    const operation = /^Logs_20140328\.(\w+)$/.exec(request.headers['x-amz-target'] ?? '')?.[1] ?? '';
    const members = MEMBERS[operation];
    if (request.method !== 'POST' || request.url.pathname !== '/' || members === undefined) return failed(400, 'UnknownOperationException', '');
    if (request.headers['content-type'] !== 'application/x-amz-json-1.1') return failed(400, 'SerializationException', 'the content type is another');
    const problem = signatureProblem(request, keys, { region, service: 'logs' }, now());
    if (problem !== undefined) return failed(400, problem, 'The request signature we calculated does not match the signature you provided.');
    if (denied.includes(`logs:${operation}`)) return failed(400, 'AccessDeniedException', `User: arn:aws:iam::123456789012:user/dev is not authorized to perform: logs:${operation} on resource: arn:aws:logs:${region}:123456789012:log-group:aws/spans:log-stream: because no identity-based policy allows the logs:${operation} action`);
    const body = JSON.parse(new TextDecoder().decode(request.body)) as Readonly<Record<string, unknown>>;
    this.asked.push({ operation, body });
    for (const [name, value] of Object.entries(body)) if (members[name]?.(value) !== true) return failed(400, 'InvalidParameterException', `${name}: ${JSON.stringify(value)}`);
    for (const name of Object.keys(members)) if (!Object.hasOwn(body, name)) return failed(400, 'InvalidParameterException', `${name} is missing`);
    if (operation === hangs) return new Promise(() => undefined);
    if (operation === 'StartQuery') return this.#start(body, spans);
    const query = this.#queries.get(String(body['queryId']));
    if (query === undefined) return failed(400, 'ResourceNotFoundException', 'The specified query does not exist.');
    if (operation === 'GetQueryResults' && this.#throttled-- > 0) return failed(400, 'ThrottlingException', 'Rate exceeded');
    return operation === 'StopQuery' ? this.#stop(query) : this.#results(query);
  }

  #start(body: Readonly<Record<string, unknown>>, spans: readonly LoggedSpan[] | undefined): FakeAnswer {
    if (spans === undefined || body['logGroupName'] !== 'aws/spans') return failed(400, 'ResourceNotFoundException', `Log group '${String(body['logGroupName'])}' does not exist`);
    if (this.#busy > 0) {
      this.#busy--;
      return failed(400, 'LimitExceededException', 'Account maximum query concurrency limit of [30] reached.');
    }
    const [from, to] = [Number(body['startTime']), Number(body['endTime'])];
    if (to < from) return failed(400, 'InvalidParameterException', 'End time should be after start time');
    let parsed: ReturnType<typeof parseQuery>;
    try {
      parsed = parseQuery(String(body['queryString']));
    } catch (error) {
      return failed(400, 'MalformedQueryException', `unexpected symbol found ${String(error)}`);
    }
    const scanned = spans.filter((span) => secondsOf(span) >= from && secondsOf(span) <= to);
    const matched = scanned.filter(parsed.test).toSorted((a, b) => secondsOf(b) - secondsOf(a));
    const queryId = `query-${this.#queries.size + 1}`;
    this.#queries.set(queryId, { matched, scanned, fields: parsed.fields, limit: parsed.limit, polls: 0, stopped: false });
    return this.#lost-- > 0 ? { status: 503, body: '' } : { status: 200, body: { queryId } };
  }

  #stop(query: Query): FakeAnswer {
    if (query.polls > (this.#options.polls ?? 1)) return failed(400, 'InvalidParameterException', 'The specified query is not running and can not be stopped.');
    query.stopped = true;
    return { status: 200, body: { success: true } };
  }

  #results(query: Query): FakeAnswer {
    const { polls = 1, ends = 'Complete' } = this.#options;
    const status = query.stopped ? 'Cancelled' : query.polls++ < polls ? (query.polls === 1 ? 'Scheduled' : 'Running') : ends;
    // In part while it runs.
    const rows = status === 'Complete' ? query.matched.slice(0, query.limit) : query.matched.slice(0, 1);
    const results = rows.map((span) => [...query.fields.flatMap((field) => (valueAt(span, field) === undefined ? [] : [{ field, value: written(valueAt(span, field)) }])), { field: '@ptr', value: 'CmEKJgoiMTIz' }]);
    const bytesScanned = query.scanned.reduce((sum, span) => sum + Buffer.byteLength(JSON.stringify(span)), 0);
    return { status: 200, body: { queryLanguage: 'CWLI', results, status, statistics: { bytesScanned, recordsScanned: query.scanned.length, recordsMatched: query.matched.length, estimatedBytesSkipped: 0, estimatedRecordsSkipped: 0, logGroupsScanned: 1 } } };
  }
}

/** As Transaction Search keeps it; times as JSON numbers. */
export function loggedSpan(span: { readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string; readonly name: string; readonly service: string; readonly startNs: bigint; readonly durationNs: bigint; readonly failed?: boolean; readonly attributes?: LoggedSpan }): LoggedSpan {
  const { traceId, spanId, parentSpanId, name, service, startNs, durationNs, failed: error = false, attributes = {} } = span;
  return {
    resource: { attributes: { 'service.name': service, 'telemetry.sdk.language': 'nodejs' } }, scope: { name: 'shop', version: '1' },
    traceId, spanId, ...(parentSpanId === undefined ? {} : { parentSpanId }), flags: 256, name, kind: parentSpanId === undefined ? 'SERVER' : 'INTERNAL',
    startTimeUnixNano: raw(startNs), endTimeUnixNano: raw(startNs + durationNs), durationNano: raw(durationNs), attributes, status: { code: error ? 'ERROR' : 'UNSET' },
  };
}

/** A number of JSON with all its digits, which a double has not. */
const raw = (ns: bigint): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(ns.toString());
const written = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'object' && value !== null && 'rawJSON' in value ? String(value.rawJSON) : JSON.stringify(value));
const secondsOf = (span: LoggedSpan): number => Math.floor(Number(written(span['endTimeUnixNano'])) / 1e9);

/** Fields are found by their path, through keys that have dots themselves. */
function valueAt(span: LoggedSpan, field: string): unknown {
  if (field === '@timestamp') return new Date(secondsOf(span) * 1000).toISOString().replace('T', ' ').replace('Z', '');
  const find = (object: unknown, path: string): unknown => {
    if (typeof object !== 'object' || object === null) return undefined;
    if (Object.hasOwn(object, path)) return (object as LoggedSpan)[path];
    for (const [key, inner] of Object.entries(object)) if (path.startsWith(`${key}.`)) return find(inner, path.slice(key.length + 1));
    return undefined;
  };
  return find(span, field);
}

type Test = (span: LoggedSpan) => boolean;

function parseQuery(text: string): { readonly fields: readonly string[]; readonly test: Test; readonly limit: number } {
  let fields: readonly string[] = ['@timestamp', '@message'];
  let [limit, sorted] = [1000, false];
  const tests: Test[] = [];
  for (const command of text.split(' | ')) {
    const [, word = '', rest = ''] = /^(\w+) (.*)$/.exec(command) ?? [];
    if (word === 'fields') fields = rest.split(', ');
    else if (word === 'filter') tests.push(parseFilter(rest));
    else if (word === 'sort' && rest === '@timestamp desc') sorted = true;
    else if (word === 'limit' && /^\d+$/.test(rest) && Number(rest) >= 1 && Number(rest) <= 10_000) limit = Number(rest);
    else throw new SyntaxError(command);
  }
  if (!sorted) throw new SyntaxError('unsorted');
  return { fields, limit, test: (span) => tests.every((test) => test(span)) };
}

const TOKEN = /\s*("[^"\\]*"|`[^`]+`|[A-Za-z_@][\w.@]*|-?\d+(?:\.\d+)?|>=|<=|!=|[=<>()])/y;

function parseFilter(text: string): Test {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new SyntaxError(text);
    tokens.push(match[1]!);
  }
  let at = 0;
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted)) throw new SyntaxError(text);
    return token;
  };
  const joined = (word: 'or' | 'and', inner: () => Test): Test => {
    const tests = [inner()];
    while (tokens[at] === word) {
      at++;
      tests.push(inner());
    }
    return (span) => (word === 'or' ? tests.some((test) => test(span)) : tests.every((test) => test(span)));
  };
  const either = (): Test => joined('or', () => joined('and', single));
  const single = (): Test => {
    const token = take();
    if (token === 'not') {
      const test = single();
      return (span) => !test(span);
    }
    if (token === '(') {
      const test = either();
      take(')');
      return test;
    }
    if (token === 'ispresent') {
      take('(');
      const field = nameOf(take());
      take(')');
      return (span) => valueAt(span, field) !== undefined;
    }
    return comparison(nameOf(token), take(), take());
  };
  const test = either();
  if (at < tokens.length) throw new SyntaxError(text);
  return test;
}

function nameOf(token: string): string {
  if (!/^[`A-Za-z_@]/.test(token)) throw new SyntaxError(token);
  return token.replaceAll('`', '');
}

function comparison(field: string, operator: string, literal: string): Test {
  const value = literal.startsWith('"') ? literal.slice(1, -1) : Number(literal);
  if (typeof value === 'number' && Number.isNaN(value)) throw new SyntaxError(literal);
  if (operator === '=') return (span) => (typeof value === 'number' ? Number(written(valueAt(span, field) ?? 'none')) === value : valueAt(span, field) === value);
  if (operator === '>=' && typeof value === 'number') return (span) => Number(written(valueAt(span, field) ?? 'none')) >= value;
  throw new SyntaxError(operator);
}

const failed = (status: number, type: string, message: string): FakeAnswer => ({ status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: { __type: type, message } });
