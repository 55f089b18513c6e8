// Arize Phoenix as its own source and its OpenAPI say (20.26.1): projects by id or name, lists by start time, spans of a trace, each with a
// cursor that names the first of the next page, and a key where it has one. A parameter, a limit or a cursor it does not know is refused.
import type { IncomingMessage } from 'node:http';
import { httpFake, json, plain, type FakeAnswer, type HttpFake } from './httpFake.ts';

/** What is answered as it is, and the field that is asked by. */
export type PhoenixRow<Key extends string> = { readonly [field in Key]: string } & { readonly [field: string]: unknown };

export interface PhoenixTrace {
  readonly trace_id: string;
  readonly start_time: string;
  readonly end_time: string;
  readonly spans: readonly PhoenixRow<'status_code'>[];
}

export interface PhoenixWorld {
  /** Names, the latest first, as it lists them. */
  readonly projects?: readonly string[];
  /** Of every project; the latest first. */
  readonly traces?: readonly PhoenixTrace[];
  /** As `spans/otlpv1` answers them; the last stored first. */
  readonly spans?: readonly PhoenixRow<'trace_id'>[];
  /** Below this path, as PHOENIX_HOST_ROOT_PATH makes it. */
  readonly basePath?: string;
  /** Without it: 401. */
  readonly key?: string;
  /** A version that knows no filters takes them and does nothing, as its framework does. */
  readonly ignoresFilters?: boolean;
  /** Versions of mid 2026 and before: the cursor is a trace's row alone, so a page leaves out what was stored later than it and began earlier. */
  readonly cursorsByRow?: boolean;
  /** What happens to a request before it is answered. */
  readonly before?: (url: URL) => FakeAnswer | undefined;
}

/** Relay's global id: its kind and its row. */
export const phoenixId = (kind: 'Project' | 'Trace' | 'Span', row: number): string => Buffer.from(`${kind}:${row}`).toString('base64');

const PARAMETERS = {
  projects: new Set(['cursor', 'limit', 'include_experiment_projects', 'include_dataset_evaluator_projects', 'name_contains']),
  traces: new Set(['start_time', 'end_time', 'sort', 'order', 'limit', 'cursor', 'include_spans', 'session_identifier', 'filter']),
  spans: new Set(['cursor', 'limit', 'start_time', 'end_time', 'trace_id', 'span_id', 'parent_id', 'name', 'status_code', 'attribute']),
};

export function phoenixFake(world: PhoenixWorld): Promise<HttpFake> {
  const base = world.basePath ?? '';
  return httpFake((url, request) => answer(world, base, url, request), base);
}

function answer(world: PhoenixWorld, base: string, url: URL, request: IncomingMessage): FakeAnswer {
  if (!url.pathname.startsWith(`${base}/`)) return plain('Not Found', 404);
  const path = url.pathname.slice(base.length);
  const first = world.before?.(url);
  if (first !== undefined) return first;
  if (path === '/arize_phoenix_version') return plain('20.26.1', 200);
  if (world.key !== undefined && request.headers.authorization !== `Bearer ${world.key}`) return plain('Invalid token', 401);
  if (path === '/v1/projects') return projects(world, url.searchParams);
  const match = /^\/v1\/projects\/([^/]+)(\/traces|\/spans\/otlpv1)?$/.exec(path);
  if (match === null) return plain('Not Found', 404);
  const identifier = decodeURIComponent(match[1]!);
  const project = projectsOf(world).find(({ id, name }) => id === identifier || name === identifier);
  if (project === undefined) return plain(`Project with name ${identifier} not found`, 404);
  if (match[2] === undefined) return json({ data: project });
  return match[2] === '/traces' ? traces(world, url.searchParams) : spans(world, url.searchParams);
}

const projectsOf = ({ projects: names = ['default'] }: PhoenixWorld): { readonly name: string; readonly description: null; readonly id: string }[] =>
  names.map((name, k) => ({ name, description: null, id: phoenixId('Project', names.length - k) }));

function projects(world: PhoenixWorld, query: URLSearchParams): FakeAnswer {
  return refused(query, 'projects', Number.MAX_SAFE_INTEGER) ?? paged(projectsOf(world), 'Project', query);
}

function spans(world: PhoenixWorld, query: URLSearchParams): FakeAnswer {
  return refused(query, 'spans', 1000) ?? paged((world.spans ?? []).filter(({ trace_id }) => query.getAll('trace_id').includes(trace_id)), 'Span', query);
}

function traces(world: PhoenixWorld, query: URLSearchParams): FakeAnswer {
  const refusal = refused(query, 'traces', 1000);
  if (refusal !== undefined) return refusal;
  const [from, to] = [Date.parse(query.get('start_time') ?? ''), Date.parse(query.get('end_time') ?? '')];
  if (Number.isNaN(from) || Number.isNaN(to)) return plain('datetime', 422);
  const filter = world.ignoresFilters === true ? '' : (query.get('filter') ?? '');
  const least = /^(?:error_count > 0 and )?latency_ms >= ([\d.]+)$/.exec(filter)?.[1];
  if (filter !== '' && filter !== 'error_count > 0' && least === undefined) return plain('Invalid filter', 400);
  const matching = (world.traces ?? [])
    .filter((trace) => Date.parse(trace.start_time) >= from && Date.parse(trace.start_time) < to)
    .filter((trace) => !filter.startsWith('error_count') || trace.spans.some(({ status_code }) => status_code === 'ERROR'))
    .filter((trace) => least === undefined || Date.parse(trace.end_time) - Date.parse(trace.start_time) >= Number(least));
  return world.cursorsByRow === true ? pagedByRow(matching, query) : paged(matching, 'Trace', query);
}

/** Rows in another order than starts, as traces that arrive late make it: fewer than 457 of them. */
function pagedByRow(traces: readonly PhoenixTrace[], query: URLSearchParams): FakeAnswer {
  const cursor = query.get('cursor');
  const row = ({ trace_id }: PhoenixTrace): number => (Number.parseInt(trace_id, 16) * 181) % 457;
  const at = cursor === null ? Infinity : Number(/^Trace:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1]);
  const rest = traces.filter((trace) => row(trace) <= at);
  const limit = Number(query.get('limit') ?? 100);
  return json({ data: rest.slice(0, limit), next_cursor: rest.length > limit ? phoenixId('Trace', row(rest[limit]!)) : null });
}

function refused(query: URLSearchParams, what: keyof typeof PARAMETERS, maxLimit: number): FakeAnswer | undefined {
  for (const name of query.keys()) if (!PARAMETERS[what].has(name)) return plain(`unknown ${name}`, 422);
  const limit = Number(query.get('limit') ?? 100);
  return Number.isInteger(limit) && limit > 0 && limit <= maxLimit ? undefined : plain('limit', 422);
}

/** Rows count down, as newer ones come first: the cursor is the row that the next page begins with. */
function paged(rows: readonly unknown[], kind: 'Project' | 'Trace' | 'Span', query: URLSearchParams): FakeAnswer {
  const cursor = query.get('cursor');
  const row = cursor === null ? rows.length : Number(new RegExp(`^${kind}:(\\d+)$`).exec(Buffer.from(cursor, 'base64').toString())?.[1]);
  if (Number.isNaN(row)) return plain(`Invalid cursor format: ${cursor}`, 422);
  const from = rows.length - row;
  const to = from + Number(query.get('limit') ?? 100);
  return json({ data: rows.slice(from, to), next_cursor: to < rows.length ? phoenixId(kind, rows.length - to) : null });
}
