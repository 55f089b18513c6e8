// A strict Tempo (docs/sources/tempo/api_docs, pkg/api/http.go of 3.0, read 2026-08-21): documented parameters only, of their types and
// within their limits, TraceQL parsed, ids of search without leading zeros, v2 wrapped and v1 bare, PARTIAL and 422, tenants; and a Grafana
// in front of it. Answers 400 with Tempo's sentence to what Tempo refuses; unknown parameters, which it ignores, are refused here.
import { decodeOtlpProto } from '../../../src/formats/otlpProto.ts';
import { decodeSpan } from '../../../src/formats/spanDecoder.ts';
import { hexOfWords } from '../../../src/model/ids.ts';
import { field, varint } from '../formatFixtures.ts';
import { fakeServer, json, plain, type Answer, type Asked, type FakeServer } from './fakeServer.ts';
import { parseTraceQl, TraceQlError, type QuerySpan, type QueryTrace } from './traceQl.ts';

export interface FakeTempoOptions {
  /** TracesData messages, one a trace. */
  readonly traces: readonly Uint8Array[];
  /** "2.6.1"; "" as builds of main say. */
  readonly version?: string;
  /** Hints are a syntax error, as before TraceQL had them. */
  readonly noHints?: boolean;
  /** Which of several matching traces are answered when most_recent is not asked for. */
  readonly pick?: (matching: readonly FakeTempoTrace[]) => readonly FakeTempoTrace[];
  readonly noV2?: boolean;
  readonly emptyForMissing?: boolean;
  /** Traces larger than this are cut (v2) or refused (v1). */
  readonly maxBytesPerTrace?: number;
  /** Tenants, and the one whose traces these are. */
  readonly tenants?: readonly string[];
  /** user:password */
  readonly basic?: string;
  /** Grafana in front: its token and data sources (uid → type, name). */
  readonly grafana?: { readonly token: string; readonly sources: Readonly<Record<string, readonly [type: string, name: string]>>; readonly mayList?: boolean };
  /** Ignores Accept, as some proxies make it. */
  readonly jsonOnly?: (id: string, version: 'v1' | 'v2') => string;
  readonly noStats?: boolean;
}

export interface FakeTempoTrace extends QueryTrace {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly startNs: bigint;
  readonly root: QuerySpan | undefined;
}

const MAX_LIMIT = 262_144;
const MAX_SPSS = 100;
const MAX_SECONDS = 168 * 3600;
const SEARCH = ['q', 'tags', 'minDuration', 'maxDuration', 'limit', 'start', 'end', 'spss'];
const TRACE = ['start', 'end', 'q', 'keep_hierarchy', 'match_depth', 'ancestor_depth'];
const VALUES = ['q', 'start', 'end', 'limit', 'maxStaleValues'];

export function fakeTempo(options: FakeTempoOptions): Promise<FakeServer> {
  const traces = options.traces.map(traceOf);
  return fakeServer((asked) => {
    if (asked.method !== 'GET') return plain('method not allowed', 405);
    return options.grafana === undefined ? tempo(options, traces, asked) : grafana(options, traces, asked, options.grafana);
  });
}

function traceOf(bytes: Uint8Array): FakeTempoTrace {
  const batch = decodeOtlpProto(bytes);
  const details = Array.from({ length: batch.count }, (_, k) => decodeSpan(batch, k));
  const statuses = ['unset', 'ok', 'error'] as const;
  const spans = details.map((span): QuerySpan => {
    const resource = new Map<string, unknown>(span.resource.map(({ key, value }) => [key, value]));
    return {
      service: String(resource.get('service.name') ?? ''), name: span.name, status: statuses[span.statusCode]!, durationNs: Number(span.endUnixNano - span.startUnixNano),
      attributes: new Map(span.attributes.map(({ key, value }) => [key, value])), resource,
    };
  });
  const startNs = details.map(({ startUnixNano }) => startUnixNano).reduce((a, b) => (a < b ? a : b));
  const endNs = details.map(({ endUnixNano }) => endUnixNano).reduce((a, b) => (a > b ? a : b));
  const root = details.findIndex(({ parentSpanId }) => parentSpanId === '');
  return { id: hexOfWords(batch.traceId, 0, 4), bytes, spans, startNs, durationNs: Number(endNs - startNs), root: spans[root] };
}

