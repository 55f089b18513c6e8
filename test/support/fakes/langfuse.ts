// A strict Langfuse: its v3 (traces, by pages) or v4 (events_only: observations, by a cursor), held to the vendor's pinned definition.
// Refuses what that does not name, over-limits, wrong keys, unbounded scans and retired parameters, each with its documented answer.
import { fakeServer, json, type Answer, type Asked, type FakeServer } from './fakeServer.ts';
import { COLUMNS, ENDPOINTS, EVENTS_ONLY, LEVELS, NO_PREVIEW, OPERATORS, type Endpoint, type ParameterType } from './langfuseDefinition.ts';

export type Loose = Readonly<Record<string, unknown>>;

/** As v3 answers it by id: `observations` and `scores` are objects. */
export type FakeTrace = Loose & { readonly id: string; readonly timestamp: string; readonly observations: readonly Loose[]; readonly scores: readonly Loose[] };

export interface FakeLangfuse extends FakeServer {
  /** As if it were upgraded, or broken, while running. */
  options: FakeLangfuseOptions;
}

export interface FakeLangfuseOptions {
  readonly version: 3 | 4;
  readonly traces: readonly FakeTrace[];
  /** Path it lives below. */
  readonly base?: string;
  /** Answers 429 to the first requests of each path. */
  readonly limited?: number;
  /** Answers of more rows than this are too much: 422. */
  readonly mostRows?: number;
  readonly noV3Scores?: boolean;
  /** stringOptions are refused. */
  readonly noOptions?: boolean;
  readonly scoresFail?: boolean;
  readonly noHealth?: boolean;
  /** A v3 before October 2025: its traces know no filter, and it says nothing of it. */
  readonly noFilters?: boolean;
}

export const KEYS = { user: 'pk-lf-1', secret: 'sk-lf-2' } as const;
const METADATA_CUT = 200;

export async function fakeLangfuse(options: FakeLangfuseOptions): Promise<FakeLangfuse> {
  const limited = new Map<string, number>();
  const server: FakeServer = await fakeServer((asked) => answer(fake.options, asked, limited));
  const fake: FakeLangfuse = { ...server, options };
  return fake;
}

function answer(options: FakeLangfuseOptions, asked: Asked, limited: Map<string, number>): Answer {
  const base = options.base ?? '';
  if (!asked.path.startsWith(`${base}/api/public/`)) return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>404</html>' };
  const path = asked.path.slice(base.length);
  const endpoint = ENDPOINTS.find((known) => known.path === path) ?? ENDPOINTS.find((known) => known.path.endsWith('/{}') && new RegExp(`^${known.path.replace('{}', '[^/]+')}$`).test(path));
  if (endpoint === undefined || asked.method !== 'GET') return json({ message: 'Not found', error: 'Not found' }, 404);
  if (endpoint.path.endsWith('/health')) return options.noHealth === true ? json({ message: 'Not found' }, 404) : json({ status: 'OK', version: options.version === 4 ? '4.16.0' : options.noFilters === true ? '3.90.0' : '3.120.0' });
  if (options.noFilters === true && endpoint.path === '/api/public/traces') asked.query.delete('filter');
  if (endpoint.legacy && options.version === 4) return json({ message: EVENTS_ONLY, _deprecation: { message: 'v3 is deprecated', replacement: 'GET /api/public/v2/observations' } }, 404);
  const refused = unauthorized(asked) ?? tooMany(options, path, limited);
  if (refused !== undefined) return refused;
  if (endpoint.path.includes('/v2/observations') && options.version === 3) return json({ message: NO_PREVIEW, error: 'LangfuseNotFoundError' }, 404);
  const problem = invalid(endpoint, asked.query, options);
  if (problem !== undefined) return problem;
  const id = decodeURIComponent(path.split('/').at(-1)!);
  switch (endpoint.path) {
    case '/api/public/traces':
      return traces(options, asked.query);
    case '/api/public/traces/{}':
      return trace(options, id, asked.query);
    case '/api/public/observations':
      return observationsV1(options, asked.query);
    case '/api/public/v2/observations':
      return observationsV2(options, asked.query);
    default:
      return scores(options, endpoint, asked.query);
  }
}

function unauthorized({ headers }: Asked): Answer | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return json({ message: 'No authorization header' }, 401);
  if (authorization === `Basic ${Buffer.from(`${KEYS.user}:${KEYS.secret}`).toString('base64')}`) return undefined;
  return json({ message: "Invalid credentials. Confirm that you've configured the correct host." }, 401);
}

