// Arize Phoenix, REST API v1 (recorded 6; its own OpenAPI). Owns projects, their lists and what its answers leave out; spans come in a dialect
// of OTLP/JSON (snake_case, nulls, bare numbers), which formats/otlpJson.ts reads. It stores whole µs and writes them as rounded doubles.
import { FormatError } from '../../formats/formatError.ts';
import { decodeOtlpJson } from '../../formats/otlpJson.ts';
import { isObject, items, type JsonObject, text } from '../../formats/jsonFields.ts';
import { parseJson } from '../../formats/jsonText.ts';
import { padHex } from '../../model/ids.ts';
import type { SpanBatch } from '../../model/spanBatch.ts';
import { answerProblem, parsedJson, type HttpAnswer, type HttpClient } from '../network/httpClient.ts';
import { BackendError, type LoadedTrace, type TraceRef } from './backend.ts';
import type { BackendKind, Detection, Recognised, SourceCapabilities, SourceContext, SourcePage, SourceProbe, SourceQuery, SourceTrace, TraceSource } from './source.ts';

export const phoenix: BackendKind = {
  kind: 'phoenix',
  label: 'Arize Phoenix',
  needsUrl: true,
  localUrls: ['http://localhost:6006'],
  fields: [{ key: 'project', label: 'Project', help: 'Whose traces are listed.', required: true, listed: true, placeholder: 'default' }],
  auth: ['none', 'bearer', 'basic', 'headers', 'headersCommand'],
  metered: false,
  recognise,
  detect,
  source: (context) => new PhoenixSource(context),
};

/** Lists carry the names and states of all spans, not their attributes. */
const CAPABILITIES: SourceCapabilities = { filters: ['minDurationNs', 'errorsOnly'], order: 'newest', maxLimit: 200, timeUnitNs: 1000n, wholeTraces: false, cohortLimit: 30 };
const SPANS_A_PAGE = 1000;
/** A trace of more pages than this is shown in part. */
const MAX_PAGES = 200;
const MICROSECOND_NS = 1000n;
const LOST = 'Phoenix keeps no services, resources, scopes and span kinds, and drops spans that have bytes among their attributes; times are whole µs.';

class PhoenixSource implements TraceSource {
  readonly capabilities = CAPABILITIES;
  readonly #http: HttpClient;
  readonly #project: string;

