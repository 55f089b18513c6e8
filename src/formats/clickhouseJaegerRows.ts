// A row of Jaeger's own ClickHouse table `spans` (jaeger internal/storage/v2/clickhouse): attributes apart by type, those that are nested
// or binary under a marked key. Owns Jaeger's columns there.
import type { Attribute, AttributeValue } from '../model/attributes.ts';
import { nanos, type RowWarn, timesOf, zipped } from './clickhouseRow.ts';
import type { ForeignSpan } from './foreignSpans.ts';
import { attributesOf } from './jsonAnyValue.ts';
import { type Exactness, int64, isObject, items, type JsonObject, text } from './jsonFields.ts';
import { JsonTextError, parseJson } from './jsonText.ts';
import { codeNamed, kindNamed } from './otelTags.ts';
import { plainValue } from './plainValue.ts';

export const isJaegerRow = (value: unknown): value is JsonObject => isObject(value) && 'trace_id' in value && 'id' in value && 'start_time' in value && 'service_name' in value;

const TYPES = ['bool', 'double', 'int', 'str', 'complex'] as const;
type Type = (typeof TYPES)[number];

export function jaegerRowSpan(row: JsonObject, exactness: Exactness, warn: RowWarn): ForeignSpan {
  const values = new JaegerValues(exactness, warn);
  const { start, end } = timesOf(row['start_time_ns'] ?? row['start_time'], row['duration'], exactness, warn);
  const service = text(row['service_name']);
  const resource = values.columns(row, 'resource_');
  return {
    ids: { trace: text(row['trace_id']), span: text(row['id']), parent: text(row['parent_span_id']) },
    start,
    end,
    resource: service === '' || resource.some(({ key }) => key === 'service.name') ? resource : [{ key: 'service.name', value: service }, ...resource],
    scope: { name: text(row['scope_name']), version: text(row['scope_version']), attributes: values.columns(row, 'scope_') },
    traceState: text(row['trace_state']),
    name: text(row['name']),
    kind: kindNamed(text(row['kind'])),
    statusCode: codeNamed(text(row['status_code'])),
    statusMessage: text(row['status_message']),
    attributes: values.columns(row, ''),
    events: zipped(row['events_timestamp_ns'] ?? row['events.timestamp'], row['events.name'], ...TYPES.map((type) => row[`events.${type}_attributes`])).map(([time, name, ...lists]) => ({
      timeUnixNano: nanos(time, exactness) ?? 0n,
      name: text(name),
      attributes: values.tuples(lists),
    })),
    links: zipped(row['links.trace_id'], row['links.span_id'], row['links.trace_state'], ...TYPES.map((type) => row[`links.${type}_attributes`])).map(([trace, span, state, ...lists]) => ({
      trace: text(trace),
      span: text(span),
      traceState: text(state),
      attributes: values.tuples(lists),
    })),
  };
}

class JaegerValues {
  readonly #exactness: Exactness;
  readonly #warn: RowWarn;

  constructor(exactness: Exactness, warn: RowWarn) {
    this.#exactness = exactness;
    this.#warn = warn;
  }

  /** Two columns a type. */
  columns(row: JsonObject, prefix: string): Attribute[] {
    return TYPES.flatMap((type) => zipped(row[`${prefix}${type}_attributes.key`], row[`${prefix}${type}_attributes.value`]).map(([key, value]) => this.#attribute(type, text(key), value)));
  }

  /** A list of (key, value) a type. */
  tuples(lists: readonly unknown[]): Attribute[] {
    return TYPES.flatMap((type, k) => items(lists[k]).map((tuple) => (isObject(tuple) ? this.#attribute(type, text(tuple['key']), tuple['value']) : this.#attribute(type, text(items(tuple)[0]), items(tuple)[1]))));
  }

  #attribute(type: Type, key: string, value: unknown): Attribute {
    switch (type) {
      case 'bool':
        return { key, value: value === true || value === 'true' || value === 1 };
      case 'int':
        return { key, value: int64(value, this.#exactness) ?? plainValue(value) };
      case 'double':
        // NaN and infinities are null in JSON.
        return { key, value: typeof value === 'number' ? value : Number(text(value) || 'NaN') };
      case 'str':
        return { key, value: text(value) };
      case 'complex':
        return this.#complex(key, text(value));
    }
  }

  #complex(marked: string, value: string): Attribute {
    const match = /^@(bytes|slice|map)@(.*)$/s.exec(marked);
    if (match === null) return { key: marked, value };
    const key = match[2]!;
    return { key, value: match[1] === 'bytes' ? new Uint8Array(Buffer.from(value, 'base64')) : this.#json(key, value) };
  }

  /** As OTLP/JSON writes an AnyValue. */
  #json(key: string, value: string): AttributeValue {
    try {
      const parsed = parseJson(value);
      if (isObject(parsed) && ['arrayValue', 'kvlistValue'].some((name) => name in parsed)) return attributesOf([{ key, value: parsed }], this.#exactness, this.#warn)[0]?.value;
      return plainValue(parsed);
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      this.#warn(`the attribute ${JSON.stringify(key.slice(0, 60))} is no JSON and is shown as it is stored.`);
      return value;
    }
  }
}
