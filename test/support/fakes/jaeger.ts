// A Jaeger of three ages over traces in memory, after its sources (http_handler.go, query_parser.go, apiv3/http_gateway.go of v1.76 and of
// main 2026-08-20) and recorded/: parameters it does not document are refused, as are those of the other age; unknown paths are a page or
// a plain 404; v1 cannot write NaN; v1.76's error filter is the one that lies; storages may want a service.
import type { OtlpDocument } from '../../live/send/otlpTypes.ts';
import { httpFake, json, page, plain, type FakeAnswer, type HttpFake } from './httpFake.ts';

export interface FakeJaegerTrace {
  readonly id: number;
  /** Absent: the id's digits. */
  readonly traceId?: string;
  readonly startNs: bigint;
  readonly ms?: number;
  readonly service?: string;
  readonly name?: string;
  readonly failed?: boolean;
  /** Has a NaN. */
  readonly poisoned?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Its server half has the client's id: kept so, told apart in what is not read raw. */
  readonly shared?: boolean;
  /** Instead of one span: what the newest age reads of it by its id. */
  readonly otlp?: OtlpDocument;
}

export interface FakeJaegerOptions {
  /** old: v1 only. middle: 2.13, both. newest: v3 with summaries, v1 by id only. */
  readonly age: 'old' | 'middle' | 'newest';
  readonly traces: readonly FakeJaegerTrace[];
  /** As Cassandra's: 400, or 500 in some versions. */
  readonly needsService?: 400 | 500;
  readonly honestErrors?: boolean;
  /** As Cassandra's: a duration and tags at once are refused. */
  readonly noDurationWithTags?: boolean;
  readonly tenant?: readonly [header: string, value: string];
  readonly basePath?: string;
  /** How often a service called another, a day each. */
  readonly calls?: readonly (readonly [parent: string, child: string, calls: number, dayNs: bigint])[];
  /** v3's list of them is served: since #8749. */
  readonly v3Dependencies?: boolean;
}

export const idOf = ({ id, traceId }: Pick<FakeJaegerTrace, 'id' | 'traceId'>): string => traceId ?? id.toString(16).padStart(32, '0');
const serviceOf = ({ service = 'shop' }: FakeJaegerTrace): string => service;
const nameOf = ({ name = 'GET /' }: FakeJaegerTrace): string => name;
const endOf = ({ startNs, ms = 100 }: FakeJaegerTrace): bigint => startNs + BigInt(ms) * 1_000_000n;

interface Asked {
  readonly service: string;
  readonly operation: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly limit: number;
  readonly minNs: number;
  readonly tags: Readonly<Record<string, string>>;
}

class Refused extends Error {}

export function fakeJaeger(options: FakeJaegerOptions): Promise<HttpFake> {
  const { age, basePath = '', tenant } = options;
  const unknown = (): FakeAnswer => (age === 'newest' ? plain('404 page not found\n', 404) : page());
  return httpFake((url, request) => {
    if (!url.pathname.startsWith(basePath)) return unknown();
    if (tenant !== undefined && request.headers[tenant[0]] !== tenant[1]) return plain('missing or unknown tenant header', 401);
    const path = url.pathname.slice(basePath.length);
    if (path.startsWith('/api/v3/')) return age === 'old' ? unknown() : (v3(options, path.slice(7), url.searchParams) ?? unknown());
    return (path.startsWith('/api/') ? v1(options, path.slice(4), url.searchParams) : undefined) ?? unknown();
  }, basePath);
}