function grafana(options: FakeTempoOptions, traces: readonly FakeTempoTrace[], asked: Asked, { token, sources, mayList = true }: NonNullable<FakeTempoOptions['grafana']>): Answer {
  if (asked.path === '/api/health') return json({ commit: 'abc', database: 'ok', version: '12.1.0' });
  // Grafana's own search: of dashboards, and a list.
  if (asked.headers.authorization !== `Bearer ${token}`) return json({ message: 'Unauthorized', messageId: 'auth.unauthorized' }, 401);
  if (asked.path === '/api/search') return json([]);
  if (asked.path === '/api/datasources') {
    return mayList ? json(Object.entries(sources).map(([uid, [type, name]], k) => ({ id: k + 1, uid, type, name, access: 'proxy', url: 'http://tempo:3200', isDefault: k === 0 }))) : json({ message: 'You\'ll need additional permissions to perform this action. Permissions needed: datasources:read' }, 403);
  }
  const proxied = /^\/api\/datasources\/proxy\/uid\/([^/]+)(\/.*)$/.exec(asked.path);
  if (proxied === null) return json({ message: 'Not found' }, 404);
  const source = sources[decodeURIComponent(proxied[1]!)];
  if (source === undefined) return json({ message: 'Unable to find datasource' }, 404);
  return source[0] === 'tempo' ? tempo(options, traces, { ...asked, path: proxied[2]! }) : plain('404 page not found\n', 404);
}

function tempo(options: FakeTempoOptions, traces: readonly FakeTempoTrace[], asked: Asked): Answer {
  const { path } = asked;
  if (options.basic !== undefined && asked.headers.authorization !== `Basic ${Buffer.from(options.basic).toString('base64')}`) return plain('authentication error: invalid authentication credentials', 401);
  if (path === '/api/echo') return plain('echo', 200);
  if (path === '/api/status/buildinfo') return json({ version: options.version ?? '', revision: '', branch: '', buildUser: '', buildDate: '', goVersion: 'go1.26.8' });
  const mine = ofTenant(options, asked);
  if (mine === undefined) return plain('no org id\n', 401);
  const visible = mine ? traces : [];
  const values = /^\/api\/v2\/search\/tag\/([^/]+)\/values$/.exec(path);
  if (values !== null) return checked(asked, VALUES) ?? tagValues(visible, decodeURIComponent(values[1]!), asked);
  if (path === '/api/search') return checked(asked, SEARCH) ?? search(options, visible, asked);
  const byId = /^\/api\/(v2\/)?traces\/([^/]+)$/.exec(path);
  if (byId === null || (byId[1] !== undefined && options.noV2 === true)) return plain('404 page not found\n', 404);
  return checked(asked, byId[1] === undefined ? ['start', 'end'] : TRACE) ?? trace(options, visible, decodeURIComponent(byId[2]!), byId[1] === undefined ? 'v1' : 'v2', asked);
}

/** undefined: no tenant was named; false: others'. */
function ofTenant({ tenants }: FakeTempoOptions, { headers }: Asked): boolean | undefined {
  if (tenants === undefined) return true;
  const named = headers['x-scope-orgid'];
  if (typeof named !== 'string' || named === '') return undefined;
  return named.split('|').includes(tenants[0]!);
}

/** What is wrong with the parameters themselves. */
function checked({ query, path }: Asked, known: readonly string[]): Answer | undefined {
  for (const name of query.keys()) if (!known.includes(name)) return plain(`${path} has no parameter ${name}`, 400);
  for (const name of ['start', 'end']) if (query.has(name) && !/^\d{1,10}$/.test(query.get(name)!)) return plain(`invalid ${name}: strconv.ParseUint: parsing "${query.get(name)}": invalid syntax`, 400);
  if (query.has('start') !== query.has('end')) return plain('http parameter start and end must both be given', 400);
  if (query.has('start') && Number(query.get('start')) >= Number(query.get('end'))) return plain(`http parameter start must be before end. received start=${query.get('start')} end=${query.get('end')}`, 400);
  return undefined;
}

function search(options: FakeTempoOptions, traces: readonly FakeTempoTrace[], { query }: Asked): Answer {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1) return plain('invalid limit: must be a positive number', 400);
  if (limit > MAX_LIMIT) return plain(`limit ${limit} exceeds max limit ${MAX_LIMIT}`, 400);
  const spss = Number(query.get('spss') ?? 3);
  if (spss > MAX_SPSS) return plain(`spans per span set exceeds ${MAX_SPSS}. received ${spss}`, 400);
  if (query.has('q') && query.has('tags')) return plain("invalid request: can't specify tags and q in the same query", 400);
  const [start, end] = [Number(query.get('start') ?? 0), Number(query.get('end') ?? 0)];
  if (end - start > MAX_SECONDS) return plain(`range specified by start and end exceeds 168h0m0s. received start=${start} end=${end}`, 400);
  try {
    const { matches, hints } = parseTraceQl(query.get('q') ?? '{ }');
    if (options.noHints === true && hints.size > 0) throw new TraceQlError('parse error at line 1, col 5: syntax error: unexpected with');
    // Blocks are searched by overlap: a trace that began earlier and was still running is found.
    const inTime = traces.filter(({ startNs, durationNs }) => Number(startNs / 1_000_000n) / 1000 < end && (Number(startNs / 1_000_000n) + durationNs / 1e6) / 1000 >= start);
    const matching = inTime.filter((one) => matches(one).length > 0);
    const newest = matching.toSorted((a, b) => (a.startNs > b.startNs ? -1 : 1));
    // Hints it does not know are ignored.
    const picked = hints.get('most_recent') === 'true' && !before28(options.version) ? newest : (options.pick ?? ((all) => all))(matching);
    return json({ traces: picked.slice(0, limit).map((one) => hitOf(one, matches(one), spss, options)), metrics: { inspectedBytes: '44098', completedJobs: 3, totalJobs: 3 } });
  } catch (error) {
    if (!(error instanceof TraceQlError)) throw error;
    return plain(`invalid TraceQL query: ${error.message}`, 400);
  }
}

