// What ClickHouse's tables lose of a trace, by whose table it is.
import type { Loss } from '../sameTrace.ts';

export const CLICKHOUSE_LOSSES: Readonly<Record<'exporter' | 'oldExporter' | 'jsonExporter' | 'jaeger', readonly Loss[]>> = { exporter: [], oldExporter: [], jsonExporter: [], jaeger: [] };
