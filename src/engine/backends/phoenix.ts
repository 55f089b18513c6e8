// Arize Phoenix, REST API v1 (recorded 6; its own OpenAPI). Owns projects, their lists and what its answers leave out; spans come in a dialect
// of OTLP/JSON (snake_case, nulls, bare numbers), which formats/otlpJson.ts reads. It stores whole µs and writes them as rounded doubles.
import { FormatError } from '../../formats/formatError.ts';
import { isoNanos } from '../../formats/isoTime.ts';
import { isObject, items, type JsonObject, text, uint64 } from '../../formats/jsonFields.ts';
import { parseJson } from '../../formats/jsonText.ts';
import { decodeOtlpJson } from '../../formats/otlpJson.ts';
import { padHex } from '../../model/ids.ts';
import type { SpanBatch } from '../../model/spanBatch.ts';
import { answerProblem, parsedJson, SEARCH_TIMEOUT_MS, type HttpAnswer, type HttpClient } from '../network/httpClient.ts';
import { BackendError, type LoadedTrace, type TraceRef } from './backend.ts';
import { traceNotes } from './phoenix/notes.ts';
import { everyPage, pageOf } from './phoenix/pages.ts';
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
  pages: /\/(?:projects|datasets|playground|prompts|settings|login)(?:\/.*)?$/,
  detect,
  source: (context) => new PhoenixSource(context),
};

/** Lists carry the names and states of all spans, not their attributes. */
const CAPABILITIES: SourceCapabilities = { filters: ['minDurationNs', 'errorsOnly'], order: 'newest', maxLimit: 200, timeUnitNs: 1000n, wholeTraces: false, cohortLimit: 30 };
const SPANS_A_PAGE = 1000;
/** A trace of more pages than this is shown in part. */
const MAX_PAGES = 200;
const PROJECTS_A_PAGE = 1000;
const MAX_PROJECT_PAGES = 10;
/** In a sentence. */
const NAMED_PROJECTS = 10;
const MICROSECOND_NS = 1000n;

class PhoenixSource implements TraceSource {
  readonly capabilities = CAPABILITIES;
  readonly #http: HttpClient;
  readonly #project: string;

  constructor({ http, config }: SourceContext) {
    this.#http = http;
    this.#project = config.options?.['project'] || 'default';
  }

