// Zipkin, API v2 (backends.md §2). Owns its parameters, their units (µs durations, ms windows) and what its answers mean; how pieces of
// spans become a trace is formats/zipkinJson.ts. Its list answers whole traces, newest first by any span's time, which is no order of traces.
import { isObject, items, text } from '../../formats/jsonFields.ts';
import { decodeZipkinJson } from '../../formats/zipkinJson.ts';
import { padHex } from '../../model/ids.ts';
import { wholeTraces } from '../listing/summaries.ts';
import { answerProblem, parsedJson, SEARCH_TIMEOUT_MS, type HttpAnswer, type HttpClient } from '../network/httpClient.ts';
import type { ServiceDependency } from '../../protocol/connections.ts';
import { dependenciesOf } from '../listing/dependencies.ts';
import { BackendError, type AttributeFilter, type LoadedTrace, type TimeWindow, type TraceRef } from './backend.ts';
import type { BackendKind, Detection, Recognised, SourceCapabilities, SourcePage, SourceProbe, SourceQuery, SourceTrace, TraceSource } from './source.ts';

export const zipkin: BackendKind = {
  kind: 'zipkin',
  label: 'Zipkin',
  needsUrl: true,
  localUrls: ['http://localhost:9411'],
  fields: [],
  auth: ['none', 'bearer', 'basic', 'headers', 'clientCertificate', 'headersCommand'],
  metered: false,
  dependencies: true,
  recognise,
  pages: /\/(?:traces|dependency|api\/v2)(?:\/.*)?$/,
  detect,
  source: ({ http }) => new ZipkinSource(http),
};

const CAPABILITIES: SourceCapabilities = {
  filters: ['service', 'operation', 'attributes', 'minDurationNs', 'errorsOnly'], order: 'unordered', maxLimit: 500, timeUnitNs: 1_000_000n, wholeTraces: true, cohortLimit: 50, cost: 'Each list moves whole traces.',
};

const MILLISECOND_NS = 1_000_000n;
const DIGITS_64 = 16;

class ZipkinSource implements TraceSource {
  readonly capabilities = CAPABILITIES;
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const services = await this.services(signal);
    const version = await versionOf(this.#http, signal);
    return { notes: services.length === 0 ? ['It has no traces yet.'] : [], ...(version === undefined ? {} : { version }) };
  }

  services(signal: AbortSignal): Promise<readonly string[]> {
    return this.#names('/api/v2/services', [], 'The list of services', signal);
  }

  operations(service: string, signal: AbortSignal): Promise<readonly string[]> {
    return this.#names('/api/v2/spans', [['serviceName', service.toLowerCase()]], 'The list of span names', signal);
  }