function v1(options: FakeJaegerOptions, path: string, query: URLSearchParams): FakeAnswer | undefined {
  const { age, traces } = options;
  const refused = (code: number, msg: string): FakeAnswer => plain(JSON.stringify({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code, msg }] }), code);
  const envelope = (data: unknown): FakeAnswer => json({ data, total: 0, limit: 0, offset: 0, errors: null });
  const envelopeOf = (found: readonly FakeJaegerTrace[], corrected: boolean): FakeAnswer =>
    found.some(({ poisoned }) => poisoned) ? refused(500, 'failed writing HTTP response: failed marshalling HTTP response to JSON: json: unsupported value: NaN') : envelope(found.map((trace) => v1Trace(trace, corrected)));
  try {
    const byId = /^\/traces\/(.+)$/.exec(path)?.[1];
    if (byId !== undefined) {
      only(query, ['raw', 'start', 'end', 'prettyPrint']);
      if (!/^[0-9a-f]{1,32}$/i.test(byId)) return refused(400, `strconv.ParseUint: parsing "${byId}": invalid syntax`);
      const found = traces.find((trace) => idOf(trace) === byId.padStart(32, '0'));
      return found === undefined ? refused(404, 'trace not found') : envelopeOf([found], query.get('raw') !== 'true');
    }
    if (path === '/dependencies') {
      only(query, ['endTs', 'lookback']);
      const [end, lookback] = ['endTs', 'lookback'].map((name) => BigInt(match(query.get(name), /^\d{1,16}$/, name)) * 1_000_000n) as [bigint, bigint];
      return envelope(callsOf(options, end - lookback, end));
    }
    if (age === 'newest') return undefined;
    if (path === '/services') return envelope(servicesOf(traces));
    const operations = /^\/services\/([^/]+)\/operations$/.exec(path)?.[1];
    if (operations !== undefined) return envelope([...new Set(traces.filter((trace) => serviceOf(trace) === decodeURIComponent(operations)).map(nameOf))]);
    if (path !== '/traces') return undefined;
    only(query, ['service', 'operation', 'start', 'end', 'limit', 'minDuration', 'maxDuration', 'tag', 'tags', 'traceID', 'raw', 'prettyPrint']);
    if ((query.get('service') ?? '') === '') return refused(400, "parameter 'service' is required");
    const micros = (name: string): bigint => BigInt(match(query.get(name), /^\d{16}$/, name)) * 1000n;
    const asked = { ...common(query, 'limit', 'minDuration', 'tags'), service: query.get('service')!, operation: query.get('operation') ?? '', startNs: micros('start'), endNs: micros('end') };
    if (options.noDurationWithTags === true && asked.minNs > 0 && Object.keys(asked.tags).length > 0) return refused(500, 'cannot query for duration and tags simultaneously');
    return envelopeOf(find(options, asked, true), false);
  } catch (error) {
    if (error instanceof Refused) return refused(400, error.message);
    throw error;
  }
}

function v3(options: FakeJaegerOptions, path: string, query: URLSearchParams): FakeAnswer | undefined {
  const { age, traces } = options;
  const type = age === 'newest' ? 'application/json' : 'text/plain; charset=utf-8';
  const refused = (httpCode: number, message: string): FakeAnswer => plain(JSON.stringify({ error: { httpCode, message } }), httpCode);
  try {
    if (path === '/services') return json(traces.length === 0 ? {} : { services: servicesOf(traces) }, 200, type);
    if (path === '/operations') {
      only(query, ['service', 'spanKind', 'span_kind']);
      return json({ operations: [...new Set(traces.filter((trace) => serviceOf(trace) === query.get('service')).map(nameOf))].map((name) => ({ name, spanKind: 'server' })) }, 200, type);
    }
    if (path === '/dependencies' && options.v3Dependencies === true) {
      only(query, ['startTime', 'endTime']);
      const found = callsOf(options, nanosOf(query, 'startTime'), nanosOf(query, 'endTime'));
      // jsonpb: no empty lists, 64 bits as text.
      return json(found.length === 0 ? {} : { dependencies: found.map((call) => ({ ...call, callCount: String(call.callCount) })) }, 200, type);
    }
    const byId = /^\/traces\/(.+)$/.exec(path)?.[1];
    if (byId !== undefined) {
      only(query, ['rawTraces', 'raw_traces', 'startTime', 'start_time', 'endTime', 'end_time']);
      if (!/^[0-9a-f]{1,32}$/i.test(byId)) return refused(400, 'malformed parameter trace_id');
      const found = traces.find((trace) => idOf(trace) === byId.padStart(32, '0'));
      return found === undefined ? refused(404, 'No traces found') : json({ result: { resourceSpans: found.otlp?.resourceSpans ?? [v3Trace(found, !query.has('rawTraces'))] } }, 200, type);
    }
    if (path !== '/traces' && !(path === '/trace-summaries' && age === 'newest')) return undefined;
    const asked = age === 'newest' ? camel(query) : snake(query);
    if (asked.service === '' && options.needsService !== undefined) return refused(options.needsService, 'service name is required by this storage');
    const found = find(options, asked, age === 'newest');
    if (path === '/trace-summaries') return json({ summaries: found.map(summary) }, 200, type);
    return found.length === 0 ? refused(404, 'No traces found') : json({ result: { resourceSpans: found.map((trace) => v3Trace(trace, false)) } }, 200, type);
  } catch (error) {
    if (error instanceof Refused) return refused(400, error.message);
    throw error;
  }
}