  async probe(signal: AbortSignal): Promise<SourceProbe> {
    const { projects, notes } = await this.#projects(signal);
    const version = await versionOf(this.#http, signal);
    const names = projects.map(({ name }) => name);
    const there = projects.some(({ name, id }) => name === this.#project || id === this.#project) || (await this.#isThere(signal));
    const named = `${names.slice(0, NAMED_PROJECTS).join(', ')}${names.length > NAMED_PROJECTS ? ', …' : ''}`;
    const missing = there ? [] : [`There is no project ${JSON.stringify(this.#project)} yet${names.length === 0 ? '' : `; there are ${named}`}.`];
    return { notes: [...notes, ...missing], choices: { project: names }, ...(version === undefined ? {} : { version }) };
  }

  /** It does not keep them. */
  async services(): Promise<readonly string[]> {
    return [];
  }

  async operations(): Promise<readonly string[]> {
    return [];
  }

  async page({ window, limit, errorsOnly, minDurationNs }: SourceQuery, signal: AbortSignal): Promise<SourcePage> {
    const conditions = [...(errorsOnly === true ? ['error_count > 0'] : []), ...(minDurationNs === undefined ? [] : [`latency_ms >= ${minDurationNs / 1e6}`])];
    const query: (readonly [string, string])[] = [
      ['start_time', isoTime(window.startNs)], ['end_time', isoTime(window.endNs + MICROSECOND_NS)], ['sort', 'start_time'], ['order', 'desc'], ['limit', String(limit)], ['include_spans', 'true'],
      ...(conditions.length === 0 ? [] : [['filter', conditions.join(' and ')] as const]),
    ];
    const answer = await this.#ask(`/v1/projects/${encodeURIComponent(this.#project)}/traces`, query, signal);
    const what = `The list of traces of the project ${JSON.stringify(this.#project)}`;
    // A project is made by its first span.
    if (answer.status === 404) return { traces: [], full: false, notes: [`Phoenix has no project ${JSON.stringify(this.#project)}.`] };
    const { data, next } = pageOf(parsed(answer, what), what);
    const traces = data.filter(isObject).flatMap((trace) => rowOf(trace, this.#project));
    // Not its cursor: that of older versions names the row alone, and leaves out what began earlier and was stored later. The next page is what is older.
    return { traces, full: next !== undefined, notes: [] };
  }

  async trace({ traceId, scope = this.#project }: TraceRef, signal: AbortSignal): Promise<LoadedTrace> {
    const id = padHex(traceId, 32);
    if (id === undefined) throw new BackendError('badData', `${JSON.stringify(traceId.slice(0, 60))} is no trace id of Phoenix's: up to 32 hex digits were expected.`);
    const what = `Trace ${id}`;
    const path = `/v1/projects/${encodeURIComponent(scope)}/spans/otlpv1`;
    const batches: SpanBatch[] = [];
    const end = await everyPage(MAX_PAGES, async (cursor) => {
      const answer = await this.#ask(path, [['trace_id', id], ['limit', String(SPANS_A_PAGE)], ...(cursor === undefined ? [] : [['cursor', cursor] as const])], signal);
      return answer.status === 404 ? undefined : pageOf(exact(answer, what), what);
    }, (data) => {
      if (data.length > 0) batches.push(decodeOtlpJson({ data: data.filter(isObject).map(wholeMicroseconds) }));
    });
    if (batches.length === 0) throw new BackendError('notFound', `Phoenix has no trace ${id} in the project ${JSON.stringify(scope)}: it never arrived there, or was deleted.`);
    return { batches, notes: traceNotes(batches, end) };
  }

  async #projects(signal: AbortSignal): Promise<{ readonly projects: readonly { readonly id: string; readonly name: string }[]; readonly notes: readonly string[] }> {
    const what = 'The list of projects';
    const projects = new Map<string, { readonly id: string; readonly name: string }>();
    const end = await everyPage(MAX_PROJECT_PAGES, async (cursor) => {
      const query = [['limit', String(PROJECTS_A_PAGE)] as const, ...(cursor === undefined ? [] : [['cursor', cursor] as const])];
      return pageOf(parsed(await this.#ask('/v1/projects', query, signal), what), what);
    }, (data) => {
      for (const { id, name } of data.filter(isObject)) if (text(name) !== '') projects.set(text(name), { id: text(id), name: text(name) });
    });
    return { projects: [...projects.values()], notes: end === 'last' ? [] : [`The list of projects was not read to its end; ${projects.size} of them can be picked, others can be typed.`] };
  }

  /** Those of experiments are in no list, and a list may be longer than is read. */
  async #isThere(signal: AbortSignal): Promise<boolean> {
    const answer = await this.#ask(`/v1/projects/${encodeURIComponent(this.#project)}`, [], signal);
    return answer.status !== 404 && isObject(parsed(answer, `The project ${JSON.stringify(this.#project)}`));
  }

  #ask(path: string, query: readonly (readonly [string, string])[], signal: AbortSignal): Promise<HttpAnswer> {
    return this.#http.request({ path, query, headers: { accept: 'application/json' }, timeoutMs: SEARCH_TIMEOUT_MS }, signal);
  }
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

/** undefined times: nothing to place it by. */
function rowOf(trace: JsonObject, project: string): SourceTrace[] {
  const traceId = padHex(text(trace['trace_id']), 32);
  const [start, end] = [isoNanos(trace['start_time']), isoNanos(trace['end_time'])];
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

const isoTime = (ns: bigint): string => `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, -1)}${String((ns / MICROSECOND_NS) % 1000n).padStart(3, '0')}Z`;

/** A double holds epoch ns to about 256: the stored µs is the nearest. */
function wholeMicroseconds(span: JsonObject): JsonObject {
  const whole = (value: unknown): unknown => {
    const ns = uint64(text(value), { rounded: false });
    return ns === undefined ? value : ((ns + MICROSECOND_NS / 2n) / MICROSECOND_NS) * MICROSECOND_NS;
  };
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
  const match = /^(.*)\/projects\/(UHJvamVjdD(?:\w|=|%3D)+)(?:\/traces\/([0-9a-f]{32}))?/.exec(url.pathname);
  if (match === null) return undefined;
  return { name: `Arize Phoenix at ${url.host}`, url: `${url.origin}${match[1]}`, options: { project: match[2]!.replaceAll('%3D', '=') }, ...(match[3] === undefined ? {} : { traceId: match[3] }) };
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
