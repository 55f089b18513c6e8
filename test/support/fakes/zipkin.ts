// A Zipkin over spans in memory, after zipkin-api's zipkin2-api.yaml and QueryRequest.test: unknown parameters and malformed values are
// 400 with text, conditions are met by spans of the named service, windows are ms and inclusive, ids are strict.
import { httpFake, json, page, type FakeAnswer, type HttpFake } from './httpFake.ts';

export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly timestamp?: number;
  readonly duration?: number;
  readonly kind?: string;
  readonly shared?: boolean;
  readonly localEndpoint?: { readonly serviceName?: string };
  readonly tags?: Readonly<Record<string, string>>;
  readonly annotations?: readonly { readonly timestamp: number; readonly value: string }[];
}

export interface FakeZipkinOptions {
  readonly traces: readonly (readonly ZipkinSpan[])[];
  /** SEARCH_ENABLED=false: only by id. */
  readonly noSearch?: boolean;
  /** Before 2.14. */
  readonly noTraceMany?: boolean;
}

class Refused extends Error {}

export function fakeZipkin(options: FakeZipkinOptions): Promise<HttpFake> {
  return httpFake((url) => {
    try {
      return answer(options, url.pathname.replace(/^\/zipkin(?=\/api)/, ''), url.searchParams);
    } catch (error) {
      if (error instanceof Refused) return { status: 400, type: 'text/*', body: error.message };
      throw error;
    }
  });
}

function answer({ traces, noSearch, noTraceMany }: FakeZipkinOptions, path: string, query: URLSearchParams): FakeAnswer {
  const missing = (id: string): FakeAnswer => ({ status: 404, type: 'text/*', body: `${id.replace(/^0+/, '')} not found` });
  if (path === '/info') return json({ zipkin: { version: '3.6.1', commit: 'b2b0c98' } });
  const byId = /^\/api\/v2\/trace\/(.+)$/.exec(path)?.[1];
  if (byId !== undefined) {
    only(query, []);
    const spans = withId(traces, hex(byId));
    return spans.length === 0 ? missing(byId) : json(spans);
  }
  if (path === '/api/v2/traceMany' && noTraceMany !== true) {
    only(query, ['traceIds']);
    const ids = (query.get('traceIds') ?? '').split(',').map(hex);
    if (ids.length < 2) throw new Refused('Expected at least two traceIds');
    return json(ids.map((id) => withId(traces, id)).filter((spans) => spans.length > 0));
  }
  if (noSearch === true || !path.startsWith('/api/v2/')) return path.startsWith('/zipkin') ? page() : { status: 404, type: 'text/plain', body: '404 Not Found' };
  if (path === '/api/v2/services') return json([...new Set(traces.flat().map(serviceOf))].toSorted());
  if (path === '/api/v2/spans') {
    only(query, ['serviceName']);
    return json([...new Set(traces.flat().filter((span) => serviceOf(span) === query.get('serviceName')).map(({ name = '' }) => name.toLowerCase()))]);
  }
  if (path === '/api/v2/dependencies') {
    only(query, ['endTs', 'lookback']);
    const [endTs, lookback] = [whole(query, 'endTs', 1), whole(query, 'lookback', 1)];
    // Only endTs is required; the lookback's default is the server's.
    if (endTs === undefined) throw new Refused('endTs is required');
    return json(linksOf(traces.filter((spans) => spans.every(({ timestamp = 0 }) => timestamp >= (endTs - (lookback ?? 86_400_000)) * 1000 && timestamp <= endTs * 1000))));
  }
  if (path !== '/api/v2/traces') return { status: 404, type: 'text/plain', body: '404 Not Found' };
  return json(search(traces, query));
}

/** As its DependencyLinker: who called whom, with how many failed. */
function linksOf(traces: FakeZipkinOptions['traces']): unknown[] {
  const links = new Map<string, { parent: string; child: string; callCount: number; errorCount?: number }>();
  for (const spans of traces) {
    for (const span of spans) {
      const parent = spans.find(({ id }) => id === span.parentId);
      if (parent === undefined || serviceOf(parent) === serviceOf(span)) continue;
      const key = `${serviceOf(parent)} ${serviceOf(span)}`;
      const link = links.get(key) ?? { parent: serviceOf(parent), child: serviceOf(span), callCount: 0 };
      const failed = span.tags !== undefined && Object.hasOwn(span.tags, 'error') ? 1 : 0;
      links.set(key, { ...link, callCount: link.callCount + 1, ...((link.errorCount ?? 0) + failed === 0 ? {} : { errorCount: (link.errorCount ?? 0) + failed }) });
    }
  }
  return [...links.values()];
}

const serviceOf = (span: ZipkinSpan): string => (span.localEndpoint?.serviceName ?? '').toLowerCase();
const withId = (traces: FakeZipkinOptions['traces'], id: string): ZipkinSpan[] => traces.flat().filter(({ traceId }) => traceId.padStart(32, '0') === id);

function hex(id: string): string {
  if (!/^[0-9a-f]{1,32}$/.test(id)) throw new Refused(`${id} should be lower-hex encoded with no prefix`);
  return id.padStart(32, '0');
}

function only(query: URLSearchParams, known: readonly string[]): void {
  const strange = [...query.keys()].filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Refused(`unknown parameter ${strange.join(', ')}`);
}

function whole(query: URLSearchParams, name: string, least: number): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,16}$/.test(value) || Number(value) < least) throw new Refused(`${name}: ${value}`);
  return Number(value);
}

function search(traces: FakeZipkinOptions['traces'], query: URLSearchParams): (readonly ZipkinSpan[])[] {
  only(query, ['serviceName', 'remoteServiceName', 'spanName', 'annotationQuery', 'minDuration', 'maxDuration', 'endTs', 'lookback', 'limit']);
  const endTs = whole(query, 'endTs', 1) ?? 0;
  const lookback = whole(query, 'lookback', 1) ?? 86_400_000;
  const limit = whole(query, 'limit', 1) ?? 10;
  const minDuration = whole(query, 'minDuration', 1);
  if (query.has('maxDuration') && minDuration === undefined) throw new Refused('maxDuration is only valid with minDuration');
  const service = query.get('serviceName');
  const name = query.get('spanName');
  if ((service ?? '') !== (service ?? '').toLowerCase() || (name ?? '') !== (name ?? '').toLowerCase()) throw new Refused('names are stored in lower case');
  const conditions = (query.get('annotationQuery') ?? '').split(' and ').filter((text) => text !== '').map((text) => text.split('=', 2));
  return traces
    .filter((spans) => {
      const start = spans.find(({ parentId, timestamp }) => parentId === undefined && timestamp !== undefined)?.timestamp ?? Math.min(...spans.flatMap(({ timestamp }) => timestamp ?? []));
      const own = spans.filter((span) => service === null || serviceOf(span) === service);
      return (
        start >= (endTs - lookback) * 1000 && start <= endTs * 1000 && own.length > 0 &&
        (name === null || own.some((span) => span.name?.toLowerCase() === name)) &&
        (minDuration === undefined || own.some(({ duration = 0 }) => duration >= minDuration)) &&
        conditions.every(([key, value]) => own.some(({ tags = {}, annotations = [] }) => (value === undefined ? Object.hasOwn(tags, key!) || annotations.some((a) => a.value === key) : tags[key!] === value)))
      );
    })
    .toSorted((a, b) => Math.max(...b.map(({ timestamp = 0 }) => timestamp)) - Math.max(...a.map(({ timestamp = 0 }) => timestamp)))
    .slice(0, limit);
}
