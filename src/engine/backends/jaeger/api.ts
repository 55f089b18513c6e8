// Jaeger's two query APIs over HTTP: paths, parameters, and what an answer is, told by its content (backends.md §1.2, §1.3; recorded 3, 4, 7).
// An unknown path is 200 with a web page in one version and a plain 404 in the next; an empty v3 search is 404 with JSON.
// Owns Jaeger's parameters; must not know when which API is asked.
import { isObject, items, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { answerProblem, parsedJson, SEARCH_TIMEOUT_MS, type HttpAnswer, type HttpClient } from '../../network/httpClient.ts';
import { BackendError, type AttributeFilter, type TimeWindow } from '../backend.ts';

/** nothing: it understood, and has none. notServed: this server does not have that API. */
export type Reply = { readonly json: JsonObject } | 'nothing' | 'notServed';

export interface JaegerSearch {
  readonly window: TimeWindow;
  readonly service?: string;
  readonly operation?: string;
  readonly attributes?: readonly AttributeFilter[];
  readonly minDurationNs?: number;
  readonly errorsOnly?: boolean;
  readonly limit: number;
}

/** The v1 API found the traces and could not write them: one holds NaN or an infinity (recorded 1). */
export class UnwritableTraces extends BackendError {}

/** Understood, and not done: Jaeger itself says so. Storages that need a service refuse a search without one by 400, some by 500. */
export class RefusedQuery extends BackendError {}

type Query = readonly (readonly [name: string, value: string])[];
type Spelling = 'camel' | 'snake';

const MICROSECOND_NS = 1000n;
const MILLISECOND_NS = 1_000_000n;

export class JaegerApi {
  readonly #http: HttpClient;
  readonly #headers: Readonly<Record<string, string>>;
  /** How this server writes v3's parameters, once one was accepted. */
  #spelling: Spelling | undefined;

  constructor(http: HttpClient, headers: Readonly<Record<string, string>>) {
    this.#http = http;
    this.#headers = headers;
  }

  servicesV3 = (signal: AbortSignal): Promise<Reply> => this.#ask('/api/v3/services', [], 'The list of services', signal);
  servicesV1 = (signal: AbortSignal): Promise<Reply> => this.#ask('/api/services', [], 'The list of services', signal);
  operationsV3 = (service: string, signal: AbortSignal): Promise<Reply> => this.#ask('/api/v3/operations', [['service', service]], 'The list of operations', signal);
  operationsV1 = (service: string, signal: AbortSignal): Promise<Reply> => this.#ask(`/api/services/${encodeURIComponent(service)}/operations`, [], 'The list of operations', signal);

  /** Served since #8749 (2026); jsonpb leaves out an empty list, and writes counts as text. */
  dependenciesV3 = ({ startNs, endNs }: TimeWindow, signal: AbortSignal): Promise<Reply> => this.#ask('/api/v3/dependencies', [['startTime', rfc3339(startNs)], ['endTime', rfc3339(endNs)]], 'The list of dependencies', signal);
  dependenciesV1({ startNs, endNs }: TimeWindow, signal: AbortSignal): Promise<Reply> {
    const end = (endNs + MILLISECOND_NS - 1n) / MILLISECOND_NS;
    return this.#ask('/api/dependencies', [['endTs', String(end)], ['lookback', String(end - startNs / MILLISECOND_NS)]], 'The list of dependencies', signal);
  }

  /** `raw`: as it was stored. A read with Jaeger's corrections adds its warnings to the stored trace in some versions, once more each time. */
  traceV3 = (id: string, raw: boolean, signal: AbortSignal): Promise<Reply> =>
    this.#ask(`/api/v3/traces/${encodeURIComponent(id)}`, raw ? [['rawTraces', 'true'], ['raw_traces', 'true']] : [], `Trace ${id}`, signal);
  traceV1 = (id: string, raw: boolean, signal: AbortSignal): Promise<Reply> => this.#ask(`/api/traces/${encodeURIComponent(id)}`, raw ? [['raw', 'true']] : [], `Trace ${id}`, signal);

  searchV1(search: JaegerSearch, signal: AbortSignal): Promise<Reply> {
    const { window, service, operation, minDurationNs, limit } = search;
    const query: Query = [
      ['service', service ?? ''],
      ...optional('operation', operation),
      ['start', String(window.startNs / MICROSECOND_NS)],
      ['end', String(microsecondsUp(window.endNs))],
      ...optional('minDuration', minDurationNs === undefined ? undefined : goDuration(minDurationNs)),
      ...optional('tags', attributesText(search)),
      ['limit', String(limit)],
      ['raw', 'true'],
    ];
    return this.#ask('/api/traces', query, 'The search for traces', signal);
  }

  searchV3 = (search: JaegerSearch, signal: AbortSignal): Promise<Reply> => this.#spelled('/api/v3/traces', search, signal);
  summaries = (search: JaegerSearch, signal: AbortSignal): Promise<Reply> => this.#spelled('/api/v3/trace-summaries', search, signal);

  /** Newer servers know both spellings, older ones answer 400 to camelCase. */
  async #spelled(path: string, search: JaegerSearch, signal: AbortSignal): Promise<Reply> {
    const ask = (spelling: Spelling): Promise<Reply> => this.#ask(path, v3Query(search, spelling), 'The search for traces', signal);
    if (this.#spelling !== undefined) return ask(this.#spelling);
    const [reply, spelling] = await this.#firstAccepted(ask);
    if (reply !== 'notServed') this.#spelling = spelling;
    return reply;
  }

  async #firstAccepted(ask: (spelling: Spelling) => Promise<Reply>): Promise<readonly [Reply, Spelling]> {
    try {
      return [await ask('camel'), 'camel'];
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== 'badData') throw error;
      return [await ask('snake'), 'snake'];
    }
  }

  async #ask(path: string, query: Query, what: string, signal: AbortSignal): Promise<Reply> {
    const answer = await this.#http.request({ path, query, headers: { accept: 'application/json', ...this.#headers }, ...(/trace/.test(path) ? { timeoutMs: SEARCH_TIMEOUT_MS } : {}) }, signal);
    return replyOf(answer, what);
  }
}

