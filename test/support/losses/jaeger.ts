// What Jaeger loses of a trace, by the API that reads it: v3 next to nothing of ours; v1 has tags of plain types only.
import { type Loss, notIn, sameJson } from '../sameTrace.ts';

/** Two equal times in one span. */
const TIMELESS = /"startTimeUnixNano":\s*"(\d+)",\s*"endTimeUnixNano":\s*"\1"/;

export const JAEGER_V3_LOSSES: readonly Loss[] = [
  { what: 'A span that took no time or has not ended takes 1 ns.', only: 'second', paths: /(?:06|08)\/(?:duration|unfinished)$/, becomes: (value) => (value === 'true' ? '' : '1'), absent: (raw) => !TIMELESS.test(raw) && !/"endTimeUnixNano":\s*"0"/.test(raw) },
];

const wholeUs = (value: string): string => value.replace(/\d+$/, (ns) => String(Math.floor(Number(ns) / 1000) * 1000));
export const JAEGER_V1_LOSSES: readonly Loss[] = [
  {
    what: 'Arrays and maps of attributes are text.',
    paths: /\/(?:attribute|resource)\//,
    // Keys of maps are sorted.
    becomes: (value, _path, there) => (/^(?:map|array):/.test(value) && there.startsWith('string:') && sameJson(value, there) ? there : undefined),
    // Neither of OTLP's words for them.
    absent: (raw) => !/"(?:arrayValue|kvlistValue)"|"type":"(?:array|map|kvlist)"/.test(raw),
  },
  { what: "A link's attributes and state.", paths: /\/link\/\d+\/(?:attribute\/link\..*|state)$/, becomes: () => '', absent: (raw, path, value) => !raw.includes(path.split('/attribute/')[1] ?? value) },
  { what: 'Attributes of scopes.', only: 'second', paths: /\/scope\/attribute\//, absent: notIn },
  { what: 'Times are whole µs.', only: 'second', paths: /\/(?:start|duration|event\/exception)$/, becomes: wholeUs, absent: (raw) => !/"(?:startTime|duration|timestamp)":\s*(?:\d*\.|\d{17})/.test(raw) },
  { what: 'That a span has not ended: it took no time.', only: 'second', paths: /\/unfinished$/, absent: (raw) => !/"(?:unfinished|incomplete|inProgress)"/i.test(raw) },
  { what: 'Counts of what was dropped.', only: 'second', paths: /\/dropped$/, absent: (raw) => !/dropped/i.test(raw) },
];