  async dependencies({ startNs, endNs }: TimeWindow, signal: AbortSignal): Promise<readonly ServiceDependency[]> {
    const end = ceil(endNs, MILLISECOND_NS);
    return dependenciesOf(listOf(await this.#ask('/api/v2/dependencies', [['endTs', String(end)], ['lookback', String(end - startNs / MILLISECOND_NS)]], signal), 'The list of dependencies'));
  }

  async page(query: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const what = 'The search for traces';
    const answer = await this.#ask('/api/v2/traces', searchParameters(query), signal);
    if (answer.status === 404) throw new BackendError('unsupported', 'This Zipkin does not search for traces (SEARCH_ENABLED=false, or another program answers at this address): open a trace by its id.');
    const lists = listOf(answer, what).filter(Array.isArray);
    const traces = await wholeTraces(tracesOf(lists).filter((spans) => hasUnsent(spans, query)).map((spans) => decodeZipkinJson(spans)), signal);
    return { traces: anywhere(query) ? traces.filter((trace) => hasService(trace, query.service!)) : traces, full: lists.length >= query.limit, notes: [...unsentNotes(query), ...conditionNotes(query)] };
  }

  async trace({ traceId }: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const id = padHex(traceId, 32);
    if (id === undefined) throw new BackendError('badData', `${JSON.stringify(traceId.slice(0, 60))} is no trace id of Zipkin's: up to 32 hex digits were expected.`);
    const lists = await this.#byId(id, signal);
    if (lists.length === 0) throw new BackendError('notFound', `Zipkin has no trace ${traceId}: it never arrived there, or is older than what it keeps.`);
    return { batches: [decodeZipkinJson(lists.flat())], notes: [] };
  }

  /** Services that report 64 bits of a 128-bit id are a trace of their own to a strict server: both are asked for. */
  async #byId(id: string, signal: AbortSignal): Promise<readonly unknown[][]> {
    const low = id.slice(DIGITS_64);
    const mixed = !id.startsWith('0'.repeat(DIGITS_64)) && !/^0+$/.test(low);
    if (mixed) {
      const many = await this.#ask('/api/v2/traceMany', [['traceIds', `${id},${low}`]], signal);
      // Servers before 2.14 and look-alikes do not have it.
      if (many.status === 200 && many.body[0] === 0x5b) return items(parsedJson(many, `Trace ${id}`)).filter((list) => Array.isArray(list) && list.length > 0) as unknown[][];
    }
    const answer = await this.#ask(`/api/v2/trace/${mixed ? id : low}`, [], signal);
    return answer.status === 404 ? [] : [[...listOf(answer, `Trace ${id}`)]];
  }

  async #names(path: string, query: Query, what: string, signal: AbortSignal): Promise<readonly string[]> {
    const found = listOf(await this.#ask(path, query, signal), what).map(text).filter((name) => name !== '');
    return [...new Set(found)].toSorted((a, b) => a.localeCompare(b));
  }

  #ask(path: string, query: Query, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#http.request({ path, query, headers: { accept: 'application/json' }, timeoutMs: SEARCH_TIMEOUT_MS }, signal);
  }
}

type Query = readonly (readonly [name: string, value: string])[];

/** Errors come as text; what is no list is another program. */
function listOf(answer: HttpAnswer, what: string): readonly unknown[] {
  if (answer.status < 200 || answer.status > 299) throw answerProblem(answer, what);
  const list = parsedJson(answer, what);
  if (!Array.isArray(list)) throw new BackendError('badData', `${what} was answered with JSON that is no list, so this is no Zipkin; check the address.`);
  return list;
}

/** With a service's name, Zipkin looks for errors on that service's own spans: asked without it, a trace is found whose error is further down. */
const anywhere = ({ service, operation, attributes = [], minDurationNs, errorsOnly }: SourceQuery): boolean =>
  errorsOnly === true && service !== undefined && operation === undefined && attributes.length === 0 && minDurationNs === undefined;

const hasService = ({ summary }: SourceTrace, service: string): boolean => summary.services.some((name) => name.toLowerCase() === service.toLowerCase());

function searchParameters(asked: SourceQuery): Query {
  const { window, operation, minDurationNs, attributes, errorsOnly, limit } = asked;
  const service = anywhere(asked) ? undefined : asked.service;
  const end = ceil(window.endNs, MILLISECOND_NS);
  const query: (readonly [string, string])[] = [];
  // It stores names in lower case.
  if (service !== undefined) query.push(['serviceName', service.toLowerCase()]);
  if (operation !== undefined) query.push(['spanName', operation.toLowerCase()]);
  const conditions = [...(errorsOnly === true ? ['error'] : []), ...(attributes ?? []).filter(isWritable).map(({ key, value }) => `${key}=${value}`)];
  if (conditions.length > 0) query.push(['annotationQuery', conditions.join(' and ')]);
  if (minDurationNs !== undefined) query.push(['minDuration', String(Math.max(1, Math.floor(minDurationNs / 1000)))]);
  query.push(['endTs', String(end)], ['lookback', String(end - window.startNs / MILLISECOND_NS)], ['limit', String(limit)]);
  return query;
}

