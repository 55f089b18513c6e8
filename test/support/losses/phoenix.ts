// What Phoenix loses of a trace that was sent by OTLP (recorded 6).
import { notIn, type Facts, type Loss } from '../sameTrace.ts';

/** `sent`: the trace as it was. `kind`: of every span; its OTLP says INTERNAL, its own JSON nothing. */
export const phoenixLosses = (sent: Facts, kind: '0' | '1' = '1'): readonly Loss[] => [
  // Its database takes attributes as JSON, which has no bytes.
  ...[...sent].filter(([, value]) => value.startsWith('bytes:')).map(([path]) => path.slice(0, 16)).map((id) => (
    { what: 'Spans with bytes among their values are dropped.', paths: new RegExp(`^${id}/`), absent: (raw: string) => !raw.includes(`"span_id":"${id}"`) }
  )),
  { what: 'Services and resources are not kept.', paths: /\/(service|resource\/.*)$/, becomes: () => '', absent: (raw) => !/"(?:resource|service\.name|service\.version|telemetry\.sdk\.language)"/.test(raw) },
  { what: 'Span kinds are not kept.', paths: /\/kind$/, becomes: () => kind, absent: (raw) => !/SPAN_KIND_(SERVER|CLIENT|PRODUCER|CONSUMER)/.test(raw) },
  { what: 'Scopes and trace states are not kept.', paths: /\/(scope|state)$/, becomes: () => '', absent: notIn },
  { what: 'Links are not kept.', paths: /\/link\//, absent: (raw, _path, value) => value.replace(/^[a-z]+:/, '').split(' ').every((word) => !raw.includes(`"${word}"`)) },
  { what: 'Empty maps are dropped.', paths: /\/attribute\/retrieval\.filter$/, absent: (raw) => !raw.includes('retrieval.filter') },
];

/** Of its list of traces, which names their spans. */
export const phoenixListLosses = (sent: Facts): readonly Loss[] => [
  ...phoenixLosses(sent, '0').filter(({ what }) => !/^(?:Links|Empty maps)/.test(what)),
  { what: 'Attributes, events and links of spans are not listed.', paths: /\/(?:attribute|event|link)\//, absent: (raw) => !/"(?:attributes|events|links)"/.test(raw) },
  { what: 'Status messages are not listed.', paths: /\/message$/, becomes: () => '', absent: notIn },
];
