// Traces for the editor tests, sent as a program would send them: OTLP/JSON by HTTP to the real endpoint.
import { randomBytes } from 'node:crypto';

export const newTraceId = (): string => randomBytes(16).toString('hex');

export type SpanValues = Readonly<Record<string, string | number | boolean>>;

/** Times are ms after the trace's start. */
export interface TestSpan {
  readonly name: string;
  readonly service?: string;
  /** Index of the parent. */
  readonly parent?: number;
  readonly atMs?: number;
  readonly ms?: number;
  readonly attributes?: SpanValues;
  readonly error?: string;
  readonly events?: readonly { readonly name: string; readonly atMs: number; readonly attributes?: SpanValues }[];
}

export interface TestRequest {
  readonly traceId: string;
  readonly spanIds: readonly string[];
  readonly body: object;
}

const valueOf = (value: string | number | boolean): object =>
  typeof value === 'boolean' ? { boolValue: value } : Number.isInteger(value) ? { intValue: String(value) } : typeof value === 'number' ? { doubleValue: value } : { stringValue: String(value) };
const attributesOf = (values: SpanValues = {}): object[] => Object.entries(values).map(([key, value]) => ({ key, value: valueOf(value) }));

/** One request with one trace; without `startMs` it just ended. */
export function otlpRequest({ traceId = newTraceId(), spans, startMs }: { readonly traceId?: string; readonly spans: readonly TestSpan[]; readonly startMs?: number }): TestRequest {
  const begin = BigInt(Math.round((startMs ?? Date.now() - Math.max(...spans.map(({ atMs = 0, ms = 10 }) => atMs + ms))) * 1e6));
  const ids = spans.map(() => randomBytes(8).toString('hex'));
  const at = (ms: number): string => String(begin + BigInt(Math.round(ms * 1e6)));
  const byService = Map.groupBy(spans.map((span, i) => ({ ...span, i })), ({ service = 'shop' }) => service);
  const resourceSpans = [...byService].map(([service, list]) => ({
    resource: { attributes: attributesOf({ 'service.name': service, 'telemetry.sdk.language': 'nodejs' }) },
    scopeSpans: [
      {
        scope: { name: 'editor-test' },
        spans: list.map(({ i, name, parent, atMs = 0, ms = 10, attributes, error, events = [] }) => ({
          traceId, spanId: ids[i], ...(parent === undefined ? {} : { parentSpanId: ids[parent] }), name, kind: 1, startTimeUnixNano: at(atMs), endTimeUnixNano: at(atMs + ms), attributes: attributesOf(attributes),
          events: events.map((event) => ({ timeUnixNano: at(event.atMs), name: event.name, attributes: attributesOf(event.attributes) })), status: error === undefined ? {} : { code: 2, message: error },
        })),
      },
    ],
  }));
  return { traceId, spanIds: ids, body: { resourceSpans } };
}

export async function send(endpoint: string, ...requests: readonly TestRequest[]): Promise<void> {
  for (const { body } of requests) {
    const response = await fetch(`${endpoint}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (response.status !== 200) throw new Error(`The collector answered ${response.status}: ${await response.text()}`);
  }
}

/** A support chat as in the demo, small: its `retrieve` leads to the fixture's code. */
export function chat({ ms = 1200, error, documents = 20, name = 'POST /chat' }: { readonly ms?: number; readonly error?: string; readonly documents?: number; readonly name?: string } = {}): TestRequest {
  const generate = ms - 120;
  return otlpRequest({
    spans: [
      { name, service: 'api-gateway', ms },
      { name: 'auth.verify', service: 'auth', parent: 0, atMs: 2, ms: 12 },
      { name: 'chat_turn', service: 'orchestrator', parent: 0, atMs: 16, ms: ms - 20 },
      { name: 'retrieve', service: 'orchestrator', parent: 2, atMs: 20, ms: 60, attributes: { 'code.file.path': '/app/src/retriever.ts', 'code.line.number': 4, 'db.response.returned_rows': documents } },
      { name: 'chat gpt-5-mini', service: 'orchestrator', parent: 2, atMs: 84, ms: generate, ...(error === undefined ? {} : { error }), events: [{ name: 'first token', atMs: 100 }] },
      { name: 'flush', service: 'analytics', parent: 2, atMs: ms - 30, ms: 8 },
    ],
  });
}