function camel(query: URLSearchParams): Asked {
  const name = (text: string): string => `query.${text}`;
  only(query, ['serviceName', 'operationName', 'startTimeMin', 'startTimeMax', 'searchDepth', 'durationMin', 'durationMax', 'attributes', 'rawTraces'].map(name));
  return v3Asked(query, 'query.serviceName', 'query.operationName', 'query.startTimeMin', 'query.startTimeMax', 'query.searchDepth', 'query.durationMin');
}

function snake(query: URLSearchParams): Asked {
  if (!query.has('query.start_time_min') || !query.has('query.start_time_max')) throw new Refused('query.start_time_min and query.start_time_max are required');
  only(query, ['service_name', 'operation_name', 'start_time_min', 'start_time_max', 'num_traces', 'duration_min', 'duration_max', 'raw_traces', 'attributes'].map((text) => `query.${text}`));
  return v3Asked(query, 'query.service_name', 'query.operation_name', 'query.start_time_min', 'query.start_time_max', 'query.num_traces', 'query.duration_min');
}

function v3Asked(query: URLSearchParams, service: string, operation: string, min: string, max: string, depth: string, durationMin: string): Asked {
  return { ...common(query, depth, durationMin, 'query.attributes'), service: query.get(service) ?? '', operation: query.get(operation) ?? '', startNs: nanosOf(query, min), endNs: nanosOf(query, max) };
}

/** RFC 3339 with nanoseconds. */
function nanosOf(query: URLSearchParams, name: string): bigint {
  const [, seconds, fraction] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(match(query.get(name), /^\d{4}-.*Z$/, name)) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt((fraction ?? '').padEnd(9, '0'));
}

const callsOf = ({ calls = [] }: FakeJaegerOptions, startNs: bigint, endNs: bigint): { parent: string; child: string; callCount: number }[] =>
  calls.filter(([, , , dayNs]) => dayNs >= startNs && dayNs <= endNs).map(([parent, child, callCount]) => ({ parent, child, callCount }));

function common(query: URLSearchParams, limit: string, minDuration: string, tags: string): Pick<Asked, 'limit' | 'minNs' | 'tags'> {
  const depth = Number(match(query.get(limit) ?? '100', /^\d+$/, limit));
  if (depth <= 0 || depth > 100_000) throw new Refused('search depth must be greater than 0 and less than max traces');
  const [, amount, unit] = /^(\d+)(ns|us|ms|s|m|h)$/.exec(match(query.get(minDuration) ?? '0ns', /^\d+(?:ns|us|ms|s|m|h)$/, minDuration))!;
  const parsed = JSON.parse(query.get(tags) ?? '{}') as Record<string, unknown>;
  if (Object.values(parsed).some((value) => typeof value !== 'string')) throw new Refused("malformed 'tags' parameter, cannot unmarshal JSON");
  return { limit: depth, minNs: Number(amount) * { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 }[unit!]!, tags: parsed as Record<string, string> };
}

function match(value: string | null, pattern: RegExp, name: string): string {
  if (value === null || !pattern.test(value)) throw new Refused(`malformed parameter ${name}: ${value}`);
  return value;
}

function only(query: URLSearchParams, known: readonly string[]): void {
  const strange = [...query.keys()].filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Refused(`unknown parameter ${strange.join(', ')}`);
}

