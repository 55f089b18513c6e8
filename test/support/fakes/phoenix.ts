// A Phoenix that keeps its documented rules (its own OpenAPI, recorded 6): known parameters of their types, pages with cursors, filters as it
// writes them; 404 for projects that are not there; spans in its dialect of OTLP/JSON. Other paths are not found.
import { httpFake, json, plain, type FakeAnswer, type HttpFake } from './httpFake.ts';

export interface FakePhoenixSpan {
  readonly span_id: string;
  readonly parent_id: string | null;
  readonly name: string;
  readonly status_code: string;
  readonly start_time: string;
  readonly end_time: string;
}

export interface FakePhoenixTrace {
  readonly trace_id: string;
  readonly start_time: string;
  readonly end_time: string;
  readonly spans: readonly FakePhoenixSpan[];
  /** As /spans/otlpv1 answers them. */
  readonly otlp?: readonly object[];
}

export interface FakePhoenixOptions {
  readonly projects?: readonly string[];
  /** Of the first project. */
  readonly traces: readonly FakePhoenixTrace[];
  /** A version that knows no filters takes them and does nothing, as its framework does. */
  readonly ignoring?: boolean;
  readonly token?: string;
}

const LIST = new Set(['start_time', 'end_time', 'sort', 'order', 'limit', 'cursor', 'include_spans', 'filter']);
const SPANS = new Set(['trace_id', 'limit', 'cursor']);

export function fakePhoenix(options: FakePhoenixOptions): Promise<HttpFake> {
  const { projects = ['default'], token } = options;
  return httpFake((url, { headers }) => {
    if (url.pathname === '/arize_phoenix_version') return plain('20.26.1', 200);
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) return plain('Invalid token', 401);
    if (url.pathname === '/v1/projects') return json({ data: projects.map((name, k) => ({ name, id: Buffer.from(`Project:${k + 1}`).toString('base64') })), next_cursor: null });
    const [, project, what] = /^\/v1\/projects\/([^/]+)\/(traces|spans\/otlpv1)$/.exec(url.pathname) ?? [];
    if (project === undefined) return plain('Not Found', 404);
    if (!projects.includes(decodeURIComponent(project))) return plain(`Project with ID ${project} not found`, 404);
    const own = decodeURIComponent(project) === projects[0] ? options : { ...options, traces: [] };
    return what === 'traces' ? list(own, url.searchParams) : spans(own, url.searchParams);
  });
}

function list({ traces, ignoring = false }: FakePhoenixOptions, query: URLSearchParams): FakeAnswer {
  for (const name of query.keys()) if (!LIST.has(name)) return plain(`unknown ${name}`, 422);
  const [from, to] = [Date.parse(query.get('start_time') ?? ''), Date.parse(query.get('end_time') ?? '')];
  if (Number.isNaN(from) || Number.isNaN(to)) return plain('datetime', 422);
  const filter = ignoring ? '' : (query.get('filter') ?? '');
  const least = /^(?:error_count > 0 and )?latency_ms >= ([\d.]+)$/.exec(filter)?.[1];
  if (filter !== '' && filter !== 'error_count > 0' && least === undefined) return plain('Invalid filter', 400);
  const matching = traces.filter((trace) => Date.parse(trace.start_time) >= from && Date.parse(trace.start_time) < to)
    .filter((trace) => !filter.startsWith('error_count') || trace.spans.some(({ status_code: status }) => status === 'ERROR'))
    .filter((trace) => least === undefined || Date.parse(trace.end_time) - Date.parse(trace.start_time) >= Number(least));
  return page(matching.map(({ otlp: _otlp, ...trace }) => trace), query);
}

function spans({ traces }: FakePhoenixOptions, query: URLSearchParams): FakeAnswer {
  for (const name of query.keys()) if (!SPANS.has(name)) return plain(`unknown ${name}`, 422);
  return page(traces.filter(({ trace_id: id }) => query.getAll('trace_id').includes(id)).flatMap(({ otlp = [] }) => otlp), query);
}

function page(all: readonly object[], query: URLSearchParams): FakeAnswer {
  const limit = Number(query.get('limit') ?? 100);
  if (!(limit > 0 && limit <= 1000)) return plain('limit', 422);
  const start = Number(query.get('cursor') ?? 0);
  const end = start + limit;
  return json({ data: all.slice(start, end), next_cursor: end < all.length ? String(end) : null });
}