function tooMany({ limited = 0 }: FakeLangfuseOptions, path: string, counts: Map<string, number>): Answer | undefined {
  const count = counts.get(path) ?? 0;
  counts.set(path, count + 1);
  if (count >= limited) return undefined;
  return json({ message: 'Rate limit exceeded', code: 'rate_limited' }, 429, { 'retry-after': '0', 'x-ratelimit-limit': '30', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': new Date().toString() });
}

const invalidData = (...issues: readonly unknown[]): Answer => json({ message: 'Invalid request data', error: issues }, 400);
const tooMuch = (): Answer => json({ message: 'Your query could not be completed. Please narrow the time range or fields.', error: 'Request timed out' }, 422);

/** Zod ignores what it does not know; here that is a mistake of ours. */
function invalid({ parameters, maxLimit, groups, filter, path }: Endpoint, query: URLSearchParams, options: FakeLangfuseOptions): Answer | undefined {
  for (const name of new Set(query.keys())) {
    const type = Object.hasOwn(parameters, name) ? parameters[name]! : undefined;
    if (type === undefined) return invalidData({ code: 'unrecognized_keys', keys: [name] });
    const values = query.getAll(name);
    if (values.length > 1 && type !== 'strings') return invalidData({ code: 'invalid_type', path: [name] });
    for (const value of values) if (!fitsType(type, value)) return invalidData({ code: 'invalid_type', path: [name], received: value });
  }
  if (query.get('parseIoAsJson') === 'true') return invalidData({ code: 'custom', path: ['parseIoAsJson'], message: 'parseIoAsJson=true is no longer supported on the v2 observations endpoint.' });
  if (maxLimit !== undefined && Number(query.get('limit') ?? 1) > maxLimit) return invalidData({ code: 'too_big', maximum: maxLimit, path: ['limit'] });
  if (path.endsWith('traces') && Number(query.get('limit') ?? 1) < 1) return invalidData({ code: 'too_small', path: ['limit'] });
  for (const group of (query.get('fields') ?? '').split(',')) if (group !== '' && groups?.includes(group) === false) return invalidData({ code: 'invalid_value', path: ['fields'], received: group });
  return filter === undefined ? undefined : (badFilter(filter, query.get('filter'), options) ?? unbounded(filter, query));
}

function fitsType(type: ParameterType, value: string): boolean {
  switch (type) {
    case 'integer':
      return /^\d+$/.test(value);
    case 'double':
      return /^-?\d+(\.\d+)?$/.test(value);
    case 'boolean':
      return value === 'true' || value === 'false';
    case 'datetime':
      return isInstant(value);
    case 'level':
      return LEVELS.includes(value);
    default:
      return true;
  }
}

const isInstant = (value: unknown): boolean => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value);

interface Condition {
  readonly type: string;
  readonly column: string;
  readonly operator: string;
  readonly value: unknown;
  readonly key?: string;
}

function badFilter(table: 'traces' | 'observations', filter: string | null, { noOptions }: FakeLangfuseOptions): Answer | undefined {
  if (filter === null) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(filter);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return json({ message: 'Invalid JSON in filter parameter', error: 'InvalidRequestError' }, 400);
  }
  if (!Array.isArray(parsed)) return invalidData({ code: 'invalid_type', expected: 'array' });
  for (const condition of parsed as Condition[]) {
    const known = Object.hasOwn(COLUMNS[table], condition.column) ? COLUMNS[table][condition.column]! : undefined;
    const typeFits = known === condition.type || (known === 'string' && condition.type === 'stringOptions' && noOptions !== true);
    const valueFits = condition.type === 'datetime' ? isInstant(condition.value) : condition.type === 'number' ? typeof condition.value === 'number' : condition.type === 'boolean' ? typeof condition.value === 'boolean'
      : condition.type.endsWith('Options') ? Array.isArray(condition.value) && condition.value.every((value) => typeof value === 'string') : typeof condition.value === 'string';
    const keyFits = (condition.type === 'stringObject') === (typeof condition.key === 'string');
    if (!typeFits || !valueFits || !keyFits || OPERATORS[condition.type]?.includes(condition.operator) !== true) return invalidData({ code: 'invalid_union', path: ['filter', condition.column] });
  }
  return undefined;
}

