// What Phoenix loses of a trace that was sent by OTLP (recorded 6).
import { notIn, type Loss } from '../sameTrace.ts';

const isDropped = (raw: string, path: string): boolean => !raw.includes(`"span_id":"${path.split('/')[0]!}"`);

const nanos = (fact: string): number => Number(/\d+$/.exec(fact)?.[0]);
/** As far as the doubles show, in which it writes them. */
const isWholeUs = (ns: bigint): boolean => ns % 1000n <= 256n || ns % 1000n >= 744n;

/** `kind`: of every span; its OTLP says INTERNAL, its own JSON nothing. */
const losses = (kind: '0' | '1'): readonly Loss[] => [
  { what: 'Spans with bytes among their attributes are dropped.', only: 'first', paths: /^\w{12}000e\//, absent: isDropped },
  { what: 'Spans with bytes among their attributes are dropped.', only: 'second', paths: /^\w{14}0a\//, absent: isDropped },
  { what: 'Services and resources are not kept.', paths: /\/(service|resource\/.*)$/, becomes: () => '', absent: (raw) => !/"(?:resource|service\.name|service\.version|telemetry\.sdk\.language)"/.test(raw) },
  { what: 'Span kinds are not kept.', paths: /\/kind$/, becomes: () => kind, absent: (raw) => !/SPAN_KIND_(SERVER|CLIENT|PRODUCER|CONSUMER)/.test(raw) },
  { what: 'Scopes and trace states are not kept.', paths: /\/(?:scope(?:\/attribute\/.*)?|state)$/, becomes: () => '', absent: notIn },
  { what: 'Links are not kept.', paths: /\/link\//, absent: (raw, _path, value) => value.replace(/^[a-z]+:/, '').split(' ').every((word) => !raw.includes(`"${word}"`)) },
  { what: 'Empty maps are dropped.', only: 'first', paths: /\/attribute\/retrieval\.filter$/, absent: (raw) => !raw.includes('retrieval.filter') },
  { what: 'Entries of a map are attributes of their own, by dotted keys.', only: 'second', paths: /\/attribute\/tool\.arguments$/, absent: (raw) => raw.includes('"tool.arguments.dish"') && !raw.includes('"tool.arguments"') },
  { what: 'Lists within lists are text.', only: 'second', paths: /\/attribute\/tool\.matrix$/, becomes: () => 'array:["[1, 2]","[3]"]', absent: (raw) => raw.includes('"[1, 2]"') },
  { what: 'Times are whole µs.', only: 'second', paths: /\/(?:start|duration|event\/exception)$/, becomes: (value, _path, there) => (nanos(there) % 1000 === 0 && Math.abs(nanos(value) - nanos(there)) < 1000 ? there : undefined), absent: (raw) => [...raw.matchAll(/_nano":\s*(\d{19})/g)].every(([, ns]) => isWholeUs(BigInt(ns!))) },
  { what: 'Counts of what was dropped are not kept.', only: 'second', paths: /\/dropped$/, absent: (raw) => !/"dropped_\w+_count":\s*[1-9]/.test(raw) },
];

export const PHOENIX_LOSSES = losses('1');
/** Of its own JSON of spans. */
export const PHOENIX_JSON_LOSSES = losses('0');
/** Of its list of traces, which names their spans. */
export const PHOENIX_LIST_LOSSES: readonly Loss[] = [
  ...PHOENIX_JSON_LOSSES.filter(({ what }) => !/^(?:Links|Empty maps)/.test(what)),
  { what: 'Attributes, events and links of spans are not listed.', paths: /\/(?:attribute|event|link)\//, absent: (raw) => !/"(?:attributes|events|links)"/.test(raw) },
  { what: 'Status messages are not listed.', paths: /\/message$/, becomes: () => '', absent: notIn },
];