const before28 = (version = ''): boolean => /^2\.[0-7]\./.test(version);

/** Zero fields are left out, ids lose their leading zeros. */
function hitOf({ id, startNs, durationNs, root, spans }: FakeTempoTrace, matched: readonly QuerySpan[], spss: number, { noStats }: FakeTempoOptions): unknown {
  const durationMs = Math.floor(durationNs / 1e6);
  const stats = Object.fromEntries([...new Set(spans.map(({ service }) => service))].map((service) => {
    const own = spans.filter((span) => span.service === service);
    const errors = own.filter(({ status }) => status === 'error').length;
    return [service, { spanCount: own.length, ...(errors > 0 ? { errorCount: errors } : {}) }];
  }));
  const spanSet = { spans: matched.slice(0, spss).map(({ name }) => ({ spanID: 'a1b2c3d4e5f60006', name, startTimeUnixNano: startNs.toString(), durationNanos: '1' })), matched: matched.length };
  return {
    traceID: id.replace(/^0+/, ''), rootServiceName: root?.service ?? '<root span not yet received>', ...(root === undefined ? {} : { rootTraceName: root.name }), startTimeUnixNano: startNs.toString(),
    ...(durationMs > 0 ? { durationMs } : {}), spanSet, spanSets: [spanSet], ...(noStats === true ? {} : { serviceStats: stats }),
  };
}

function tagValues(traces: readonly FakeTempoTrace[], tag: string, { query }: Asked): Answer {
  try {
    const { matches } = parseTraceQl(query.get('q') ?? '{ }');
    const spans = traces.flatMap((one) => [...matches(one)]);
    if (tag !== 'resource.service.name' && tag !== 'name') return plain(`tag name is not valid intrinsic or scoped attribute: ${tag}`, 400);
    const values = new Set(spans.map((span) => (tag === 'name' ? span.name : span.service)));
    return json({ tagValues: [...values].map((value) => ({ type: 'string', value })), metrics: { inspectedBytes: '13699' } });
  } catch (error) {
    if (!(error instanceof TraceQlError)) throw error;
    return plain(error.message, 400);
  }
}

function trace(options: FakeTempoOptions, traces: readonly FakeTempoTrace[], id: string, version: 'v1' | 'v2', { headers, query }: Asked): Answer {
  if (!/^[0-9a-fA-F]{1,32}$/.test(id)) return plain(`trace IDs can only contain hex characters: invalid character '${/[^0-9a-f]/i.exec(id)?.[0] ?? ''}' at position 1`, 400);
  const [start, end] = [Number(query.get('start') ?? 0), Number(query.get('end') ?? 4e9)];
  const found = traces.find((one) => one.id === id.toLowerCase().padStart(32, '0') && Number(one.startNs / 1_000_000_000n) <= end && Number(one.startNs / 1_000_000_000n) >= start);
  if (found === undefined) return version === 'v2' && options.emptyForMissing !== false ? (headers.accept === 'application/protobuf' ? protobuf([...field(1, ''), ...field(2, '')]) : json({ trace: {}, metrics: {} })) : { status: 404, body: '' };
  if (options.jsonOnly !== undefined) return { status: 200, headers: { 'content-type': 'application/json' }, body: options.jsonOnly(found.id, version) };
  if (headers.accept !== 'application/protobuf') return plain('this fake answers traces as protobuf', 406);
  const max = options.maxBytesPerTrace ?? Number.POSITIVE_INFINITY;
  if (version === 'v1') return found.bytes.length > max ? plain(`trace exceeds max size (max bytes: ${max})`, 422) : protobuf(found.bytes);
  const partial = found.bytes.length > max ? [24, ...varint(1), ...field(4, `Trace exceeds maximum size of ${max} bytes, a partial trace is returned`)] : [];
  return protobuf([...field(1, found.bytes), ...field(2, ''), ...partial]);
}

const protobuf = (body: readonly number[] | Uint8Array): Answer => ({ status: 200, headers: { 'content-type': 'application/protobuf' }, body: Uint8Array.from(body) });