/** Wide windows time out on real servers; here every one that has no end does. By traceId alone v1 looks a trace's up. */
function unbounded(table: 'traces' | 'observations', query: URLSearchParams): Answer | undefined {
  if (query.has('traceId') && table === 'observations' && query.has('page')) return undefined;
  const [from, to, column] = table === 'traces' ? ['fromTimestamp', 'toTimestamp', 'timestamp'] : ['fromStartTime', 'toStartTime', 'startTime'];
  if (!query.has(from)) return json({ message: `${from} is required. Set the ${from} query parameter to filter traces by date.`, error: 'InvalidRequestError' }, 400);
  const conditions = conditionsOf(query);
  const bound = (operator: string): boolean => conditions.some((one) => one.column === column && one.operator === operator);
  // A filter takes precedence over the plain parameters.
  return query.has('filter') ? (bound('>=') && bound('<') ? undefined : tooMuch()) : query.has(to) ? undefined : tooMuch();
}

const conditionsOf = (query: URLSearchParams): readonly Condition[] => JSON.parse(query.get('filter') ?? '[]') as Condition[];

/** Plain parameters count only where no filter is given. */
function matches(query: URLSearchParams, plain: readonly (readonly [parameter: string, column: string, operator: string])[], valueOf: (column: string, key?: string) => unknown): boolean {
  const conditions: readonly Condition[] = query.has('filter') ? conditionsOf(query)
    : plain.filter(([parameter]) => query.has(parameter)).map(([parameter, column, operator]) => ({ type: '', column, operator, value: query.get(parameter) === 'true' ? true : query.get(parameter) }));
  return conditions.every(({ column, operator, value, key }) => compare(operator, valueOf(column, key), value));
}

function compare(operator: string, is: unknown, wanted: unknown): boolean {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
  switch (operator) {
    case 'any of':
      return list(is).some((one) => list(wanted).includes(one));
    case '=':
      return is === wanted;
    default: {
      if (is === undefined || is === null) return false;
      const [left, right] = isInstant(wanted) ? [Date.parse(String(is)), Date.parse(String(wanted))] : [Number(is), Number(wanted)];
      return operator === '>' ? left > right : operator === '>=' ? left >= right : operator === '<' ? left < right : left <= right;
    }
  }
}

const errorsOf = ({ observations }: FakeTrace): number => observations.filter(({ level }) => level === 'ERROR').length;

/** s, from the first start to the last end. */
function latencyOf({ observations }: FakeTrace): number | null {
  const starts = observations.map(({ startTime }) => Date.parse(String(startTime)));
  const ends = observations.flatMap(({ endTime }) => (typeof endTime === 'string' ? [Date.parse(endTime)] : []));
  return starts.length === 0 || ends.length === 0 ? null : (Math.max(...ends) - Math.min(...starts)) / 1000;
}

function traces({ traces: all, mostRows = Number.POSITIVE_INFINITY }: FakeLangfuseOptions, query: URLSearchParams): Answer {
  const [page, limit] = [Number(query.get('page') ?? 1), Number(query.get('limit') ?? 50)];
  if (page < 1) return invalidData({ code: 'too_small', path: ['page'] });
  if (query.get('orderBy') !== null && !/^(id|timestamp|name|userId|release|version|public|bookmarked|sessionId)\.(asc|desc)$/.test(query.get('orderBy')!)) return invalidData({ code: 'invalid_format', path: ['orderBy'] });
  const groups = groupsOf(query, ['core', 'io', 'scores', 'observations', 'metrics']);
  const plain = [['fromTimestamp', 'timestamp', '>='], ['toTimestamp', 'timestamp', '<'], ['name', 'name', '='], ['userId', 'userId', '='], ['sessionId', 'sessionId', '=']] as const;
  const found = all.filter((one) => matches(query, plain, (column, key) => {
    if (column === 'metadata') return (one['metadata'] as Loose | undefined)?.[key!];
    return column === 'latency' ? latencyOf(one) : column === 'errorCount' ? errorsOf(one) : one[column];
  })).toSorted((a, b) => (a.timestamp > b.timestamp ? -1 : 1));
  const rows = found.slice((page - 1) * limit, page * limit);
  if (rows.length > mostRows) return tooMuch();
  return json({ data: rows.map((one) => traceRow(one, groups, true)), meta: { page, limit, totalItems: found.length, totalPages: Math.ceil(found.length / limit) } });
}

