// Makes ClickHouse's trace tables and fills them from OTLP, over its own HTTP interface. Each variant is a database of its own.
import { clickhouseRows } from './clickhouseRows.ts';
import { CLICKHOUSE_DATABASES, CLICKHOUSE_TABLES, clickhouseTables, type ClickHouseVariant } from './clickhouseSchema.ts';
import { json } from './attributes.ts';
import type { OtlpDocument } from './otlpTypes.ts';

export const CLICKHOUSE_VARIANTS = Object.keys(CLICKHOUSE_DATABASES) as readonly ClickHouseVariant[];

/** Answers the body; rejects with what the engine said. */
export async function clickhouse(url: string, sql: string, settings: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${url}/?${new URLSearchParams(settings)}`, { method: 'POST', body: sql, signal });
  const said = await response.text();
  if (!response.ok) throw new Error(`ClickHouse answered ${response.status}: ${said.slice(0, 1000)}`);
  return said;
}

/** The same trace into the variant's table; its database and tables are made when they are not there. */
export async function sendClickHouse(url: string, variant: ClickHouseVariant, document: OtlpDocument, signal: AbortSignal): Promise<void> {
  const database = CLICKHOUSE_DATABASES[variant];
  const table = CLICKHOUSE_TABLES[variant];
  const known = await clickhouse(url, 'SELECT count() FROM system.tables WHERE database = {database:String} AND name = {table:String}', { param_database: database, param_table: table }, signal);
  if (known.trim() === '0') for (const sql of clickhouseTables(variant)) await clickhouse(url, sql, {}, signal);
  const rows = clickhouseRows(variant, document).map(json).join('\n');
  // Jaeger's attributes of events and links are tuples.
  await clickhouse(url, `INSERT INTO ${database}.${table} FORMAT JSONEachRow\n${rows}`, { input_format_json_named_tuples_as_objects: '0', date_time_input_format: 'best_effort' }, signal);
}
