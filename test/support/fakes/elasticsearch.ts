// Elasticsearch and OpenSearch in small: the pages we ask (/, _field_caps, _search) over documents that lie in indices with mappings, strict
// in what is documented (windows of 10,000, collapse never with search_after, sorting needs a mapping), and in what we promise: every search
// is bounded by time, has a timeout and counts no totals.
import { isObject } from '../../../src/formats/jsonFields.ts';
import { parseJson } from '../../../src/formats/jsonText.ts';
import type { ElasticDocument } from '../../live/send/elasticDocuments.ts';
import { aggregated } from './elasticAggregations.ts';
import { fits, kindOf, type FieldKind, type Mappings, type Source, valuesOf } from './elasticFields.ts';
import { compared, known, Refused, sortKeys, testOf, type Hit } from './elasticQuery.ts';
import { jsonServer, type FakeAnswer, type FakeRequest, type FakeServer } from './jsonServer.ts';

export interface FakeIndex {
  readonly mappings: Mappings;
  /** JSON each, oldest first. */
  readonly sources: readonly string[];
}

export interface FakeElasticOptions {
  readonly indices: Readonly<Record<string, FakeIndex>>;
  readonly openSearch?: boolean;
  /** undefined: it is let in. Else the answer. */
  readonly door?: (request: FakeRequest) => FakeAnswer | undefined;
  /** Indices that may not be read. */
  readonly denied?: RegExp;
  readonly scripts?: boolean;
  /** Laid over every answer of a search. */
  readonly over?: Source;
  readonly instead?: (request: FakeRequest, body: Source) => FakeAnswer | undefined;
}

export interface FakeElastic extends FakeServer {
  readonly asked: FakeRequest[];
  /** Of searches, oldest first. */
  readonly searches: { readonly index: string; readonly body: Source }[];
}

const MAX_RESULT_WINDOW = 10_000;

export async function fakeElasticsearch(options: FakeElasticOptions): Promise<FakeElastic> {
  const asked: FakeRequest[] = [];
  const searches: FakeElastic['searches'] = [];
  const indices = Object.entries(options.indices).map(([name, index]) => ({ name, mappings: index.mappings, hits: hitsOf(name, index) }));
  const server = await jsonServer((request) => {
    asked.push(request);
    try {
      return options.door?.(request) ?? answer(request, options, indices, searches);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return refusal(error.status, error.type, error.message);
    }
  });
  return { ...server, asked, searches };
}

const rawJson = (JSON as unknown as { rawJSON(json: string): unknown }).rawJSON;
/** Numbers to the letter: 1.0 is not 1. */
const asWritten = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => (typeof value === 'number' ? rawJson(context!.source!) : value);

/** A number that its field cannot hold refuses the whole document. */
export const isTaken = (mappings: Mappings, json: string): boolean => fits(mappings, parseJson(json, BigInt) as Source);

const hitsOf = (index: string, { mappings, sources }: FakeIndex): readonly Hit[] =>
  sources.filter((json) => isTaken(mappings, json)).map((json, k) => ({ index, id: `${index}-${k}`, mappings, kept: JSON.parse(json, asWritten), source: parseJson(json, BigInt) as Source }));

/** Each document in the index that its writer names. */
export function indicesOf(mappings: Mappings, documents: readonly ElasticDocument[]): Readonly<Record<string, FakeIndex>> {
  const byName = Map.groupBy(documents, ({ index }) => index);
  return Object.fromEntries([...byName].map(([name, own]) => [name, { mappings, sources: own.map(({ source }) => source) }]));
}

export function refusal(status: number, type: string, reason: string): FakeAnswer {
  const cause = { type, reason };
  return { status, body: { error: { root_cause: [cause], type: status === 400 ? 'search_phase_execution_exception' : type, reason: status === 400 ? 'all shards failed' : reason }, status } };
}

interface Index {
  readonly name: string;
  readonly mappings: Mappings;
  readonly hits: readonly Hit[];
}

function answer(request: FakeRequest, options: FakeElasticOptions, indices: readonly Index[], searches: FakeElastic['searches']): FakeAnswer {
  const { pathname, searchParams } = request.url;
  if (pathname === '/' && request.method === 'GET') return { status: 200, body: options.openSearch === true ? { name: 'n', version: { distribution: 'opensearch', number: '2.19.1', lucene_version: '9.12.1' }, tagline: 'The OpenSearch Project: https://opensearch.org/' } : { name: 'n', version: { number: '9.1.3', build_flavor: 'default', lucene_version: '10.2.2' }, tagline: 'You Know, for Search' } };
  const path = /^\/([^/]+)\/(_field_caps|_search)$/.exec(decodeURIComponent(pathname));
  if (path === null) throw new Refused('illegal_argument_exception', `no handler found for uri [${pathname}]`);
  const [, pattern, operation] = path as unknown as [string, string, string];
  for (const [name] of searchParams) if (!['ignore_unavailable', 'allow_no_indices', ...(operation === '_field_caps' ? ['fields'] : [])].includes(name)) throw new Refused('illegal_argument_exception', `request [${pathname}] contains unrecognized parameter: [${name}]`);
  const matching = matched(pattern, indices, searchParams.get('ignore_unavailable') === 'true');
  if (options.denied !== undefined && (options.denied.test(pattern) || matching.some(({ name }) => options.denied!.test(name)))) throw new Refused('security_exception', `action [indices:data/read/search] is unauthorized for user [reader]`, 403);
  if (operation === '_field_caps') return { status: 200, body: fieldCaps(matching, (searchParams.get('fields') ?? '').split(',')) };
  if (request.method !== 'POST') throw new Refused('illegal_argument_exception', 'a search is posted');
  const body = parseJson(new TextDecoder().decode(request.body), BigInt) as Source;
  searches.push({ index: pattern, body });
  return options.instead?.(request, body) ?? { status: 200, body: exact({ ...searched(body, matching, options), ...options.over }) };
}

