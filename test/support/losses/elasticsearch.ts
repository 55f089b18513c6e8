// What documents in Elasticsearch and OpenSearch lose of a trace, by who wrote them. `raw` is the documents as they lie there.
import type { ElasticVariant } from '../../live/send/elasticDocuments.ts';
import { asText, isTextIn, notIn, sameJson, WHOLE_DOUBLE, type Loss } from '../sameTrace.ts';

/** Of span and resource, however the dots of the key are written: neither a list nor an object stands there. */
const isNoNest = (raw: string, path: string): boolean => {
  const key = path.split(/\/(?:attribute|resource)\//).at(-1)!.replaceAll('.', '[.@]');
  return !new RegExp(`"(?:\\w+\\.attributes\\.)?${key}"(?:,"type":"\\w+","value")?:[[{]`).test(raw);
};
const nestsAre = (what: string, same: (there: string) => string): Loss => ({
  what, paths: /\/(?:attribute|resource)\//,
  // Keys of maps are in another order.
  becomes: (value, _path, there) => (/^(?:map|array):/.test(value) && there.startsWith('string:') && sameJson(value, same(there)) ? there : undefined),
  absent: isNoNest,
});
const isDropped = (raw: string, path: string): boolean => !raw.includes(path.split('/')[0]!);
const wholeUs = (value: string): string => value.replace(/\d+$/, (ns) => String(BigInt(ns) / 1000n * 1000n));

const NOT_ENDED: Loss = { what: 'A span that has not ended is refused by the index: its negative duration is written without a sign.', only: 'second', paths: /^\w{14}08\//, absent: isDropped };
const JAEGER_LOSSES: readonly Loss[] = [
  NOT_ENDED,
  nestsAre('Lists and maps of attributes are text.', (there) => there),
  { what: "A link's attributes and state are not kept.", paths: /\/link\/\d+\/(?:attribute\/link\..*|state)$/, becomes: () => '', absent: (raw, path, value) => !raw.includes(path.split('/attribute/')[1] ?? value) },
  { what: 'Attributes of scopes are not kept.', only: 'second', paths: /\/scope\/attribute\//, absent: notIn },
  { what: 'Times are whole µs.', only: 'second', paths: /\/(?:start|duration|event\/exception)$/, becomes: wholeUs, absent: (raw) => !/"(?:startTime|duration|timestamp)":(?:\d*\.|\d{17})/.test(raw) },
  { what: 'Counts of what was dropped are not kept.', only: 'second', paths: /\/dropped$/, absent: (raw) => !/dropped/i.test(raw) },
];

const BYTES = /\/attribute\/(?:raw|partition\.state)$/;
const typesNoBytes = (raw: string): boolean => !/bytesValue|"type":"binary"/.test(raw);

/** The whole request is, really. */
const BYTES_REFUSED: readonly Loss[] = [
  { what: 'Spans with bytes among their attributes are refused by Data Prepper.', only: 'first', paths: /^\w{12}000e\//, absent: isDropped },
  { what: 'Spans with bytes among their attributes are refused by Data Prepper.', only: 'second', paths: /^\w{14}0a\//, absent: isDropped },
];

export const ELASTICSEARCH_LOSSES: Readonly<Record<ElasticVariant, readonly Loss[]>> = {
  jaeger: JAEGER_LOSSES,
  jaegerFields: [...JAEGER_LOSSES, WHOLE_DOUBLE],
  otel: [NOT_ENDED, { what: 'Bytes are hex text.', paths: BYTES, becomes: (value) => `string:${Buffer.from(value.replace('bytes:', ''), 'base64').toString('hex')}`, absent: typesNoBytes }],
  dataPrepper: [...BYTES_REFUSED, nestsAre('Lists and maps of attributes are text, and text in that text within each other.', unpacked)],
  dataPrepperStandard: BYTES_REFUSED,
  ss4o: [
    { what: 'Bytes are base64 text.', paths: BYTES, becomes: asText, absent: typesNoBytes },
    { what: 'Keys of maps are sorted.', only: 'second', paths: /\/attribute\//, becomes: (value, _path, there) => (/^(?:map|array):/.test(value) && sameJson(value, there) ? there : undefined), absent: (raw, _path, value) => !raw.includes(value.replace(/^[a-z]+:/, '')) },
    { what: 'Attributes of resources are text.', only: 'second', paths: /\/resource\//, becomes: asText, absent: isTextIn },
    WHOLE_DOUBLE,
  ],
};

/** Text within that is JSON, as what it says. */
function unpacked(fact: string): string {
  const open = (value: unknown): unknown => {
    if (typeof value === 'string') return /^[[{]/.test(value) ? open(JSON.parse(value)) : value;
    if (Array.isArray(value)) return value.map(open);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, open(inner)])) : value;
  };
  return JSON.stringify(open(fact.replace(/^[a-z]+:/, '')));
}