const groupsOf = (query: URLSearchParams, absent: readonly string[]): ReadonlySet<string> => new Set(query.has('fields') ? ['core', ...query.get('fields')!.split(',')] : absent);

/** What was not asked for comes back empty, metrics as -1. */
function traceRow(one: FakeTrace, groups: ReadonlySet<string>, ids: boolean): Loose {
  const { observations, scores: its, input, output, metadata, ...core } = one;
  const reduced = (list: readonly Loose[]): unknown[] => (ids ? list.map(({ id }) => id) : [...list]);
  return {
    externalId: null, bookmarked: false, public: false, release: null, version: null, userId: null, sessionId: null, tags: [], environment: 'default', htmlPath: `/project/p/traces/${one.id}`, ...core,
    input: groups.has('io') ? (input ?? null) : null, output: groups.has('io') ? (output ?? null) : null, metadata: groups.has('io') ? (metadata ?? {}) : {},
    observations: groups.has('observations') ? reduced(observations) : [], scores: groups.has('scores') ? reduced(its) : [],
    latency: groups.has('metrics') ? latencyOf(one) : -1, totalCost: groups.has('metrics') ? observations.reduce((sum, { costDetails }) => sum + Number((costDetails as Loose | undefined)?.['total'] ?? 0), 0) : -1,
  };
}

function trace({ traces: all, mostRows = Number.POSITIVE_INFINITY }: FakeLangfuseOptions, id: string, query: URLSearchParams): Answer {
  const found = all.find((one) => one.id === id);
  if (found === undefined) return json({ message: `Trace ${id} not found within authorized project`, error: 'LangfuseNotFoundError' }, 404);
  const groups = groupsOf(query, ['core', 'io', 'scores', 'observations', 'metrics']);
  if (groups.has('observations') && found.observations.length > mostRows) return tooMuch();
  return json(traceRow(found, groups, false));
}

function observationsV1({ traces: all, mostRows = Number.POSITIVE_INFINITY }: FakeLangfuseOptions, query: URLSearchParams): Answer {
  const [page, limit] = [Number(query.get('page') ?? 1), Number(query.get('limit') ?? 50)];
  const found = all.flatMap((one) => one.observations).filter(({ traceId }) => query.get('traceId') === null || traceId === query.get('traceId'));
  const rows = found.slice((page - 1) * limit, page * limit);
  return rows.length > mostRows ? tooMuch() : json({ data: rows, meta: { page, limit, totalItems: found.length, totalPages: Math.ceil(found.length / limit) } });
}

const V2_GROUPS: Readonly<Record<string, readonly string[]>> = {
  core: ['id', 'traceId', 'startTime', 'endTime', 'projectId', 'parentObservationId', 'type'],
  basic: ['name', 'level', 'statusMessage', 'version', 'environment', 'bookmarked', 'public', 'userId', 'sessionId', 'isRootObservation'],
  time: ['completionStartTime', 'createdAt', 'updatedAt'],
  io: ['input', 'output'],
  metadata: ['metadata'],
  model: ['providedModelName', 'internalModelId', 'modelParameters'],
  usage: ['usageDetails', 'costDetails', 'totalCost', 'usagePricingTierName'],
  prompt: ['promptId', 'promptName', 'promptVersion'],
  metrics: ['latency', 'timeToFirstToken'],
  trace_context: ['tags', 'release', 'traceName'],
};

function observationsV2({ traces: all, mostRows = Number.POSITIVE_INFINITY }: FakeLangfuseOptions, query: URLSearchParams): Answer {
  const plain = [['fromStartTime', 'startTime', '>='], ['toStartTime', 'startTime', '<'], ['traceId', 'traceId', '='], ['level', 'level', '='], ['name', 'name', '='], ['isRootObservation', 'isRootObservation', '=']] as const;
  const place = (row: Loose): string => `${String(row['startTime'])} ${String(row['traceId'])} ${String(row['id'])}`;
  let found = all.flatMap((one) => one.observations.map((observation) => asV2(one, observation)))
    .filter((row) => matches(query, plain, (column, key) => (column === 'metadata' ? (row['metadata'] as Loose)[key!] : column === 'model' ? row['providedModelName'] : row[column])))
    .toSorted((a, b) => (place(a) > place(b) ? -1 : 1));
  if (query.has('cursor')) {
    const cursor = cursorOf(query.get('cursor')!);
    if (cursor === undefined) return json({ message: 'Invalid cursor format', error: 'InvalidRequestError' }, 400);
    found = found.filter((row) => place(row) < cursor);
  }
  const limit = Number(query.get('limit') ?? 50);
  const rows = found.slice(0, limit);
  if (rows.length > mostRows) return tooMuch();
  const groups = groupsOf(query, ['core', 'basic']);
  const last = rows.at(-1);
  const meta = found.length > limit && last !== undefined ? { cursor: Buffer.from(JSON.stringify({ lastStartTimeTo: last['startTime'], lastTraceId: last['traceId'], lastId: last['id'] })).toString('base64') } : {};
  return json({ data: rows.map((row) => v2Row(row, groups, (query.get('expandMetadata') ?? '').split(','))), meta });
}