/** Nanoseconds keep all their digits. */
const exact = (value: unknown): string => JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? rawJson(String(item)) : item));

function matched(pattern: string, indices: readonly Index[], lenient: boolean): readonly Index[] {
  const found = new Set<Index>();
  for (const part of pattern.split(',')) {
    // After a pattern only: before one, it is a name.
    const leftOut = found.size > 0 && part.startsWith('-');
    const name = leftOut ? part.slice(1) : part;
    if (/[\s"\\<>|?#A-Z]/.test(name)) throw new Refused('invalid_index_name_exception', `Invalid index name [${name}]`);
    const test = new RegExp(`^${name.split('*').map((text) => text.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
    const own = indices.filter((index) => test.test(index.name));
    if (own.length === 0 && !leftOut && !name.includes('*') && !lenient) throw new Refused('index_not_found_exception', `no such index [${name}]`, 404);
    for (const index of own) found[leftOut ? 'delete' : 'add'](index);
  }
  return [...found];
}

const AGGREGATABLE: readonly FieldKind[] = ['keyword', 'long', 'integer', 'date', 'date_nanos'];

function fieldCaps(indices: readonly Index[], fields: readonly string[]): Source {
  const caps = (field: string): Source => Object.fromEntries([...new Set(indices.map(({ mappings }) => kindOf(mappings, field)).filter((kind) => kind !== undefined))].map((type) => [type, { type, metadata_field: false, searchable: true, aggregatable: AGGREGATABLE.includes(type) }]));
  return { indices: indices.map(({ name }) => name), fields: Object.fromEntries(fields.map((field) => [field, caps(field)] as const).filter(([, types]) => Object.keys(types).length > 0)) };
}

function searched(body: Source, indices: readonly Index[], options: FakeElasticOptions): Source {
  const { size, timeout, track_total_hits: totals, query, collapse, sort, search_after: after, aggs, _source: source } = known(body, ['size', 'timeout', 'track_total_hits', 'query', 'collapse', 'sort', 'search_after', 'aggs', '_source'], 'search');
  if (typeof size !== 'number' || size > MAX_RESULT_WINDOW) throw new Refused('illegal_argument_exception', `Result window is too large, from + size must be less than or equal to: [${MAX_RESULT_WINDOW}] but was [${String(size)}]`);
  if (collapse !== undefined && after !== undefined) throw new Refused('illegal_argument_exception', 'Cannot use [collapse] in conjunction with [search_after] unless the search is sorted on the same field');
  if (!/^\d+s$/.test(String(timeout)) || totals !== false || !/"range":\{"(?:@timestamp|startTime|startTimeMillis)":/.test(JSON.stringify(query))) throw new Refused('illegal_argument_exception', 'a search of ours is bounded: by time, with a timeout, without totals');
  const test = testOf(query);
  const hits = indices.flatMap((index) => index.hits).filter((hit) => test(hit));
  const keys = sortKeys(sort);
  if (Array.isArray(after) && after.length !== keys.length) throw new Refused('illegal_argument_exception', `search_after has ${after.length} value(s) but sort has ${keys.length}.`);
  let sorted = hits.map((hit) => ({ hit, values: keys.map((key) => key.valueOf(hit)) })).toSorted((a, b) => compared(keys, a.values, b.values));
  if (Array.isArray(after)) sorted = sorted.filter(({ values }) => compared(keys, values, after) > 0);
  const field = collapse === undefined ? undefined : String(known(collapse, ['field'], 'collapse')['field']);
  if (field !== undefined) {
    for (const { mappings } of indices) if (kindOf(mappings, field) !== 'keyword') throw new Refused('illegal_argument_exception', `no mapping found for \`${field}\` in order to collapse on`);
    const seen = new Set<string>();
    sorted = sorted.filter(({ hit }) => {
      const group = String(valuesOf(hit.mappings, hit.source, field)[0]);
      return seen.has(group) ? false : (seen.add(group), true);
    });
  }
  const grouped = (hit: Hit): Source => (field === undefined ? {} : { fields: { [field]: valuesOf(hit.mappings, hit.source, field) } });
  return {
    took: 3, timed_out: false, _shards: { total: indices.length, successful: indices.length, skipped: 0, failed: 0 },
    hits: { max_score: null, hits: sorted.slice(0, size).map(({ hit, values }) => ({ ...shown(hit, source), ...grouped(hit), sort: values })) },
    ...(aggs === undefined ? {} : { aggregations: aggregated(aggs, hits, { scripts: options.scripts !== false, shown }) }),
  };
}

function shown({ index, id, source, kept }: Hit, wanted: unknown): Source {
  const paths = Array.isArray(wanted) ? (wanted as string[]) : undefined;
  return { _index: index, _id: id, _score: null, ...(wanted === false ? {} : { _source: paths === undefined ? kept : only(source, paths, '') }) };
}

function only(object: Source, paths: readonly string[], prefix: string): Source {
  return Object.fromEntries(Object.entries(object).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    if (paths.some((wanted) => wanted === path || path.startsWith(`${wanted}.`))) return [[key, value]];
    return isObject(value) && paths.some((wanted) => wanted.startsWith(`${path}.`)) ? [[key, only(value, paths, `${path}.`)]] : [];
  }));
}