/** In no order, as of a storage that limits before it sorts. */
function find({ traces, honestErrors, age }: FakeJaegerOptions, asked: Asked, knowsTags: boolean): FakeJaegerTrace[] {
  const tags = knowsTags ? Object.entries(asked.tags) : [];
  const holds = (trace: FakeJaegerTrace, [key, value]: readonly [string, string]): boolean =>
    key === 'error' ? (honestErrors === true || age === 'newest' ? trace.failed === true : false) : trace.attributes?.[key] === value;
  return traces
    .filter((trace) => asked.service === '' || serviceOf(trace) === asked.service)
    .filter((trace) => asked.operation === '' || nameOf(trace) === asked.operation)
    .filter((trace) => trace.startNs >= asked.startNs && trace.startNs <= asked.endNs && Number(endOf(trace) - trace.startNs) >= asked.minNs)
    .filter((trace) => tags.every((tag) => holds(trace, tag)))
    .toSorted((a, b) => ((a.id * 7919) % 101) - ((b.id * 7919) % 101))
    .slice(0, asked.limit);
}

const servicesOf = (traces: readonly FakeJaegerTrace[]): string[] => [...new Set(traces.map(serviceOf))];

/** Of the server half, where there is one. */
const serverHalf = (trace: FakeJaegerTrace, corrected: boolean): readonly string[] => (trace.shared !== true ? [] : [corrected ? 'ee'.repeat(8) : idOf(trace).slice(16)]);

function v1Trace(trace: FakeJaegerTrace, corrected: boolean): unknown {
  const tags = [...Object.entries(trace.attributes ?? {}).map(([key, value]) => ({ key, type: 'string', value })), ...(trace.failed === true ? [{ key: 'error', type: 'bool', value: true }, { key: 'otel.status_code', type: 'string', value: 'ERROR' }] : [])];
  const span = (spanID: string, kind: string, parent: readonly string[]): object => ({
    traceID: idOf(trace), spanID, operationName: nameOf(trace), references: parent.map((id) => ({ refType: 'CHILD_OF', traceID: idOf(trace), spanID: id })),
    startTime: Number(trace.startNs / 1000n), duration: Number((endOf(trace) - trace.startNs) / 1000n), tags: [...tags, { key: 'span.kind', type: 'string', value: kind }], logs: [], processID: 'p1',
  });
  const own = idOf(trace).slice(16);
  return {
    traceID: idOf(trace), warnings: null, processes: { p1: { serviceName: serviceOf(trace), tags: [] } },
    spans: [span(own, 'client', []), ...serverHalf(trace, corrected).map((id) => span(id, 'server', id === own ? [] : [own]))],
  };
}

function v3Trace(trace: FakeJaegerTrace, corrected: boolean): unknown {
  const attributes = [...Object.entries(trace.attributes ?? {}).map(([key, value]) => ({ key, value: { stringValue: value } })), ...(trace.poisoned === true ? [{ key: 'ratio', value: { doubleValue: 'NaN' } }] : [])];
  const span = { traceId: idOf(trace), spanId: idOf(trace).slice(16), name: nameOf(trace), kind: 3, startTimeUnixNano: String(trace.startNs), endTimeUnixNano: String(endOf(trace)), attributes, status: trace.failed === true ? { code: 2 } : {} };
  const halves = serverHalf(trace, corrected).map((spanId) => ({ ...span, spanId, kind: 2, ...(spanId === span.spanId ? {} : { parentSpanId: span.spanId }) }));
  return { resource: { attributes: [{ key: 'service.name', value: { stringValue: serviceOf(trace) } }] }, scopeSpans: [{ scope: { name: 'fake' }, spans: [span, ...halves] }] };
}

function summary(trace: FakeJaegerTrace): unknown {
  const failed = trace.failed === true ? { errorSpanCount: 1 } : {};
  return { traceId: idOf(trace), rootServiceName: serviceOf(trace), rootOperationName: nameOf(trace), minStartTimeUnixNano: String(trace.startNs), maxEndTimeUnixNano: String(endOf(trace)), spanCount: 1, ...failed, services: [{ name: serviceOf(trace), spanCount: 1, ...failed }] };
}
