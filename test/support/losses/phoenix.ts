// What Phoenix loses of a trace that was sent by OTLP (recorded 6).
import { notIn, type Loss } from '../sameTrace.ts';

/** Of the first reference trace and of the second. */
const ORPHANS = /^\w{14}(?:0e|0b)\//;

export const PHOENIX_LOSSES: readonly Loss[] = [
  { what: 'Spans whose parent never came are dropped.', paths: ORPHANS, absent: (raw, path) => !raw.includes(`"span_id":"${path.split('/')[0]!}"`) },
  { what: 'Services and resources are not kept.', paths: /\/(service|resource\/.*)$/, becomes: () => '', absent: (raw) => !/"(?:resource|service\.name|service\.version|telemetry\.sdk\.language)"/.test(raw) },
  { what: 'Span kinds are not kept.', paths: /\/kind$/, becomes: () => '1', absent: (raw) => !/SPAN_KIND_(SERVER|CLIENT|PRODUCER|CONSUMER)/.test(raw) },
  { what: 'Scopes and trace states are not kept.', paths: /\/(scope|state)$/, becomes: () => '', absent: notIn },
  { what: 'Links are not kept.', paths: /\/link\//, absent: (raw, _path, value) => value.replace(/^[a-z]+:/, '').split(' ').every((word) => !raw.includes(`"${word}"`)) },
  { what: 'Empty maps are dropped.', paths: /\/attribute\/retrieval\.filter$/, absent: (raw) => !raw.includes('retrieval.filter') },
];
