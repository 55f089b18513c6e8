// The part of the query language that we use, as its documentation describes it, and nothing else: what is not known, not allowed together or
// of the wrong type for a field is refused with the error that Elasticsearch answers. Clauses of nested fields see nested documents only.
import { isObject } from '../../../src/formats/jsonFields.ts';
import { indexed, instant, kindOf, valuesOf, type FieldValue, type Mappings, type Source } from './elasticFields.ts';

export class Refused extends Error {
  readonly type: string;
  readonly status: number;
  constructor(type: string, reason: string, status = 400) {
    super(reason);
    this.type = type;
    this.status = status;
  }
}

export interface Hit {
  readonly index: string;
  readonly id: string;
  readonly mappings: Mappings;
  /** To be shown; `source` is to be searched. */
  readonly kept: unknown;
  readonly source: Source;
}

export type Test = (hit: Hit, source?: unknown, inside?: string) => boolean;

/** The only key and its value. */
function only(clause: unknown): readonly [name: string, body: unknown] {
  const entries = isObject(clause) ? Object.entries(clause) : [];
  if (entries.length !== 1) throw new Refused('parsing_exception', `[${JSON.stringify(clause)}] malformed query, expected [END_OBJECT]`);
  return entries[0]!;
}

export function known(object: unknown, allowed: readonly string[], what: string): Source {
  if (!isObject(object)) throw new Refused('parsing_exception', `[${what}] is no object`);
  const odd = Object.keys(object).find((key) => !allowed.includes(key));
  if (odd !== undefined) throw new Refused('parsing_exception', `unknown key [${odd}] for [${what}]`);
  return object;
}

const list = (value: unknown): readonly unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

export function testOf(clause: unknown): Test {
  const [name, body] = only(clause);
  switch (name) {
    case 'bool': {
      const { filter, must_not: mustNot, should, minimum_should_match: least } = known(body, ['filter', 'must_not', 'should', 'minimum_should_match'], 'bool');
      const [all, none, some] = [list(filter).map(testOf), list(mustNot).map(testOf), list(should).map(testOf)];
      const needed = least === undefined ? (some.length > 0 && all.length === 0 ? 1 : 0) : Number(least);
      return (...at) => all.every((test) => test(...at)) && !none.some((test) => test(...at)) && some.filter((test) => test(...at)).length >= needed;
    }
    case 'term':
    case 'match': {
      const [field, given] = only(body);
      const options = isObject(given) ? known(given, name === 'term' ? ['value'] : ['query', 'operator', 'lenient'], name) : { query: given };
      return fieldTest(field, [options['value'] ?? options['query']], options['lenient'] === true, name === 'match');
    }
    case 'terms': {
      const [field, given] = only(body);
      if (!Array.isArray(given)) throw new Refused('parsing_exception', '[terms] query requires an array of terms');
      if (given.length > 65_536) throw new Refused('illegal_argument_exception', `The number of terms [${given.length}] used in the Terms Query request has exceeded the allowed maximum of [65536]`);
      return fieldTest(field, given, false, false);
    }
    case 'exists': {
      const { field } = known(body, ['field'], 'exists');
      return (hit, source = hit.source, inside) => valuesOf(hit.mappings, source, String(field), inside).length > 0;
    }
    case 'range':
      return rangeTest(body);
    case 'nested': {
      const { path, query, ignore_unmapped: lenient } = known(body, ['path', 'query', 'ignore_unmapped'], 'nested');
      const test = testOf(query);
      return (hit) => {
        if (kindOf(hit.mappings, String(path)) !== 'nested') {
          if (lenient === true) return false;
          throw new Refused('query_shard_exception', `[nested] failed to find nested object under path [${String(path)}]`);
        }
        const parts = String(path).split('.');
        const objects = parts.reduce<readonly unknown[]>((at, part) => at.flatMap((one) => list(isObject(one) ? one[part] : undefined)), [hit.source]);
        return objects.some((object) => test(hit, parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), object), String(path)));
      };
    }
    default:
      throw new Refused('parsing_exception', `unknown query [${name}]`);
  }
}

