// What Jaeger loses of a trace, by the API that reads it. v3 loses nothing of ours; v1 has tags of plain types only.
import { type Loss, notIn } from '../sameTrace.ts';

export const JAEGER_V3_LOSSES: readonly Loss[] = [];

export const JAEGER_V1_LOSSES: readonly Loss[] = [
  {
    what: 'Arrays and maps of attributes are text.',
    paths: /\/attribute\/(?:retrieval\.filter|context\.sections|gen_ai\.response\.finish_reasons|nested)$/,
    becomes: (value) => value.replace(/^(?:map|array):/, 'string:'),
    // Neither of OTLP's words for them.
    absent: (raw) => !/"(?:arrayValue|kvlistValue)"|"type":"(?:array|map|kvlist)"/.test(raw),
  },
  { what: "A link's attributes.", paths: /\/link\/\d+\/attribute\/link\.reason$/, absent: (raw, path, value) => !raw.includes('link.reason') && notIn(raw, path, value) },
];
