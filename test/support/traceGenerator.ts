// Seeded OTLP/protobuf traces for benchmarks and tests: the same options give the same bytes.
// 'realistic': 12 services, depth ≤ 12, ~10 attributes and ~500 B a span, 2 % errors with stack traces.
import type { Attribute, AttributeValue } from '../../src/model/attributes.ts';
import { OtlpWriter, type WritableSpan } from '../../src/formats/otlpWriter.ts';

export interface GeneratorOptions {
  readonly seed?: number;
  readonly traces?: number;
  readonly spansPerTrace?: number;
  readonly services?: number;
  /** Attributes of an ordinary span. */
  readonly attributes?: number;
  readonly shape?: 'realistic' | 'chain' | 'star';
  /** Deepest span of 'realistic'; a root is 1. */
  readonly maxDepth?: number;
  /** Share of spans with an error and a stack trace. */
  readonly errorRate?: number;
  /** Epoch ns of the first trace. */
  readonly startUnixNano?: bigint;
  /** ns from one trace's start to the next's. */
  readonly traceGapNs?: number;
  /** Goes into every trace id, so that several requests do not collide. */
  readonly firstTrace?: number;
}

/** mulberry32: small, seeded, the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One ExportTraceServiceRequest. Spans are grouped by service, children often before parents, as exporters send them. */
export function generateTraces(options: GeneratorOptions = {}): Uint8Array<ArrayBuffer> {
  const { seed = 1, traces = 1, spansPerTrace = 20, services = 12, startUnixNano = 1_795_221_079_000_000_000n, traceGapNs = 50_000_000, firstTrace = 0 } = options;
  const random = seededRandom(seed);
  const byService: WritableSpan[][] = Array.from({ length: services }, () => []);
  for (let t = 0; t < traces; t++) {
    const number = firstTrace + t;
    const traceId = hex(seed + 1, 8) + hex(Math.floor(random() * 4294967296), 8) + hex(number + 1, 16);
    makeTrace(traceId, spansPerTrace, startUnixNano + BigInt(number) * BigInt(traceGapNs), random, options, (service, span) => byService[service]!.push(span));
  }
  return write(byService);
}

function write(byService: readonly (readonly WritableSpan[])[]): Uint8Array<ArrayBuffer> {
  const writer = new OtlpWriter();
  byService.forEach((spans, service) => {
    if (spans.length === 0) return;
    writer.beginResource(resourceOf(service));
    writer.beginScope({ name: `tracer.${serviceName(service)}`, version: '1.4.2' });
    for (const span of spans.toReversed()) writer.span(span);
    writer.endScope();
    writer.endResource();
  });
  return writer.finish();
}

const NAMES = ['gateway', 'auth', 'preprocessor', 'embedder', 'retriever', 'vector-index', 'context', 'llm', 'postprocessor', 'cache', 'queue', 'analytics'];
const serviceName = (service: number): string => NAMES[service] ?? `service-${service}`;

const OPERATIONS = ['POST /chat', 'auth.verify', 'SELECT documents', 'embeddings text-embedding-3-small', 'vector.search', 'assemble_context', 'chat gpt-5-mini', 'parse_answer', 'cache.lookup', 'events publish', 'events process', 'HTTP GET'];

function resourceOf(service: number): Attribute[] {
  return attributes({
    'service.name': serviceName(service),
    'service.version': `2.${service}.1`,
    'service.instance.id': `${serviceName(service)}-0`,
    'telemetry.sdk.language': service % 2 === 0 ? 'nodejs' : 'python',
    'telemetry.sdk.name': 'opentelemetry',
    'deployment.environment.name': 'staging',
    'host.name': `node-${service % 3}`,
  });
}