function fieldTest(field: string, wanted: readonly unknown[], lenient: boolean, analysed: boolean): Test {
  if (field === '') throw new Refused('illegal_argument_exception', 'field name is null or empty');
  return (hit, source = hit.source, inside) => {
    const kind = kindOf(hit.mappings, field);
    if (kind === undefined) return false;
    const values = wanted.map((value) => {
      const own = indexed(kind, value);
      if (own === undefined && !lenient) throw new Refused('query_shard_exception', `failed to create query: For input string: "${String(value)}"`);
      return own;
    });
    const words = (value: FieldValue | undefined): FieldValue | undefined => (kind === 'text' && typeof value === 'string' ? value.toLowerCase() : value);
    return valuesOf(hit.mappings, source, field, inside).some((value) => values.some((one) => one !== undefined && (kind === 'text' ? analysed && words(value) === words(one) : value === one)));
  };
}

function rangeTest(body: unknown): Test {
  const [field, given] = only(body);
  const { gte, lte, format } = known(given, ['gte', 'lte', 'format'], 'range');
  return (hit, source = hit.source, inside) => {
    const kind = kindOf(hit.mappings, field);
    if (kind === undefined) return false;
    const isDate = kind === 'date' || kind === 'date_nanos';
    if (format !== undefined && (format !== 'epoch_millis' || !isDate)) throw new Refused('query_shard_exception', `Field [${field}] of type [${kind}] does not support custom formats`);
    // The upper bound of a coarse date covers all of what it rounds to.
    const bound = (value: unknown, up: bigint): bigint => (isDate ? ((instant(value) ?? 0n) + (kind === 'date_nanos' ? up : 0n)) / (kind === 'date' ? 1_000_000n : 1n) : BigInt(String(value)));
    return valuesOf(hit.mappings, source, field, inside).some((value) => typeof value === 'bigint' && (gte === undefined || value >= bound(gte, 0n)) && (lte === undefined || value <= bound(lte, 999_999n)));
  };
}

export interface SortKey {
  readonly field: string;
  readonly descending: boolean;
  readonly valueOf: (hit: Hit) => FieldValue;
}

export function sortKeys(sort: unknown): readonly SortKey[] {
  return list(sort).map((one) => {
    const [field, given] = only(one);
    const { order, unmapped_type: unmapped, numeric_type: numeric } = known(given, ['order', 'unmapped_type', 'numeric_type'], 'field_sort');
    if (order !== 'asc' && order !== 'desc') throw new Refused('illegal_argument_exception', `Unknown SortOrder [${String(order)}]`);
    return {
      field,
      descending: order === 'desc',
      valueOf: (hit: Hit) => {
        const kind = kindOf(hit.mappings, field);
        if (kind === undefined && unmapped === undefined) throw new Refused('query_shard_exception', `No mapping found for [${field}] in order to sort on`);
        if (kind === 'text') throw new Refused('illegal_argument_exception', `Fielddata is disabled on [${field}]`);
        if (numeric !== undefined && (numeric !== 'date_nanos' || (kind !== undefined && !kind.startsWith('date')))) throw new Refused('illegal_argument_exception', `[numeric_type] option cannot be set on a ${kind} field`);
        const [value] = valuesOf(hit.mappings, hit.source, field);
        if (value === undefined) return kind === 'keyword' ? '' : (1n << 63n) - 1n;
        return numeric === 'date_nanos' && kind === 'date' ? (value as bigint) * 1_000_000n : value;
      },
    };
  });
}

/** Also by what `search_after` says. */
export function compared(keys: readonly SortKey[], a: readonly unknown[], b: readonly unknown[]): number {
  for (const [k, { descending }] of keys.entries()) {
    const [left, right] = [a[k], b[k]].map((value) => (typeof value === 'number' ? BigInt(value) : value)) as [FieldValue, FieldValue];
    if (left !== right) return left < right === descending ? 1 : -1;
  }
  return 0;
}
