// One question to Elasticsearch or OpenSearch over HTTP (backends.md §10): where it is asked, what bounds each search, what its errors mean,
// and how much of an answer is missing. Must not know whose documents they are.
import { isObject, items, text, type JsonObject } from '../../../formats/jsonFields.ts';
import { JsonTextError, parseJson } from '../../../formats/jsonText.ts';
import { answerProblem, parsedJson, type HttpAnswer, type HttpClient } from '../../network/httpClient.ts';
import { BackendError } from '../backend.ts';

export interface SearchAnswer {
  readonly hits: readonly JsonObject[];
  readonly aggregations: JsonObject;
  /** Sentences on what is missing of it. */
  readonly partial: readonly string[];
}

export interface About {
  readonly name: 'Elasticsearch' | 'OpenSearch';
  readonly version: string;
}

/** A field as the mappings have it: its types in all indices, and whether it can be sorted and counted by. */
export interface FieldType {
  readonly types: readonly string[];
  readonly aggregatable: boolean;
}

/** It answers then with what it has, and says so. */
const SEARCH_SECONDS = 15;
const TIMEOUT_MS = 4 * SEARCH_SECONDS * 1000;
/** Indices that are closed, or are deleted while we ask, are no fault. */
const LENIENT = [['ignore_unavailable', 'true'], ['allow_no_indices', 'true']] as const;

export class ElasticServer {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** undefined where these credentials may not ask for it, or the address has no such page (OpenSearch Serverless). */
  async about(signal: AbortSignal): Promise<About | undefined> {
    const answer = await this.#http.request({ path: '/', headers: { accept: 'application/json' } }, signal);
    return answer.status === 200 ? aboutOf(parsedJson(answer, 'The version')) : undefined;
  }

  /** `index`: names and patterns with commas between. */
  async search(index: string, what: string, body: JsonObject, signal: AbortSignal): Promise<SearchAnswer> {
    const asked = { timeout: `${SEARCH_SECONDS}s`, track_total_hits: false, ...body };
    const answer = await this.#http.request({
      method: 'POST', readOnly: true, path: `/${pathOf(index)}/_search`, query: LENIENT, headers: { 'content-type': 'application/json', accept: 'application/json' }, body: bodyText(asked), timeoutMs: TIMEOUT_MS,
    }, signal);
    const document = documentOf(answer, what);
    if (!isObject(document['hits'])) throw new BackendError('badData', `${what} was answered with JSON that has no "hits", so this is no Elasticsearch or OpenSearch; check the address.`);
    return { hits: items(document['hits']['hits']).filter(isObject), aggregations: isObject(document['aggregations']) ? document['aggregations'] : {}, partial: partialOf(document, what) };
  }

  /** What of `fields` the indices have; undefined where there is no such index. */
  async fields(index: string, fields: readonly string[], signal: AbortSignal): Promise<{ readonly indices: readonly string[]; readonly fields: ReadonlyMap<string, FieldType> } | undefined> {
    const what = 'The list of fields';
    const answer = await this.#http.request({ path: `/${pathOf(index)}/_field_caps`, query: [...LENIENT, ['fields', fields.join(',')]], headers: { accept: 'application/json' } }, signal);
    if (answer.status === 404 && errorOf(answer).type === 'index_not_found_exception') return undefined;
    const document = documentOf(answer, what);
    if (!isObject(document['fields'])) throw new BackendError('badData', `${what} was answered with JSON of another shape than Elasticsearch's or OpenSearch's; check the address.`);
    const found = Object.entries(document['fields']).map(([name, types]) => [name, isObject(types) ? fieldOf(types) : { types: [], aggregatable: false }] as const);
    const indices = items(document['indices']).map(text);
    return indices.length === 0 && found.length === 0 ? undefined : { indices, fields: new Map(found) };
  }
}

/** Of the page at "/". */
export function aboutOf(document: unknown): About | undefined {
  const version = isObject(document) ? document['version'] : undefined;
  if (!isObject(version) || !/^\d+\.\d+/.test(text(version['number']))) return undefined;
  const tagline = isObject(document) ? text(document['tagline']) : '';
  const isOpenSearch = text(version['distribution']) === 'opensearch' || tagline.includes('OpenSearch');
  return isOpenSearch || 'lucene_version' in version || tagline === 'You Know, for Search' ? { name: isOpenSearch ? 'OpenSearch' : 'Elasticsearch', version: text(version['number']) } : undefined;
}

