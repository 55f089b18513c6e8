// Cloud Trace's v1 API as Google's discovery document (cloudtrace v1, revision 20230914) and its pages on quotas and errors describe it: known
// parameters only, their types and enums, scopes, the quota of 300 units a minute with 25 a list, filters, order, pages with tokens.
import type { FakeAnswer, FakeRequest, FakeServer } from './jsonServer.ts';
import { jsonServer } from './jsonServer.ts';

export interface FakeCloudSpan {
  readonly spanId: string;
  readonly name: string;
  readonly startTime: string;
  readonly endTime?: string;
  readonly parentSpanId?: string;
  readonly kind?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface FakeCloudTrace {
  readonly traceId: string;
  readonly spans: readonly FakeCloudSpan[];
}

export interface FakeCloudOptions {
  readonly project?: string;
  readonly traces: readonly FakeCloudTrace[];
  /** Which tokens are good, and for which scopes. */
  readonly scopesOf: (token: string) => readonly string[] | undefined;
  /** A token that must name the project that requests are counted for. */
  readonly needsQuotaProject?: boolean;
  readonly disabled?: boolean;
  readonly quota?: number;
  readonly now?: () => number;
}

export interface FakeCloud extends FakeServer {
  readonly asked: URL[];
  /** Units used up. */
  readonly units: () => number;
}

const [LIST_UNITS, GET_UNITS, QUOTA] = [25, 1, 300];
const SCOPES = ['https://www.googleapis.com/auth/cloud-platform', 'https://www.googleapis.com/auth/trace.readonly'];
const date = (value: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value);
const LIST_PARAMETERS: Readonly<Record<string, (value: string) => boolean>> = {
  view: (value) => ['VIEW_TYPE_UNSPECIFIED', 'MINIMAL', 'ROOTSPAN', 'COMPLETE'].includes(value), pageSize: (value) => /^\d{1,9}$/.test(value), pageToken: (value) => value !== '', startTime: date, endTime: date, filter: () => true,
  orderBy: (value) => /^(?:trace_id|name|duration|start)(?: desc)?$/.test(value),
};

export async function fakeCloudTrace(options: FakeCloudOptions): Promise<FakeCloud> {
  const asked: URL[] = [];
  const uses: { readonly at: number; readonly units: number }[] = [];
  let total = 0;
  const now = options.now ?? Date.now;
  const use = (units: number): boolean => {
    const left = (options.quota ?? QUOTA) - uses.filter(({ at }) => at > now() - 60_000).reduce((sum, one) => sum + one.units, 0);
    if (left < units) return false;
    uses.push({ at: now(), units });
    total += units;
    return true;
  };
  const server = await jsonServer((request) => {
    asked.push(request.url);
    return answer(request, options, use);
  });
  return { ...server, asked, units: () => total };
}

function answer(request: FakeRequest, options: FakeCloudOptions, use: (units: number) => boolean): FakeAnswer {
  const { project = 'shop-prod', traces, scopesOf, needsQuotaProject = false, disabled = false } = options;
  const path = /^\/v1\/projects\/([^/]+)\/traces(?:\/([^/]+))?$/.exec(request.url.pathname);
  if (path === null || request.method !== 'GET') return failed(404, 'NOT_FOUND', 'Requested entity was not found.');
  const bearer = /^Bearer (\S+)$/.exec(request.headers['authorization'] ?? '')?.[1];
  const scopes = bearer === undefined ? undefined : scopesOf(bearer);
  if (scopes === undefined) return failed(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
  if (!scopes.some((scope) => SCOPES.includes(scope))) return failed(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  if (needsQuotaProject && request.headers['x-goog-user-project'] === undefined) return failed(403, 'PERMISSION_DENIED', 'The cloudtrace.googleapis.com API requires a quota project, which is not set by default.', 'SERVICE_DISABLED_FOR_CONSUMER');
  if (disabled) return failed(403, 'PERMISSION_DENIED', 'Cloud Trace API has not been used in project 1 before or it is disabled.', 'SERVICE_DISABLED');
  if (decodeURIComponent(path[1]!) !== project) return failed(403, 'PERMISSION_DENIED', 'The caller does not have permission');
  if (!use(path[2] === undefined ? LIST_UNITS : GET_UNITS)) return failed(429, 'RESOURCE_EXHAUSTED', "Quota exceeded for quota metric 'Read requests (free)'", 'RATE_LIMIT_EXCEEDED');
  if (path[2] === undefined) return list(request.url.searchParams, project, traces);
  if (request.url.search !== '') return failed(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received. Unknown name');
  if (!/^[0-9a-f]{32}$/.test(path[2])) return failed(400, 'INVALID_ARGUMENT', 'Trace id must be a 32 digit hex string.');
  const trace = traces.find(({ traceId }) => traceId === path[2]);
  return trace === undefined ? failed(404, 'NOT_FOUND', `Trace not found: ${path[2]}`) : { status: 200, body: { projectId: project, ...trace, spans: trace.spans.slice(0, 1000) } };
}

function list(parameters: URLSearchParams, project: string, all: readonly FakeCloudTrace[]): FakeAnswer {
  for (const [name, value] of parameters) {
    if (!Object.hasOwn(LIST_PARAMETERS, name)) return failed(400, 'INVALID_ARGUMENT', `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`);
    if (parameters.getAll(name).length > 1 || !LIST_PARAMETERS[name]!(value)) return failed(400, 'INVALID_ARGUMENT', `Invalid value at '${name}'`);
  }
  const view = parameters.get('view') ?? 'MINIMAL';
  const size = Number(parameters.get('pageSize') ?? 100);
  if (size > (view === 'COMPLETE' ? 100 : 1000)) return failed(400, 'INVALID_ARGUMENT', 'The page size is too large.');
  let test: (trace: FakeCloudTrace) => boolean;
  try {
    test = filterOf(parameters.get('filter') ?? '');
  } catch (error) {
    return failed(400, 'INVALID_ARGUMENT', `Invalid filter: ${String(error)}`);
  }
  const [from, to] = [nanos(parameters.get('startTime') ?? '1970-01-01T00:00:00Z'), nanos(parameters.get('endTime') ?? '2200-01-01T00:00:00Z')];
  // As AIP-158 has it: the size of a page may change on the way, nothing else.
  const question = [...parameters].filter(([name]) => name !== 'pageToken' && name !== 'pageSize').join();
  const [offset, asked] = parameters.has('pageToken') ? (JSON.parse(Buffer.from(parameters.get('pageToken')!, 'base64').toString()) as [number, string]) : [0, question];
  if (asked !== question) return failed(400, 'INVALID_ARGUMENT', 'The page token does not belong to this request.');
  const found = all.filter((trace) => startOf(trace) >= from && startOf(trace) <= to && test(trace));
  if (parameters.get('orderBy') === 'start desc') found.sort((a, b) => (startOf(a) > startOf(b) ? -1 : 1));
  const page = found.slice(offset, offset + size);
  const shown = page.map(({ traceId, spans }) => ({ projectId: project, traceId, ...(view === 'COMPLETE' ? { spans } : view === 'ROOTSPAN' ? { spans: spans.filter(({ parentSpanId }) => parentSpanId === undefined) } : {}) }));
  const end = offset + size;
  return { status: 200, body: { ...(shown.length === 0 ? {} : { traces: shown }), ...(end < found.length ? { nextPageToken: Buffer.from(JSON.stringify([end, question])).toString('base64') } : {}) } };
}

/** Epoch ns. */
function nanos(text: string): bigint {
  const [seconds, fraction = ''] = text.replace('Z', '').split('.') as [string, string?];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

const rootOf = ({ spans }: FakeCloudTrace): FakeCloudSpan => spans.find(({ parentSpanId }) => parentSpanId === undefined) ?? spans[0]!;
const startOf = (trace: FakeCloudTrace): bigint => nanos(rootOf(trace).startTime);
const UNITS: Readonly<Record<string, bigint>> = { ns: 1n, ms: 1_000_000n, s: 1_000_000_000n, '': 1_000_000n };

/** Terms of the documentation's filter language, ANDed. Throws on what it does not describe. */
function filterOf(text: string): (trace: FakeCloudTrace) => boolean {
  const terms = text.match(/\+?[^\s":]+(?::(?:"[^"]*"|\S+))?/g) ?? [];
  if (terms.join(' ') !== text.trim()) throw new SyntaxError(text);
  const tests = terms.map((term) => {
    const match = /^(\+?)([^:]+)(?::(?:"([^"]*)"|(\S+)))?$/.exec(term);
    if (match === null) throw new SyntaxError(term);
    const [, plus, key, quoted, plain] = match as unknown as [string, string, string, string?, string?];
    const value = quoted ?? plain;
    const fits = (given: string | undefined, wanted: string): boolean => given !== undefined && (plus === '+' ? given === wanted : given.startsWith(wanted));
    if (value === undefined || key === 'root') return (trace: FakeCloudTrace) => fits(rootOf(trace).name, value ?? key);
    if (key === 'span') return ({ spans }: FakeCloudTrace) => spans.some(({ name }) => fits(name, value));
    if (key === 'label') return ({ spans }: FakeCloudTrace) => spans.some(({ labels = {} }) => Object.hasOwn(labels, value));
    if (key !== 'latency') return ({ spans }: FakeCloudTrace) => spans.some(({ labels = {} }) => fits(labels[key === 'method' ? '/http/method' : key === 'url' ? '/http/url' : key], value));
    const duration = /^(\d+)(ns|ms|s|)$/.exec(value);
    if (duration === null || plus === '+') throw new SyntaxError(term);
    return (trace: FakeCloudTrace) => nanos(rootOf(trace).endTime ?? rootOf(trace).startTime) - startOf(trace) >= BigInt(duration[1]!) * UNITS[duration[2]!]!;
  });
  return (trace) => tests.every((test) => test(trace));
}

const failed = (code: number, status: string, message: string, reason?: string): FakeAnswer => ({
  status: code,
  body: { error: { code, message, status, ...(reason === undefined ? {} : { details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }] }) } },
});
