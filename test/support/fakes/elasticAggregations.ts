// The aggregations that we use, as their documentation describes them: terms (of what can be counted by, in order of how often), filter, max
// of one of our scripts, top_hits. Refuses what it does not know, and scripts where the cluster does.
import { isObject } from '../../../src/formats/jsonFields.ts';
import { kindOf, valuesOf, type Source } from './elasticFields.ts';
import { compared, known, Refused, sortKeys, testOf, type Hit } from './elasticQuery.ts';

export interface AggregationOptions {
  readonly scripts: boolean;
  readonly shown: (hit: Hit, source: unknown) => Source;
}

export function aggregated(aggs: unknown, hits: readonly Hit[], options: AggregationOptions): Source {
  if (!isObject(aggs)) throw new Refused('parsing_exception', '[aggs] is no object');
  return Object.fromEntries(Object.entries(aggs).map(([name, aggregation]) => [name, one(aggregation, hits, options)]));
}

function one(aggregation: unknown, hits: readonly Hit[], options: AggregationOptions): Source {
  const { aggs, ...type } = known(aggregation, ['aggs', 'terms', 'filter', 'max', 'top_hits'], 'aggregation');
  const [[name, body] = ['', undefined], ...more] = Object.entries(type);
  if (more.length > 0) throw new Refused('parsing_exception', 'Found two aggregation type definitions');
  const within = (own: readonly Hit[]): Source => (aggs === undefined ? {} : aggregated(aggs, own, options));
  switch (name) {
    case 'filter': {
      const test = testOf(body);
      const own = hits.filter((hit) => test(hit));
      return { doc_count: own.length, ...within(own) };
    }
    case 'terms':
      return terms(body, hits, within);
    case 'max':
      return max(body, hits, options.scripts);
    case 'top_hits': {
      if (aggs !== undefined) throw new Refused('aggregation_initialization_exception', 'Aggregator [top] of type [top_hits] cannot accept sub-aggregations');
      const { size, sort, _source: source } = known(body, ['size', 'sort', '_source'], 'top_hits');
      const keys = sortKeys(sort);
      const sorted = hits.map((hit) => ({ hit, values: keys.map((key) => key.valueOf(hit)) })).toSorted((a, b) => compared(keys, a.values, b.values)).slice(0, Number(size));
      return { hits: { total: { value: hits.length, relation: 'eq' }, max_score: null, hits: sorted.map(({ hit, values }) => ({ ...options.shown(hit, source), sort: values })) } };
    }
    default:
      throw new Refused('parsing_exception', 'Missing definition for aggregation');
  }
}

function terms(body: unknown, hits: readonly Hit[], within: (own: readonly Hit[]) => Source): Source {
  const { field, size, exclude = [] } = known(body, ['field', 'size', 'exclude'], 'terms');
  if (!Array.isArray(exclude)) throw new Refused('parsing_exception', 'ours names what is left out');
  const leftOut = new Set<unknown>(exclude);
  if (typeof size !== 'number' || size < 1) throw new Refused('illegal_argument_exception', '[size] must be greater than 0');
  const of = new Map<string, Hit[]>();
  for (const hit of hits) {
    if (kindOf(hit.mappings, String(field)) === 'text') throw new Refused('illegal_argument_exception', `Fielddata is disabled on [${String(field)}]`);
    for (const value of new Set(valuesOf(hit.mappings, hit.source, String(field)).map(String).filter((one) => !leftOut.has(one)))) of.set(value, [...(of.get(value) ?? []), hit]);
  }
  const sorted = [...of].toSorted(([a, own], [b, other]) => other.length - own.length || (a < b ? -1 : 1));
  return { doc_count_error_upper_bound: 0, sum_other_doc_count: sorted.slice(size).reduce((sum, [, own]) => sum + own.length, 0), buckets: sorted.slice(0, size).map(([key, own]) => ({ key, doc_count: own.length, ...within(own) })) };
}

const SCRIPT = /^def d = doc\[params\.duration\]; return (ChronoUnit\.MICROS\.between\(Instant\.EPOCH, doc\[params\.time\]\.value\.toInstant\(\)\)|doc\[params\.time\]\.value) \+ \(d\.size\(\) == 0 \? 0 : d\.value \/ params\.unit\)$/;

const END_SCRIPT = 'return doc[params.end].size() == 0 ? 0 : ChronoUnit.MICROS.between(Instant.EPOCH, doc[params.end].value.toInstant())';

function maxEnd({ end }: Source, hits: readonly Hit[]): Source {
  const ends = hits.map((hit) => {
    const kind = kindOf(hit.mappings, String(end));
    if (kind?.startsWith('date') !== true) throw new Refused('script_exception', 'runtime error');
    const [value = 0n] = valuesOf(hit.mappings, hit.source, String(end)) as bigint[];
    return Number(kind === 'date' ? value * 1000n : value / 1000n);
  });
  return { value: ends.length === 0 ? null : Math.max(...ends) };
}

/** What painless would do of it: a double, and a fault where types do not fit. */
function max(body: unknown, hits: readonly Hit[], allowed: boolean): Source {
  const { script } = known(body, ['script'], 'max');
  const { lang, source, params } = known(script, ['lang', 'source', 'params'], 'script');
  if (!allowed) throw new Refused('illegal_argument_exception', 'cannot execute [inline] scripts');
  if (lang === 'painless' && source === END_SCRIPT) return maxEnd(known(params, ['end'], 'params'), hits);
  const form = SCRIPT.exec(String(source))?.[1];
  if (lang !== 'painless' || form === undefined) throw new Refused('script_exception', 'compile error');
  const { time, duration, unit } = known(params, ['time', 'duration', 'unit'], 'params');
  const ends = hits.map((hit) => {
    const kind = kindOf(hit.mappings, String(time));
    if (kind?.startsWith('date') !== form.startsWith('ChronoUnit')) throw new Refused('script_exception', 'runtime error');
    const [start] = valuesOf(hit.mappings, hit.source, String(time)) as bigint[];
    const [length = 0n] = valuesOf(hit.mappings, hit.source, String(duration)) as bigint[];
    const micros = kind === 'date_nanos' ? start! / 1000n : kind === 'date' ? start! * 1000n : start!;
    return Number(micros + length / BigInt(String(unit)));
  });
  return { value: ends.length === 0 ? null : Math.max(...ends) };
}
