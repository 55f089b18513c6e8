// The same generated traces as every system answers them: by its strict fake where that holds whole traces, else by a small server here. 100 traces
// of 20 spans within the last hour, and one as long as its API gives (10,000 spans at most).
import { decodeOtlpProto } from '../../src/formats/otlpProto.ts';
import { decodeSpan } from '../../src/formats/spanDecoder.ts';
import { spansToOtlpJson } from '../../src/formats/otlpExport.ts';
import type { Attribute } from '../../src/model/attributes.ts';
import type { SpanDetails } from '../../src/model/spanDetails.ts';
import type { ConnectionConfig, ConnectionSecrets } from '../../src/protocol/connections.ts';
import { fakeClickHouse } from '../support/fakes/clickhouse.ts';
import { fakeCloudTrace } from '../support/fakes/cloudTrace.ts';
import { fakeLangfuse, KEYS as LANGFUSE_KEYS } from '../support/fakes/langfuse.ts';
import { httpFake, json, plain, type FakeAnswer } from '../support/fakes/httpFake.ts';
import { fakeTempo } from '../support/fakes/tempo.ts';
import { fakeXray } from '../support/fakes/xray.ts';
import { ingested } from '../support/langfuseTraces.ts';
import { generateTraces } from '../support/traceGenerator.ts';

export const NOW_MS = Date.UTC(2026, 10, 29, 12);
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const TRACES = 100;
const EVERY_NS = 30_000_000_000n;
const [CLOUD_LIMIT, LONGEST] = [1000, 10_000];

export interface BenchSystem {
  readonly config: Pick<ConnectionConfig, 'kind' | 'url'> & Partial<ConnectionConfig>;
  readonly secrets?: ConnectionSecrets;
  /** Of lists, where the system wants one. */
  readonly service?: string;
  readonly big: { readonly traceId: string; readonly startUnixNano: string; readonly endUnixNano: string; readonly spans: number };
  /** The fewest requests by which this API can list 100 and open the long one, when everything about it is known. */
  readonly least: { readonly list: number; readonly open: number };
  close(): Promise<void>;
}

interface Made {
  readonly bytes: Uint8Array;
  readonly spans: readonly SpanDetails[];
}

function made(number: number, spansPerTrace: number, startUnixNano: bigint): Made {
  const bytes = generateTraces({ seed: 7 + number, traces: 1, spansPerTrace, startUnixNano, firstTrace: number, traceGapNs: 0 });
  const batch = decodeOtlpProto(bytes);
  return { bytes, spans: Array.from({ length: batch.count }, (_, k) => decodeSpan(batch, k)) };
}

