// The tables in which ClickHouse holds traces, one variant a database: the collector's exporter as it is now, as it was before its
// enums changed their spelling (2024-08), with JSON columns, and Jaeger's own. Column names and types are theirs, since a reader must
// find them; codecs and most indices are left out. From collector-contrib exporter/clickhouseexporter/internal/sqltemplates and
// jaeger internal/storage/v2/clickhouse/sql.

export const CLICKHOUSE_DATABASES = {
  /** Map columns, `Server` and `Error`. */
  exporter: 'otel',
  /** Map columns, `SPAN_KIND_SERVER` and `STATUS_CODE_ERROR`, durations signed, scopes as attributes, no lookup table. */
  oldExporter: 'otel_old',
  /** JSON columns with arrays of their keys; the table has another name, as it can be configured. */
  jsonExporter: 'otel_json',
  /** Jaeger's `spans`. */
  jaeger: 'jaeger',
} as const;

export type ClickHouseVariant = keyof typeof CLICKHOUSE_DATABASES;

const EVENTS = (attributes: string): string => `Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes ${attributes})`;
const LINKS = (attributes: string): string => `Links Nested (TraceId String, SpanId String, TraceState String, Attributes ${attributes})`;
const MAP = 'Map(LowCardinality(String), String)';
const HEAD = `
  Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)), TraceId String, SpanId String, ParentSpanId String, TraceState String,
  SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String)`;
const ENGINE = 'ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))';
const TRACE_ID_INDEX = 'INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1';

function exporterTables(database: string, table: string, columns: string): readonly string[] {
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}`,
    `CREATE TABLE ${database}.${table} (${columns}) ${ENGINE} SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`,
  ];
}

function lookupTable(database: string, table: string): readonly string[] {
  return [
    `CREATE TABLE ${database}.${table}_trace_id_ts (TraceId String, Start DateTime, End DateTime, INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1)
     ENGINE = MergeTree PARTITION BY toDate(Start) ORDER BY (TraceId, Start)`,
    `CREATE MATERIALIZED VIEW ${database}.${table}_trace_id_ts_mv TO ${database}.${table}_trace_id_ts
     AS SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End FROM ${database}.${table} WHERE TraceId != '' GROUP BY TraceId`,
  ];
}

/** bool, double, int, str, complex: Jaeger keeps attributes apart by type. */
export const JAEGER_TYPES = [['bool', 'Bool'], ['double', 'Float64'], ['int', 'Int64'], ['str', 'String'], ['complex', 'String']] as const;

function jaegerTables(database: string): readonly string[] {
  const attributes = (prefix = ''): string => JAEGER_TYPES.map(([name, type]) => `${prefix}${name}_attributes Nested (key String, value ${type})`).join(', ');
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}`,
    `CREATE TABLE ${database}.spans (
       id String, trace_id String, trace_state String, parent_span_id String, name String, kind String, start_time DateTime64(9),
       status_code String, status_message String, duration Int64, ${attributes()},
       events Nested (name String, timestamp DateTime64(9), ${attributes()}),
       links Nested (trace_id String, span_id String, trace_state String, ${attributes()}),
       service_name String, ${attributes('resource_')}, scope_name String, scope_version String, ${attributes('scope_')},
       INDEX idx_trace_id trace_id TYPE bloom_filter GRANULARITY 1, INDEX idx_duration duration TYPE minmax GRANULARITY 1
     ) ENGINE = MergeTree PARTITION BY toDate(start_time) ORDER BY (service_name, name, toDateTime(start_time))`,
    `CREATE TABLE ${database}.services (name String) ENGINE = AggregatingMergeTree ORDER BY (name)`,
    `CREATE MATERIALIZED VIEW ${database}.services_mv TO ${database}.services AS SELECT service_name AS name FROM ${database}.spans GROUP BY service_name`,
    `CREATE TABLE ${database}.operations (service_name String, name String, span_kind String) ENGINE = AggregatingMergeTree ORDER BY (service_name, span_kind)`,
    `CREATE MATERIALIZED VIEW ${database}.operations_mv TO ${database}.operations AS SELECT name, kind AS span_kind, service_name FROM ${database}.spans`,
    `CREATE TABLE ${database}.trace_id_timestamps (trace_id String, start SimpleAggregateFunction(min, DateTime64(9)), end SimpleAggregateFunction(max, DateTime64(9)))
     ENGINE = AggregatingMergeTree ORDER BY (trace_id)`,
    `CREATE MATERIALIZED VIEW ${database}.trace_id_timestamps_mv TO ${database}.trace_id_timestamps
     AS SELECT trace_id, min(start_time) AS start, max(start_time) AS end FROM ${database}.spans GROUP BY trace_id`,
  ];
}

export const CLICKHOUSE_TABLES: Readonly<Record<ClickHouseVariant, string>> = { exporter: 'otel_traces', oldExporter: 'otel_traces', jsonExporter: 'team_traces', jaeger: 'spans' };

export function clickhouseTables(variant: ClickHouseVariant): readonly string[] {
  const database = CLICKHOUSE_DATABASES[variant];
  const table = CLICKHOUSE_TABLES[variant];
  if (variant === 'jaeger') return jaegerTables(database);
  if (variant === 'jsonExporter') {
    const keys = 'ResourceAttributesKeys Array(LowCardinality(String))';
    return [
      ...exporterTables(database, table, `${HEAD}, ResourceAttributes JSON, ${keys}, ScopeName String, ScopeVersion String, SpanAttributes JSON, ${keys.replace('Resource', 'Span')},
        Duration UInt64, StatusCode LowCardinality(String), StatusMessage String, ${EVENTS('JSON')}, ${LINKS('JSON')}, ${TRACE_ID_INDEX}`),
      ...lookupTable(database, table),
    ];
  }
  const isOld = variant === 'oldExporter';
  return [
    ...exporterTables(database, table, `${HEAD}, ResourceAttributes ${MAP}, ${isOld ? '' : 'ScopeName String, ScopeVersion String, '}SpanAttributes ${MAP},
      Duration ${isOld ? 'Int64' : 'UInt64'}, StatusCode LowCardinality(String), StatusMessage String, ${EVENTS(MAP)}, ${LINKS(MAP)}, ${TRACE_ID_INDEX}`),
    ...(isOld ? [] : lookupTable(database, table)),
  ];
}