/** By content: the statuses of "no such path", "no such trace" and "nothing found" are the same ones. */
function replyOf(answer: HttpAnswer, what: string): Reply {
  const { status, body } = answer;
  if (status === 405 || status === 501) return 'notServed';
  const good = status >= 200 && status < 300;
  if (status === 500 && isUnwritable(body)) throw new UnwritableTraces('server', `${what} failed on the server: a trace has a value that is no number (NaN or infinite), which Jaeger's v1 API cannot answer.`);
  const first = firstByte(body);
  if (!good && status !== 404) throw (status === 400 || status === 500) && first === 0x7b ? refused(answer, what) : answerProblem(answer, what);
  if (first !== 0x7b) {
    // A page, or the router's plain text. Anything else that was to be JSON and is not, is a broken answer.
    if (!good || first === 0x3c || first === undefined) return 'notServed';
    throw new BackendError('badData', `${what} was answered with something that is no JSON object (${status}).`);
  }
  const json = linesOf(answer, what) ?? parsedJson(answer, what);
  if (!isObject(json)) throw new BackendError('badData', `${what} was answered with JSON of another shape (${status}).`);
  if (good) return { json };
  return isError(json) ? 'nothing' : 'notServed';
}

/** The gateway of v1.52 and older writes a line a trace, and a last one where it fails. undefined: it is one document, or broken. */
function linesOf({ body }: HttpAnswer, what: string): JsonObject | undefined {
  const end = body.indexOf(0x0a);
  if (end < 0 || body[end + 1] !== 0x7b) return undefined;
  const documents = new TextDecoder().decode(body).trim().split('\n').map(jsonOrNothing);
  if (!documents.every(isObject)) return undefined;
  const error = documents.map((document) => document['error']).find(isObject);
  if (error !== undefined) throw new BackendError('server', `${what} broke off on the server: ${text(error['message']).slice(0, 200)}.`);
  return { result: { resourceSpans: documents.flatMap(({ result }) => (isObject(result) ? items(result['resourceSpans']) : [])) } };
}

function jsonOrNothing(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refused(answer: HttpAnswer, what: string): BackendError {
  const problem = answerProblem(answer, what);
  return /"errors?"\s*:/.test(new TextDecoder().decode(answer.body.subarray(0, 1024))) ? new RefusedQuery(problem.kind, problem.message) : problem;
}

/** v3's and v1's way to say it. */
const isError = (json: unknown): boolean => isObject(json) && (isObject(json['error']) || items(json['errors']).length > 0);

/** Go's json.UnsupportedValueError, as the envelope of v1 tells it. */
const isUnwritable = (body: Uint8Array): boolean => firstByte(body) === 0x7b && /"msg":"[^"]{0,200}unsupported value: (?:NaN|[+-]Inf)/.test(new TextDecoder().decode(body.subarray(0, 1024)));

/** Behind white space and a mark of byte order; undefined: nothing is there. */
function firstByte(body: Uint8Array): number | undefined {
  const at = body.findIndex((byte) => byte > 32 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
  return at < 0 ? undefined : body[at];
}

function v3Query(search: JaegerSearch, spelling: Spelling): Query {
  const { window, service, operation, minDurationNs, limit } = search;
  const name = (camel: string, snake: string): string => `query.${spelling === 'camel' ? camel : snake}`;
  return [
    ...optional(name('serviceName', 'service_name'), service),
    ...optional(name('operationName', 'operation_name'), operation),
    [name('startTimeMin', 'start_time_min'), rfc3339(window.startNs)],
    [name('startTimeMax', 'start_time_max'), rfc3339(window.endNs)],
    ...optional(name('durationMin', 'duration_min'), minDurationNs === undefined ? undefined : goDuration(minDurationNs)),
    ...optional('query.attributes', attributesText(search)),
    [name('searchDepth', 'num_traces'), String(limit)],
    [name('rawTraces', 'raw_traces'), 'true'],
  ];
}

const optional = (name: string, value: string | undefined): Query => (value === undefined || value === '' ? [] : [[name, value]]);

/** A map of texts: a boolean or a number in it is refused. */
function attributesText({ attributes = [], errorsOnly }: JaegerSearch): string | undefined {
  const entries = attributes.map(({ key, value }): [string, string] => [key, value]);
  if (errorsOnly === true) entries.push(['error', 'true']);
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}

/** With nine digits of a second. */
export function rfc3339(ns: bigint): string {
  const fraction = (ns % 1_000_000_000n).toString().padStart(9, '0');
  return `${new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

const goDuration = (ns: number): string => `${Math.max(0, Math.floor(ns))}ns`;
const microsecondsUp = (ns: bigint): bigint => (ns + MICROSECOND_NS - 1n) / MICROSECOND_NS;
