// What ClickHouse's tables lose of a trace, by whose table it is. `raw` is the trace's rows as FORMAT JSONEachRow.
import { asText, isTextIn, notIn, sameJson, WHOLE_DOUBLE, type Loss } from '../sameTrace.ts';

const DROPPED: Loss = { what: 'Counts of what was dropped.', only: 'second', paths: /\/dropped$/, absent: (raw) => !/dropped/i.test(raw) };

const EXPORTER_LOSSES: readonly Loss[] = [DROPPED, { what: 'Attributes of scopes.', only: 'second', paths: /\/scope\/attribute\//, absent: notIn }];

const TEXT_LOSSES: readonly Loss[] = [
  ...EXPORTER_LOSSES,
  // Every value of the key stands in quotes, in every map.
  { what: "Attributes are text: the exporter's Map columns keep no types.", paths: /\/(?:attribute|resource)\//, becomes: asText, absent: isTextIn },
];

const JSON_LOSSES: readonly Loss[] = [
  ...EXPORTER_LOSSES,
  { what: 'A map without entries in a JSON column: only its key is there.', only: 'first', paths: /\/attribute\/retrieval\.filter$/, becomes: () => 'empty:', absent: (raw) => !raw.includes('"filter":') },
  { what: 'Bytes are text in JSON columns.', paths: /\/attribute\/(?:raw|partition\.state)$/, becomes: asText, absent: (raw) => !raw.includes('"bytesValue"') },
  { what: 'true beside numbers in one list is 1 in a JSON column.', only: 'first', paths: /\/attribute\/nested$/, becomes: (value) => value.replace('[true,2.5]', '[1,2.5]'), absent: (raw) => !/\[\s*true\s*,\s*2\.5\s*\]/.test(raw) },
  { what: 'Keys of maps are sorted in a JSON column.', only: 'second', paths: /\/attribute\/tool\.arguments$/, becomes: (value, _path, there) => (sameJson(value, there) ? there : undefined), absent: (raw) => !/"dish":[^,]*,\s*"count"/.test(raw) },
  WHOLE_DOUBLE,
];

export const CLICKHOUSE_LOSSES: Readonly<Record<'exporter' | 'oldExporter' | 'jsonExporter' | 'jaeger', readonly Loss[]>> = { exporter: TEXT_LOSSES, oldExporter: TEXT_LOSSES, jsonExporter: JSON_LOSSES, jaeger: [DROPPED] };