const rootOf = ({ spans }: Made): SpanDetails => spans.find(({ parentSpanId }) => parentSpanId === '')!;
const startOf = (trace: Made): bigint => rootOf(trace).startUnixNano;
const endOf = ({ spans }: Made): bigint => spans.reduce((end, span) => (span.endUnixNano > end ? span.endUnixNano : end), 0n);
const idOf = ({ spans }: Made): string => spans[0]!.traceId;
const plainValue = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
const asText = (attributes: readonly Attribute[]): Record<string, string> => Object.fromEntries(attributes.map(({ key, value }) => [key, String(value)]));
const serviceOf = ({ resource }: SpanDetails): string => String(resource.find(({ key }) => key === 'service.name')?.value ?? '');
const micros = (ns: bigint): number => Number(ns / 1000n);
const iso = (ns: bigint): string => `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19)}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;

/** Made when it is first needed, until `release`. */
const kept: (() => void)[] = [];

function once<T>(make: () => T): () => T {
  let value: T | undefined;
  kept.push(() => (value = undefined));
  return () => (value ??= make());
}

/** Before anything is measured: 12,000 spans as objects are work for the garbage collector. */
export function release(): void {
  for (const forget of kept) forget();
}

const small = once(() => Array.from({ length: TRACES }, (_, k) => made(k, 20, NOW_NS - BigInt(k + 1) * EVERY_NS)));
/** Older than every list looks at first. */
const long = (spans: number): Made => made(1_000, spans, NOW_NS - 3_600_000_000_000n * 5n);
const big = once(() => long(LONGEST));

function bigOf(trace = big()): BenchSystem['big'] {
  return { traceId: idOf(trace), startUnixNano: String(startOf(trace)), endUnixNano: String(endOf(trace)), spans: trace.spans.length };
}

/** Newest first, within the window, as many as asked for. */
function chosen(startNs: bigint, endNs: bigint, limit: number): readonly Made[] {
  return [...small(), big()].filter((trace) => startOf(trace) >= startNs && startOf(trace) <= endNs).slice(0, limit);
}

const byId = (id: string): Made | undefined => [...small(), big()].find((trace) => idOf(trace) === id.padStart(32, '0'));

function jaegerTag({ key, value }: Attribute): object {
  return { key, type: typeof value === 'bigint' ? 'int64' : typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : 'string', value: plainValue(value) };
}

function jaegerTrace(trace: Made): object {
  const services = [...new Set(trace.spans.map(serviceOf))];
  return {
    traceID: idOf(trace),
    spans: trace.spans.map((span) => ({
      traceID: span.traceId, spanID: span.spanId, operationName: span.name, references: span.parentSpanId === '' ? [] : [{ refType: 'CHILD_OF', traceID: span.traceId, spanID: span.parentSpanId }],
      startTime: micros(span.startUnixNano), duration: micros(span.endUnixNano - span.startUnixNano),
      tags: [...span.attributes.map(jaegerTag), { key: 'span.kind', type: 'string', value: ['', 'internal', 'server', 'client', 'producer', 'consumer'][span.kind] }, ...(span.statusCode === 2 ? [{ key: 'error', type: 'bool', value: true }, { key: 'otel.status_code', type: 'string', value: 'ERROR' }] : [])],
      logs: span.events.map((event) => ({ timestamp: micros(event.timeUnixNano), fields: [{ key: 'event', type: 'string', value: event.name }, ...event.attributes.map(jaegerTag)] })),
      processID: `p${services.indexOf(serviceOf(span)) + 1}`, warnings: null,
    })),
    processes: Object.fromEntries(services.map((service, k) => [`p${k + 1}`, { serviceName: service, tags: trace.spans.find((span) => serviceOf(span) === service)!.resource.map(jaegerTag) }])),
    warnings: null,
  };
}

function jaegerV1(url: URL): FakeAnswer {
  const envelope = (data: unknown): FakeAnswer => json({ data, total: 0, limit: 0, offset: 0, errors: null });
  const id = /^\/api\/traces\/(\w+)$/.exec(url.pathname)?.[1];
  if (id !== undefined) return envelope([jaegerTrace(byId(id)!)]);
  const of = (name: string): bigint => BigInt(url.searchParams.get(name) ?? 0);
  if (url.pathname === '/api/traces') return envelope(chosen(of('start') * 1000n, of('end') * 1000n, Number(of('limit'))).map(jaegerTrace));
  return url.pathname === '/api/services' ? envelope(['gateway']) : { status: 200, type: 'text/html', body: '<!doctype html>' };
}

function jaegerV3(url: URL): FakeAnswer {
  const id = /^\/api\/v3\/traces\/(\w+)$/.exec(url.pathname)?.[1];
  if (id !== undefined) return { status: 200, type: 'application/json', body: `{"result":${spansToOtlpJson(byId(id)!.spans)}}` };
  const of = (name: string): string => url.searchParams.get(`query.${name}`) ?? url.searchParams.get(`query.${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`) ?? '';
  if (url.pathname === '/api/v3/trace-summaries') {
    const ns = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n;
    return json({ summaries: chosen(ns(of('startTimeMin')), ns(of('startTimeMax')), Number(of('searchDepth') || of('numTraces') || 100)).map((trace) => ({
      traceId: idOf(trace), rootServiceName: serviceOf(rootOf(trace)), rootOperationName: rootOf(trace).name, minStartTimeUnixNano: String(startOf(trace)), maxEndTimeUnixNano: String(endOf(trace)), spanCount: trace.spans.length,
      errorSpanCount: trace.spans.filter(({ statusCode }) => statusCode === 2).length, services: [...new Set(trace.spans.map(serviceOf))].map((name) => ({ name, spanCount: 1 })),
    })) });
  }
  return url.pathname === '/api/v3/services' ? json({ services: ['gateway'] }) : plain('404 page not found', 404);
}

const zipkinSpans = ({ spans }: Made): object[] => spans.map((span) => ({
  traceId: span.traceId, id: span.spanId, ...(span.parentSpanId === '' ? {} : { parentId: span.parentSpanId }), ...(span.kind > 1 ? { kind: ['', '', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'][span.kind] } : {}), name: span.name.toLowerCase(),
  timestamp: micros(span.startUnixNano), duration: Math.max(1, micros(span.endUnixNano - span.startUnixNano)), localEndpoint: { serviceName: serviceOf(span) },
  annotations: span.events.map((event) => ({ timestamp: micros(event.timeUnixNano), value: event.name })), tags: { ...asText(span.attributes), ...(span.statusCode === 2 ? { error: span.statusMessage } : {}) },
}));

function zipkin(url: URL): FakeAnswer {
  const of = (name: string): bigint => BigInt(url.searchParams.get(name) ?? 0) * 1_000_000n;
  if (url.pathname === '/api/v2/traces') return json(chosen(of('endTs') - of('lookback'), of('endTs'), Number(url.searchParams.get('limit'))).map(zipkinSpans));
  if (url.pathname === '/api/v2/traceMany') return json([zipkinSpans(byId(url.searchParams.get('traceIds')!.split(',')[0]!)!)]);
  return url.pathname === '/api/v2/services' ? json(['gateway']) : plain('not found', 404);
}

const phoenixValue = (value: unknown): object => ({ array_value: null, bool_value: typeof value === 'boolean' ? value : null, bytes_value: null, double_value: typeof value === 'number' ? value : null, int_value: typeof value === 'bigint' ? Number(value) : null, kvlist_value: null, string_value: typeof value === 'string' ? value : null });
const phoenixAttributes = (attributes: readonly Attribute[]): object[] => attributes.map(({ key, value }) => ({ key, value: phoenixValue(value) }));
const PHOENIX_PAGE = 1000;

function phoenix(url: URL): FakeAnswer {
  const [limit, cursor] = [Number(url.searchParams.get('limit') ?? 100), Number(url.searchParams.get('cursor') ?? 0)];
  const paged = (rows: readonly object[]): FakeAnswer => json({ data: rows.slice(cursor, cursor + limit), next_cursor: cursor + limit < rows.length ? String(cursor + limit) : null });
  if (url.pathname.endsWith('/spans/otlpv1')) {
    return paged(byId(url.searchParams.get('trace_id')!)!.spans.map((span) => ({
      attributes: phoenixAttributes(span.attributes), dropped_attributes_count: null, dropped_events_count: null, dropped_links_count: null, end_time_unix_nano: Number(span.endUnixNano), events: span.events.length === 0 ? null : span.events.map((event) => ({ attributes: phoenixAttributes(event.attributes), dropped_attributes_count: null, name: event.name, time_unix_nano: Number(event.timeUnixNano) })),
      flags: null, kind: 'SPAN_KIND_INTERNAL', links: null, name: span.name, parent_span_id: span.parentSpanId === '' ? null : span.parentSpanId, span_id: span.spanId, start_time_unix_nano: Number(span.startUnixNano), status: { code: span.statusCode, message: span.statusMessage || null }, trace_id: span.traceId, trace_state: null,
    })));
  }
  if (!url.pathname.endsWith('/traces')) return json({ data: [{ id: 'UHJvamVjdDox', name: 'default' }], next_cursor: null });
  const ns = (name: string): bigint => BigInt(Date.parse(url.searchParams.get(name)!)) * 1_000_000n;
  return paged(chosen(ns('start_time'), ns('end_time'), Infinity).map((trace) => ({
    id: idOf(trace), trace_id: idOf(trace), project_id: 'UHJvamVjdDox', start_time: iso(startOf(trace)), end_time: iso(endOf(trace)),
    spans: trace.spans.map((span) => ({ id: span.spanId, span_id: span.spanId, parent_id: span.parentSpanId || null, name: span.name, span_kind: 'UNKNOWN', status_code: span.statusCode === 2 ? 'ERROR' : 'UNSET', start_time: iso(span.startUnixNano), end_time: iso(span.endUnixNano) })),
  })));
}

const cloudOf = (trace: Made): { readonly traceId: string; readonly spans: readonly { readonly spanId: string; readonly name: string; readonly startTime: string; readonly endTime: string; readonly labels: Record<string, string> }[] } => ({
  traceId: idOf(trace),
  spans: trace.spans.map((span) => ({ spanId: BigInt(`0x${span.spanId}`).toString(), ...(span.parentSpanId === '' ? {} : { parentSpanId: BigInt(`0x${span.parentSpanId}`).toString() }), name: span.name, startTime: iso(span.startUnixNano), endTime: iso(span.endUnixNano), labels: { ...asText(span.resource), ...asText(span.attributes) } })),
});

const xrayIdOf = (trace: Made): string => `1-${Math.floor(Number(startOf(trace) / 1_000_000_000n)).toString(16)}-${idOf(trace).slice(8)}`;

function xrayOf(trace: Made): Parameters<typeof fakeXray>[0]['traces'][number] {
  const seconds = (ns: bigint): number => Number(ns) / 1e9;
  const [start, duration] = [seconds(startOf(trace)), seconds(endOf(trace) - startOf(trace))];
  return {
    id: xrayIdOf(trace), start, duration, fault: false, error: false, throttle: false, groups: [], services: [...new Set(trace.spans.map(serviceOf))].map((name) => ({ name, failed: false })), http: {}, annotations: {},
    documents: trace.spans.map((span) => JSON.stringify({ name: serviceOf(span), id: span.spanId, ...(span.parentSpanId === '' ? {} : { parent_id: span.parentSpanId }), trace_id: xrayIdOf(trace), start_time: seconds(span.startUnixNano), end_time: seconds(span.endUnixNano), origin: 'AWS::ECS::Container', metadata: { default: Object.fromEntries(span.attributes.map(({ key, value }) => [key, plainValue(value)])) } })),
  };
}

const rowOf = (span: SpanDetails): Readonly<Record<string, unknown>> => ({
  TraceId: span.traceId, SpanId: span.spanId, ParentSpanId: span.parentSpanId, TraceState: '', SpanName: span.name, SpanKind: ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'][span.kind], ServiceName: serviceOf(span), StatusCode: ['Unset', 'Ok', 'Error'][span.statusCode], StatusMessage: span.statusMessage,
  SpanAttributes: asText(span.attributes), ResourceAttributes: asText(span.resource), TimestampNs: String(span.startUnixNano), Duration: String(span.endUnixNano - span.startUnixNano),
});
const CLICKHOUSE_COLUMNS: readonly (readonly [string, string])[] = [
  ...['TraceId', 'SpanId', 'ParentSpanId', 'TraceState', 'SpanName', 'SpanKind', 'ServiceName', 'StatusCode', 'StatusMessage'].map((name) => [name, 'String'] as const),
  ['Timestamp', 'DateTime64(9)'], ['Duration', 'UInt64'], ['SpanAttributes', 'Map(LowCardinality(String), String)'], ['ResourceAttributes', 'Map(LowCardinality(String), String)'],
];

const XRAY_KEYS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const SCOPES = ['https://www.googleapis.com/auth/trace.readonly'];

/** Each is made when its turn comes. */
export const SYSTEMS: Readonly<Record<string, () => Promise<BenchSystem>>> = {
  'Jaeger v3': async () => over(await httpFake(jaegerV3), { kind: 'jaeger' }),
  'Jaeger v1': async () => ({ ...over(await httpFake(jaegerV1), { kind: 'jaeger' }), service: 'gateway' }),
  Zipkin: async () => over(await httpFake(zipkin), { kind: 'zipkin' }),
  Tempo: async () => over(await fakeTempo({ traces: [...small(), big()].map(({ bytes }) => bytes) }), { kind: 'tempo' }),
  Langfuse: async () => {
    const fake = await fakeLangfuse({ version: 4, traces: [...small(), big()].map(({ spans }) => ingested(spansToOtlpJson(spans))) });
    return { ...over(fake, { kind: 'langfuse', auth: { type: 'basic', user: LANGFUSE_KEYS.user } }, 10), secrets: { secret: LANGFUSE_KEYS.secret } };
  },
  Phoenix: async () => over(await httpFake(phoenix), { kind: 'phoenix' }, LONGEST / PHOENIX_PAGE),
  'X-Ray': async () => {
    const fake = await fakeXray({ keys: XRAY_KEYS, traces: [...small(), big()].map(xrayOf), pageSize: TRACES, now: Date.now });
    return { ...over(fake, { kind: 'xray', auth: { type: 'aws' }, options: { region: 'eu-central-1' } }), secrets: XRAY_KEYS, big: { ...bigOf(), traceId: xrayIdOf(big()).slice(2).replace('-', '') } };
  },
  'Cloud Trace': async () => {
    const most = long(CLOUD_LIMIT);
    const fake = await fakeCloudTrace({ traces: [...small(), most].map(cloudOf), scopesOf: () => SCOPES, now: () => NOW_MS, quota: 1e9 });
    return { ...over(fake, { kind: 'cloudTrace', auth: { type: 'bearer' }, options: { project: 'shop-prod' } }), secrets: { secret: 'good' }, big: bigOf(most) };
  },
  ClickHouse: async () => {
    const rows = Object.fromEntries([...small(), big()].map((trace) => [idOf(trace), trace.spans.map(rowOf)]));
    const spans = [...small(), big()].flatMap((trace) => trace.spans.map((span) => ({ traceId: span.traceId, startNs: span.startUnixNano, durationNs: span.endUnixNano - span.startUnixNano, root: span.parentSpanId === '', failed: span.statusCode === 2 })));
    return over(await fakeClickHouse({ tables: { 'otel.otel_traces': CLICKHOUSE_COLUMNS }, rows, spans }), { kind: 'clickhouse' });
  },
};

function over(fake: { readonly url: string; close(): Promise<void> }, config: Omit<BenchSystem['config'], 'url'>, leastToOpen = 1): BenchSystem {
  return { config: { url: fake.url, ...config }, big: bigOf(), least: { list: 1, open: leastToOpen }, close: () => fake.close() };
}