const ceil = (value: bigint, unit: bigint): bigint => (value + unit - 1n) / unit;

/** Its grammar has no quotes: `key=value and key=value`. */
const isWritable = ({ key, value }: AttributeFilter): boolean => key !== '' && !/=|\band\b/.test(key) && !/\sand\s/.test(` ${value} `);

const unsent = ({ attributes = [] }: SourceQuery): readonly AttributeFilter[] => attributes.filter((filter) => !isWritable(filter));

/** The whole traces came. */
const hasUnsent = (spans: readonly unknown[], query: SourceQuery): boolean => unsent(query).every(({ key, value }) => spans.some((span) => isObject(span) && isObject(span['tags']) && Object.hasOwn(span['tags'], key) && span['tags'][key] === value));

function unsentNotes(query: SourceQuery): string[] {
  return unsent(query).map(({ key }) => `Zipkin cannot be asked for the tag ${JSON.stringify(key.slice(0, 60))} with this value, as it has the word "and" or "=" in it: it is looked for among the traces that Zipkin answers.`);
}

/** Conditions are met by the spans of the service, not all by the same one. */
function conditionNotes(query: SourceQuery): string[] {
  const { service, minDurationNs, errorsOnly, attributes = [] } = query;
  const notes: string[] = [];
  if (service !== undefined && !anywhere(query) && (errorsOnly === true || attributes.length > 0)) notes.push(`Zipkin looks for errors and tags on spans of ${service} only.`);
  if ((minDurationNs ?? 0) > 0) notes.push('Zipkin compares the duration of spans: a trace is not found that is long only over several.');
  return notes;
}

/** Lists of spans by trace: those whose ids agree in 64 bits are one, where only one of them has 128. */
function tracesOf(lists: readonly unknown[][]): unknown[][] {
  const traces = new Map<string, unknown[]>();
  for (const list of lists) {
    const first = list.find(isObject);
    const id = padHex(text(first?.['traceId']), 32) ?? '';
    const low = id.slice(DIGITS_64);
    const known = traces.get(low);
    if (known === undefined) traces.set(low, [...list]);
    else for (const span of list) known.push(span);
  }
  return [...traces.values()];
}

/** Links of its UI: /zipkin/traces/ID, /zipkin/dependency and /zipkin. Its API is below /zipkin as well, which is all that some proxies let through. */
function recognise(url: URL): Recognised | undefined {
  const match = /^(.*\/zipkin)(?:\/(?:traces\/([0-9a-f]{1,32})\/?|dependency\/?)?)?$/i.exec(url.pathname);
  if (match === null) return undefined;
  return { name: `Zipkin at ${url.host}`, url: `${url.origin}${match[1]!}`, ...(match[2] === undefined ? {} : { traceId: match[2] }) };
}

async function detect(http: HttpClient, signal: AbortSignal): Promise<Detection> {
  const answer = await http.request({ path: '/api/v2/services', headers: { accept: 'application/json' } }, signal);
  if (answer.status !== 200 || answer.body[0] !== 0x5b) return { is: false, says: `/api/v2/services answered no list (${answer.status}).` };
  const list = parsedJson(answer, 'The list of services');
  if (!Array.isArray(list) || !list.every((name) => typeof name === 'string')) return { is: false, says: '/api/v2/services answered a list of something else.' };
  const version = await versionOf(http, signal);
  return { is: true, says: '/api/v2/services lists services.', ...(version === undefined ? {} : { version }) };
}

/** Undefined where /info is another program's, or behind a proxy's wall. */
async function versionOf(http: HttpClient, signal: AbortSignal): Promise<string | undefined> {
  const answer = await http.request({ path: '/info', headers: { accept: 'application/json' } }, signal);
  if (answer.status !== 200 || answer.body[0] !== 0x7b) return undefined;
  const info = parsedJson(answer, '/info');
  const about = isObject(info) ? info['zipkin'] : undefined;
  return isObject(about) ? text(about['version']) || undefined : undefined;
}
