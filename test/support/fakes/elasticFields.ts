// Fields of documents as Elasticsearch indexes them: types by the mappings of each writer's template (jaeger index_templates/jaeger-span.json,
// data-prepper otel-v1-apm-span-index-{,standard-}template.json, Elasticsearch's traces-otel@mappings), values as those types hold them.
import type { ElasticVariant } from '../../live/send/elasticDocuments.ts';
import { isObject } from '../../../src/formats/jsonFields.ts';

export type FieldKind = 'keyword' | 'text' | 'long' | 'integer' | 'date' | 'date_nanos' | 'nested';
export type Mappings = Readonly<Record<string, FieldKind>>;
export type Source = Readonly<Record<string, unknown>>;

const keywords = (...fields: readonly string[]): Mappings => Object.fromEntries(fields.map((field) => [field, 'keyword' as const]));
const tagList = (path: string): Mappings => ({ [path]: 'nested', ...keywords(`${path}.key`, `${path}.value`, `${path}.type`) });

const JAEGER: Mappings = {
  ...keywords('traceID', 'spanID', 'parentSpanID', 'operationName', 'process.serviceName', 'tag.*', 'process.tag.*'), startTime: 'long', startTimeMillis: 'date', duration: 'long', flags: 'integer',
  ...tagList('tags'), ...tagList('process.tags'), references: 'nested', ...keywords('references.refType', 'references.traceID', 'references.spanID'), logs: 'nested', 'logs.timestamp': 'long', ...tagList('logs.fields'),
};
const OTEL: Mappings = { '@timestamp': 'date_nanos', duration: 'long', ...keywords('trace_id', 'span_id', 'parent_span_id', 'name', 'kind', 'event_name', 'status.code', 'status.message', 'attributes.*', 'resource.attributes.*', 'scope.name') };
const PREPPER: Mappings = {
  ...keywords('traceId', 'spanId', 'parentSpanId', 'name', 'kind', 'serviceName', 'traceGroup', 'resource.attributes.*', 'span.attributes.*', 'attributes.*', 'status.message'),
  startTime: 'date_nanos', endTime: 'date_nanos', durationInNanos: 'long', 'status.code': 'integer', events: 'nested', links: 'nested',
};
/** Nobody made a template: text with a keyword beside it, dates by their look. */
const DYNAMIC: Mappings = Object.fromEntries([
  ...['traceId', 'spanId', 'parentSpanId', 'name', 'kind', 'status.code', 'resource.service.name'].flatMap((field) => [[field, 'text'], [`${field}.keyword`, 'keyword']] as const), ['attributes.*', 'text'] as const, ['startTime', 'date'] as const, ['endTime', 'date'] as const, ['@timestamp', 'date'] as const,
]);

export const ELASTIC_MAPPINGS: Readonly<Record<ElasticVariant, Mappings>> = { jaeger: JAEGER, jaegerFields: JAEGER, otel: OTEL, dataPrepper: PREPPER, dataPrepperStandard: PREPPER, ss4o: DYNAMIC };

export function kindOf(mappings: Mappings, field: string): FieldKind | undefined {
  const own = mappings[field];
  if (own !== undefined) return own;
  const template = Object.keys(mappings).find((pattern) => pattern.endsWith('.*') && field.startsWith(pattern.slice(0, -1)));
  return template === undefined ? undefined : mappings[template];
}

const MAX_LONG = (1n << 63n) - 1n;

export const fits = (mappings: Mappings, source: Source): boolean =>
  Object.entries(mappings).every(([field, kind]) => kind !== 'long' || rawValues(mappings, source, field).every((value) => typeof value !== 'bigint' || value <= MAX_LONG));

/** Raw values under a path; objects of a nested field are documents of their own, seen only from within (`inside`). */
function rawValues(mappings: Mappings, source: unknown, field: string, inside?: string): readonly unknown[] {
  const path = field.endsWith('.keyword') ? field.slice(0, -'.keyword'.length) : field;
  const found: unknown[] = [];
  const walk = (value: unknown, rest: readonly string[], at: string): void => {
    if (Array.isArray(value)) return value.forEach((item) => walk(item, rest, at));
    if (rest.length === 0) return void (value === undefined || value === null || isObject(value) ? undefined : found.push(value));
    if (!isObject(value)) return undefined;
    for (let k = 1; k <= rest.length; k++) {
      const key = rest.slice(0, k).join('.');
      const next = at === '' ? key : `${at}.${key}`;
      if (Object.hasOwn(value, key) && (kindOf(mappings, next) !== 'nested' || next === inside)) walk(value[key], rest.slice(k), next);
    }
    return undefined;
  };
  walk(source, path.split('.'), '');
  return found;
}

export type FieldValue = string | bigint;

/** As it is compared: text, whole numbers, dates in ms, date_nanos in ns. undefined: what does not fit is not indexed. */
export function indexed(kind: FieldKind, value: unknown): FieldValue | undefined {
  switch (kind) {
    case 'keyword':
    case 'text':
      return String(value);
    case 'long':
    case 'integer':
      return /^-?\d+$/.test(String(value)) ? BigInt(String(value)) : undefined;
    case 'date':
    case 'date_nanos': {
      const ns = instant(value);
      return ns === undefined ? undefined : kind === 'date' ? ns / 1_000_000n : ns;
    }
    case 'nested':
      return undefined;
  }
}

export function valuesOf(mappings: Mappings, source: unknown, field: string, inside?: string): readonly FieldValue[] {
  const kind = kindOf(mappings, field);
  return kind === undefined ? [] : rawValues(mappings, source, field, inside).map((value) => indexed(kind, value)).filter((value) => value !== undefined);
}

/** strict_date_optional_time_nanos||epoch_millis: what is behind the point of milliseconds is a fraction of them. Epoch ns. */
export function instant(value: unknown): bigint | undefined {
  const epoch = /^(\d+)(?:\.(\d+))?$/.exec(String(value));
  if (epoch !== null) return BigInt(epoch[1]!) * 1_000_000n + BigInt((epoch[2] ?? '').padEnd(6, '0').slice(0, 6));
  const iso = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(String(value));
  return iso === null ? undefined : BigInt(Date.parse(`${iso[1]!}Z`)) * 1_000_000n + BigInt((iso[2] ?? '').padEnd(9, '0'));
}