  constructor({ http, config }: SourceContext) {
    this.#http = http;
    this.#project = config.options?.['project'] || 'default';
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const names = await this.#projects(signal);
    const version = await versionOf(this.#http, signal);
    const missing = names.includes(this.#project) ? [] : [`There is no project ${JSON.stringify(this.#project)} yet; there are ${names.join(', ')}.`];
    return { notes: missing, choices: { project: names }, ...(version === undefined ? {} : { version }) };
  }

  /** It does not keep them. */
  async services(): Promise<readonly string[]> {
    return [];
  }

  async operations(): Promise<readonly string[]> {
    return [];
  }

  async page({ window, limit, cursor, errorsOnly, minDurationNs }: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const conditions = [...(errorsOnly === true ? ['error_count > 0'] : []), ...(minDurationNs === undefined ? [] : [`latency_ms >= ${minDurationNs / 1e6}`])];
    const query: (readonly [string, string])[] = [
      ['start_time', isoTime(window.startNs)], ['end_time', isoTime(window.endNs + MICROSECOND_NS)], ['sort', 'start_time'], ['order', 'desc'], ['limit', String(limit)], ['include_spans', 'true'],
      ...(conditions.length === 0 ? [] : [['filter', conditions.join(' and ')] as const]), ...(cursor === undefined ? [] : [['cursor', cursor] as const]),
    ];
    const answer = await this.#ask(`/v1/projects/${encodeURIComponent(this.#project)}/traces`, query, signal);
    const what = `The list of traces of the project ${JSON.stringify(this.#project)}`;
    // A project is made by its first span.
    if (answer.status === 404) return { traces: [], full: false, notes: [`Phoenix has no project ${JSON.stringify(this.#project)}.`] };
    const { data, next } = pageOf(parsed(answer, what), what);
    const traces = data.filter(isObject).flatMap((trace) => rowOf(trace, this.#project));
    return { traces, full: next !== undefined, notes: [], ...(next === undefined ? {} : { cursor: next }) };
  }

  async trace({ traceId, scope = this.#project }: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const id = padHex(traceId, 32);
    if (id === undefined) throw new BackendError('badData', `${JSON.stringify(traceId.slice(0, 60))} is no trace id of Phoenix's: up to 32 hex digits were expected.`);
    const batches: SpanBatch[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.#ask(`/v1/projects/${encodeURIComponent(scope)}/spans/otlpv1`, [['trace_id', id], ['limit', String(SPANS_A_PAGE)], ...(cursor === undefined ? [] : [['cursor', cursor] as const])], signal);
      if (answer.status === 404) break;
      const what = `Trace ${id}`;
      const { data, next } = pageOf(exact(answer, what), what);
      if (data.length > 0) batches.push(decodeOtlpJson({ data: data.filter(isObject).map(wholeMicroseconds) }));
      if (next === undefined || next === cursor) return loadedOf(batches, id, scope, []);
      cursor = next;
    }
    return loadedOf(batches, id, scope, cursor === undefined ? [] : [`Only the first ${MAX_PAGES * SPANS_A_PAGE} spans were read.`]);
  }

  async #projects(signal: AbortSignal): Promise<string[]> {
    const what = 'The list of projects';
    return pageOf(parsed(await this.#ask('/v1/projects', [['limit', '100']], signal), what), what).data.filter(isObject).map((project) => text(project['name'])).filter((name) => name !== '');
  }

  #ask(path: string, query: readonly (readonly [string, string])[], signal: AbortSignal): Promise<HttpAnswer> {
    return this.#http.request({ path, query, headers: { accept: 'application/json' } }, signal);
  }
}

function loadedOf(batches: readonly SpanBatch[], id: string, project: string, notes: readonly string[]): LoadedTrace {
  if (batches.length === 0) throw new BackendError('notFound', `Phoenix has no trace ${id} in the project ${JSON.stringify(project)}: it never arrived there, or was deleted.`);
  return { batches, notes: [LOST, ...notes] };
}

function parsed(answer: HttpAnswer, what: string): unknown {
  if (answer.status < 200 || answer.status > 299) throw answerProblem(answer, what);
  return parsedJson(answer, what);
}

/** Its numbers are beyond what JSON.parse keeps. */
function exact(answer: HttpAnswer, what: string): unknown {
  if (answer.status < 200 || answer.status > 299) throw answerProblem(answer, what);
  try {
    return parseJson(new TextDecoder().decode(answer.body));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // It says of a page and of half an answer what they are.
    return parsedJson(answer, what);
  }
}

function pageOf(document: unknown, what: string): { readonly data: readonly unknown[]; readonly next: string | undefined } {
  if (!isObject(document) || !Array.isArray(document['data'])) throw new BackendError('badData', `${what} was answered with JSON that has no "data", so this is no Phoenix; check the address.`);
  const next = text(document['next_cursor']);
  return { data: items(document['data']), next: next === '' ? undefined : next };
}

/** undefined times: nothing to place it by. */
function rowOf(trace: JsonObject, project: string): SourceTrace[] {
  const traceId = padHex(text(trace['trace_id']), 32);
  const [start, end] = [nanosOf(trace['start_time']), nanosOf(trace['end_time'])];
  if (traceId === undefined || start === undefined || end === undefined) return [];
  const spans = items(trace['spans']).filter(isObject);
  const ids = new Set(spans.map((span) => text(span['span_id'])));
  const roots = spans.filter((span) => text(span['parent_id']) === '');
  const orphans = spans.filter((span) => text(span['parent_id']) !== '' && !ids.has(text(span['parent_id'])));
  const root = roots[0] ?? orphans[0] ?? spans[0];
  const summary = {
    traceId, rootService: '', rootName: text(root?.['name']), startUnixNano: start, durationNs: end > start ? end - start : 0n, spans: spans.length,
    errors: spans.filter((span) => text(span['status_code']) === 'ERROR').length, orphans: orphans.length, roots: roots.length, maxDepth: 0, services: [], duplicates: 0, rejected: 0, warnings: [], provisional: false,
  };
  const ref = { traceId, startUnixNano: start.toString(), endUnixNano: end.toString(), scope: project };
  return [{ summary, ref, unknown: spans.length === 0 ? ['services', 'root', 'spans', 'errors'] : ['services'] }];
}

/** ISO with up to µs: "2026-11-21T00:31:27.951900+00:00". */
function nanosOf(value: unknown): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(text(value));
  if (match === null) return undefined;
  const seconds = Date.parse(`${match[1]}${match[3] ?? 'Z'}`);
  return Number.isNaN(seconds) ? undefined : BigInt(seconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0') || '0');
}

const isoTime = (ns: bigint): string => `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, -1)}${String((ns / MICROSECOND_NS) % 1000n).padStart(3, '0')}Z`;

/** A double holds epoch ns to about 256: the stored µs is the nearest. */
function wholeMicroseconds(span: JsonObject): JsonObject {
  const whole = (value: unknown): unknown => (/^\d{1,20}$/.test(text(value)) ? (((BigInt(text(value)) + MICROSECOND_NS / 2n) / MICROSECOND_NS) * MICROSECOND_NS).toString() : value);
  const events = items(span['events']).map((event) => (isObject(event) ? { ...event, time_unix_nano: whole(event['time_unix_nano']) } : event));
  return { ...span, start_time_unix_nano: whole(span['start_time_unix_nano']), end_time_unix_nano: whole(span['end_time_unix_nano']), ...(Array.isArray(span['events']) ? { events } : {}) };
}

async function versionOf(http: HttpClient, signal: AbortSignal): Promise<string | undefined> {
  const answer = await http.request({ path: '/arize_phoenix_version' }, signal);
  const version = new TextDecoder().decode(answer.body.subarray(0, 40)).trim();
  return answer.status === 200 && /^\d+\.\d+\.[\w.]+$/.test(version) ? version : undefined;
}

/** Its own page of projects and traces: …/projects/UHJvamVjdDox/traces/ID. The project there is an id, which names it as well as its name. */
function recognise(url: URL): Recognised | undefined {
  const match = /^(.*)\/projects\/(UHJvamVjdD[\w=%]+)(?:\/traces\/([0-9a-f]{32}))?/.exec(url.pathname);
  if (match === null) return undefined;
  return { name: `Arize Phoenix at ${url.host}`, url: `${url.origin}${match[1]}`, options: { project: decodeURIComponent(match[2]!) }, ...(match[3] === undefined ? {} : { traceId: match[3] }) };
}

async function detect(http: HttpClient, signal: AbortSignal): Promise<Detection> {
  const answer = await http.request({ path: '/v1/projects', query: [['limit', '1']] }, signal);
  const says = `/v1/projects answered ${answer.status}`;
  if (answer.status === 401 || answer.status === 403) {
    const version = await versionOf(http, signal);
    return version === undefined ? { is: false, says: `${says}.` } : { is: true, says: `${says}, /arize_phoenix_version its version.`, version, needsAuth: true };
  }
  if (answer.status !== 200 || answer.body[0] !== 0x7b) return { is: false, says: `${says}${answer.status === 200 ? ' with something else than projects' : ''}.` };
  const { data } = (parsedJson(answer, 'The list of projects') ?? {}) as { readonly data?: unknown };
  const isProject = (value: unknown): boolean => isObject(value) && typeof value['name'] === 'string' && text(value['id']) !== '';
  if (!Array.isArray(data) || !data.every(isProject)) return { is: false, says: `${says} with something else than projects.` };
  const version = await versionOf(http, signal);
  return { is: true, says: '/v1/projects lists projects.', ...(version === undefined ? {} : { version }) };
}