function cursorOf(cursor: string): string | undefined {
  try {
    const { lastStartTimeTo, lastTraceId, lastId } = JSON.parse(Buffer.from(cursor, 'base64').toString()) as Loose;
    return typeof lastStartTimeTo === 'string' ? `${lastStartTimeTo} ${String(lastTraceId)} ${String(lastId)}` : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An observation of v3 as v4 has it: no trace object, bodies raw text, the model under another name. */
function asV2(one: FakeTrace, { model, input, output, ...observation }: Loose): Loose {
  const raw = (value: unknown): unknown => (value === undefined || value === null || typeof value === 'string' ? (value ?? null) : JSON.stringify(value));
  const [start, end] = [Date.parse(String(observation['startTime'])), typeof observation['endTime'] === 'string' ? Date.parse(observation['endTime']) : undefined];
  return {
    projectId: 'p', level: 'DEFAULT', metadata: {}, isRootObservation: (observation['parentObservationId'] ?? null) === null, ...observation, providedModelName: model ?? null, input: raw(input), output: raw(output),
    userId: one['userId'] ?? null, sessionId: one['sessionId'] ?? null, tags: one['tags'] ?? [], release: one['release'] ?? null, traceName: one['name'] ?? null, latency: end === undefined ? null : (end - start) / 1000,
  };
}

function v2Row(row: Loose, groups: ReadonlySet<string>, expanded: readonly string[]): Loose {
  const kept = Object.fromEntries([...groups].flatMap((group) => V2_GROUPS[group] ?? []).filter((key) => Object.hasOwn(row, key)).map((key) => [key, row[key]]));
  const cut = (key: string, value: unknown): unknown => (typeof value === 'string' && value.length > METADATA_CUT && !expanded.includes(key) ? value.slice(0, METADATA_CUT) : value);
  const metadata = groups.has('metadata') ? { metadata: Object.fromEntries(Object.entries(row['metadata'] as Loose).map(([key, value]) => [key, cut(key, value)])) } : {};
  return { ...kept, ...metadata, modelId: null, inputPrice: groups.has('model') ? '0.0001' : null, outputPrice: null, totalPrice: null };
}

function scores({ traces: all, noV3Scores, scoresFail }: FakeLangfuseOptions, { path }: Endpoint, query: URLSearchParams): Answer {
  const v3 = path.includes('/v3/');
  if (scoresFail === true) return json({ message: 'Internal Server Error', error: 'An unknown error occurred' }, 500);
  if (v3 && noV3Scores === true) return json({ message: 'Not found' }, 404);
  const found = all.find(({ id }) => id === query.get('traceId'))?.scores ?? [];
  const limit = Number(query.get('limit') ?? 50);
  const from = v3 ? Number(query.get('cursor') ?? 0) : 0;
  const subject = (score: Loose): Loose => (typeof score['observationId'] === 'string' ? { kind: 'observation', id: score['observationId'], traceId: score['traceId'] } : { kind: 'trace', id: score['traceId'] });
  const rows = found.slice(from, from + limit).map(({ observationId, traceId, comment, ...score }) => (v3
    ? { ...score, ...(query.get('fields')?.includes('details') === true ? { comment } : {}), ...(query.get('fields')?.includes('subject') === true ? { subject: subject({ observationId, traceId }) } : {}) }
    : { ...score, observationId, traceId, comment }));
  return json({ data: rows, meta: v3 ? { limit, ...(found.length > from + limit ? { cursor: String(from + limit) } : {}) } : { page: 1, limit, totalItems: found.length, totalPages: 1 } });
}
