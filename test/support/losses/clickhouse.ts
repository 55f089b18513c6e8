// What ClickHouse's tables lose of a trace, by whose table it is. `raw` is the trace's rows as FORMAT JSONEachRow.
import { asText, isTextIn, type Loss } from '../sameTrace.ts';

const TEXT: Loss = {
  what: "Attributes are text: the exporter's Map columns keep no types.",
  paths: /\/(?:attribute|resource)\//,
  becomes: asText,
  absent: isTextIn,
};

const JSON_LOSSES: readonly Loss[] = [
  { what: 'A map without entries in a JSON column: only its key is there.', paths: /\/attribute\/retrieval\.filter$/, becomes: () => 'empty:', absent: (raw) => !raw.includes('"filter":') },
  { what: 'Bytes are text in JSON columns.', paths: /\/attribute\/raw$/, becomes: (value) => value.replace(/^bytes:/, 'string:'), absent: (raw) => !raw.includes('"bytesValue"') },
  { what: 'true beside numbers in one list is 1 in a JSON column.', paths: /\/attribute\/nested$/, becomes: (value) => value.replace('[true,2.5]', '[1,2.5]'), absent: (raw) => !/\[\s*true\s*,\s*2\.5\s*\]/.test(raw) },
];

export const CLICKHOUSE_LOSSES: Readonly<Record<'exporter' | 'oldExporter' | 'jsonExporter' | 'jaeger', readonly Loss[]>> = { exporter: [TEXT], oldExporter: [TEXT], jsonExporter: JSON_LOSSES, jaeger: [] };