function makeTrace(traceId: string, count: number, startedAt: bigint, random: () => number, options: GeneratorOptions, take: (service: number, span: WritableSpan) => void): void {
  const { shape = 'realistic', services = 12, maxDepth = 12, errorRate = 0.02, attributes: attributeCount = 10 } = options;
  const idBase = Math.floor(random() * 0xffffffff);
  const depth = new Int32Array(count);
  const start = new Float64Array(count);
  const duration = new Float64Array(count);
  let parent = 0;
  for (let k = 0; k < count; k++) {
    if (k === 0) {
      parent = -1;
      duration[0] = 1e9 + Math.floor(random() * 9e9);
    } else {
      parent = shape === 'star' ? 0 : shape === 'chain' ? k - 1 : pickParent(k, depth, maxDepth, random);
      const inside = duration[parent]!;
      start[k] = start[parent]! + Math.floor(inside * random() * (shape === 'chain' ? 0.00001 : 0.4));
      duration[k] = Math.max(1, Math.floor((start[parent]! + inside - start[k]!) * (shape === 'chain' ? 0.99999 : 0.3 + 0.6 * random())));
    }
    depth[k] = parent < 0 ? 1 : depth[parent]! + 1;
    const service = k === 0 ? 0 : Math.floor(random() * services);
    take(service, makeSpan(traceId, idBase, k, parent, startedAt + BigInt(start[k]!), BigInt(duration[k]!), service, attributeCount, random() < errorRate, random));
  }
}

/** Any earlier span near k that is not too deep: bushy, with long-lived siblings. */
function pickParent(k: number, depth: Int32Array, maxDepth: number, random: () => number): number {
  for (let attempt = 0; attempt < 8; attempt++) {
    const candidate = k - 1 - Math.floor(random() * Math.min(k, 40));
    if (depth[candidate]! < maxDepth) return candidate;
  }
  return 0;
}

function makeSpan(traceId: string, idBase: number, k: number, parent: number, startUnixNano: bigint, durationNs: bigint, service: number, attributeCount: number, failed: boolean, random: () => number): WritableSpan {
  const operation = (service + (k % 3)) % OPERATIONS.length;
  const endUnixNano = startUnixNano + durationNs;
  return {
    traceId,
    spanId: spanId(idBase, k),
    parentSpanId: parent < 0 ? '' : spanId(idBase, parent),
    name: OPERATIONS[operation]!,
    kind: parent < 0 ? 2 : 1 + (k % 5),
    startUnixNano,
    endUnixNano,
    attributes: spanAttributes(valuesOf(service, operation, k, random), attributeCount),
    ...(failed ? { statusCode: 2, statusMessage: 'upstream timed out', events: [exceptionEvent(endUnixNano, service)] } : {}),
  };
}

function valuesOf(service: number, operation: number, k: number, random: () => number): Record<string, AttributeValue> {
  return {
    'http.request.method': 'POST',
    'url.full': `https://${serviceName(service)}.internal:8443/v1/items/${Math.floor(random() * 1e6)}?page=${k % 50}`,
    'http.response.status_code': random() < 0.97 ? 200n : 503n,
    'server.address': `${serviceName(service)}.internal`,
    'db.operation.name': operation % 4 === 2 ? 'SELECT' : 'GET',
    'gen_ai.usage.input_tokens': BigInt(Math.floor(random() * 40000)),
    'code.function.name': `${serviceName(service)}.handlers.run${operation}`,
    'code.file.path': `/app/${serviceName(service)}/src/handlers/run${operation}.ts`,
    'code.line.number': BigInt(10 + (k % 400)),
    'sampling.ratio': random(),
  };
}

function exceptionEvent(timeUnixNano: bigint, service: number): { timeUnixNano: bigint; name: string; attributes: Attribute[] } {
  const file = `/app/${serviceName(service)}/src/handlers/client.ts`;
  const frames = Array.from({ length: 12 }, (_, k) => `    at step${k} (${file}:${40 + k}:${7 + k})`).join('\n');
  return {
    timeUnixNano,
    name: 'exception',
    attributes: attributes({ 'exception.type': 'TimeoutError', 'exception.message': 'upstream timed out', 'exception.stacktrace': `TimeoutError: upstream timed out\n${frames}` }),
  };
}

const attributes = (values: Record<string, AttributeValue>): Attribute[] => Object.entries(values).map(([key, value]) => ({ key, value }));

/** As many as are wanted: the first of `values`, and others behind them. */
function spanAttributes(values: Record<string, AttributeValue>, count: number): Attribute[] {
  const list: Attribute[] = [];
  for (const key in values) {
    if (list.length === count) return list;
    list.push({ key, value: values[key]! });
  }
  while (list.length < count) list.push({ key: `extra.${list.length}`, value: `value ${list.length}` });
  return list;
}

const spanId = (base: number, k: number): string => hex(base, 8) + hex(k + 1, 8);
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0').slice(-digits);