/** "*" and "," are what patterns are made of and stay as they are. */
const pathOf = (index: string): string => encodeURIComponent(index).replaceAll('%2C', ',').replaceAll('%2A', '*');

/** Sort values of nanoseconds go back as they came. */
const bodyText = (body: JsonObject): string => JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? (JSON as unknown as { rawJSON(json: string): unknown }).rawJSON(String(value)) : value));

function fieldOf(types: JsonObject): FieldType {
  const known = Object.entries(types).filter((entry): entry is [string, JsonObject] => isObject(entry[1]) && entry[0] !== 'unmapped');
  return { types: known.map(([type]) => type), aggregatable: known.some(([, capabilities]) => capabilities['aggregatable'] === true) };
}

function documentOf(answer: HttpAnswer, what: string): JsonObject {
  if (answer.status < 200 || answer.status > 299) throw problemOf(answer, what);
  let document: unknown;
  try {
    document = parseJson(new TextDecoder().decode(answer.body), BigInt);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    // It says of a page and of half an answer what they are.
    document = parsedJson(answer, what);
  }
  if (!isObject(document)) throw new BackendError('badData', `${what} was answered with JSON that is no object, so by no Elasticsearch or OpenSearch; check the address.`);
  return document;
}

const MEMORY: readonly string[] = ['circuit_breaking_exception', 'too_many_buckets_exception', 'too_many_clauses'];

function problemOf(answer: HttpAnswer, what: string): BackendError {
  const { type, reason } = errorOf(answer);
  if (type === '') return answerProblem(answer, what);
  const says = `${type}${reason === '' ? '' : `: ${reason}`}`;
  if (MEMORY.includes(type)) return new BackendError('tooLarge', `${what} would take more memory than the cluster gives it (${says}); ask for less time or a service.`);
  if (type === 'index_not_found_exception') return new BackendError('notFound', `${what} found no such index (${says}); edit the connection and pick another.`);
  return answerProblem(answer, what, says);
}

/** The innermost that is named: the outer one says only that shards failed. */
function errorOf({ body }: HttpAnswer): { readonly type: string; readonly reason: string } {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(body.subarray(0, 65_536)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const error = isObject(document) ? document['error'] : undefined;
  if (!isObject(error)) return { type: '', reason: '' };
  const cause = items(error['root_cause']).find(isObject) ?? (isObject(error['caused_by']) ? error['caused_by'] : error);
  return reasonOf(text(cause['type']) === '' ? error : cause);
}

function reasonOf(error: JsonObject): { readonly type: string; readonly reason: string } {
  const clean = (value: unknown, most: number): string => text(value).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, most).replace(/[.\s]+$/, '');
  return { type: clean(error['type'], 80), reason: clean(error['reason'], 240) };
}

/** Shards that were skipped had nothing of the time asked for; clusters that were skipped might have. */
function partialOf(answer: JsonObject, what: string): string[] {
  const notes: string[] = [];
  const part = (name: string): JsonObject => (isObject(answer[name]) ? answer[name] : {});
  const [shards, clusters] = [part('_shards'), part('_clusters')];
  if (answer['timed_out'] === true) notes.push(`${what} was stopped by the cluster after ${SEARCH_SECONDS} s: what it had not reached by then is missing.`);
  if (Number(shards['failed'] ?? 0) > 0) {
    const first = items(shards['failures']).find(isObject);
    const { type, reason } = first !== undefined && isObject(first['reason']) ? reasonOf(first['reason']) : { type: '', reason: '' };
    notes.push(`${what} was not answered by ${text(shards['failed'])} of ${text(shards['total'])} shards${type === '' ? '' : ` (${type}${reason === '' ? '' : `: ${reason}`})`}: what they hold is missing.`);
  }
  if (Number(clusters['skipped'] ?? 0) > 0) notes.push(`${what} was not answered by ${text(clusters['skipped'])} of ${text(clusters['total'])} clusters: what they hold is missing.`);
  return notes;
}
