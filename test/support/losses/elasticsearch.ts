// What documents in Elasticsearch and OpenSearch lose of a trace, by who wrote them. `raw` is the documents as they lie there.
import type { ElasticVariant } from '../../live/send/elasticDocuments.ts';
import { notIn, type Loss } from '../sameTrace.ts';

const NESTED_AS_TEXT: Loss = {
  what: 'Lists and maps of attributes are text.',
  paths: /\/attribute\/(?:retrieval\.filter|context\.sections|gen_ai\.response\.finish_reasons|nested)$/,
  becomes: (value) => value.replace(/^(?:map|array):/, 'string:'),
  // Every value of theirs stands in quotes.
  absent: (raw) => !/"(?:sections|context[.@]sections|retrieval[.@]filter|nested)":[[{]/.test(raw),
};
const LINK_ATTRIBUTES: Loss = { what: "A link's attributes are not kept.", paths: /\/link\/\d+\/attribute\/link\.reason$/, absent: (raw, path, value) => !raw.includes('link.reason') && notIn(raw, path, value) };
const BYTES_AS_HEX: Loss = { what: 'Bytes are hex text.', paths: /\/attribute\/raw$/, becomes: (value) => `string:${Buffer.from(value.replace('bytes:', ''), 'base64').toString('hex')}`, absent: (raw) => !/bytesValue|"type":"binary"/.test(raw) };
/** Really the whole span is refused on the way there. */
const BYTES_AS_TEXT: Loss = { what: 'Bytes are text.', paths: /\/attribute\/raw$/, becomes: (value) => value.replace('bytes:', 'string:'), absent: (raw) => !/bytesValue|"type":"binary"/.test(raw) };

export const ELASTICSEARCH_LOSSES: Readonly<Record<ElasticVariant, readonly Loss[]>> = {
  jaeger: [NESTED_AS_TEXT, LINK_ATTRIBUTES],
  jaegerFields: [NESTED_AS_TEXT, LINK_ATTRIBUTES],
  otel: [BYTES_AS_HEX],
  dataPrepper: [NESTED_AS_TEXT, BYTES_AS_TEXT],
  dataPrepperStandard: [BYTES_AS_TEXT],
  ss4o: [BYTES_AS_HEX],
};
