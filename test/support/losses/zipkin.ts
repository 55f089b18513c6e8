// What Zipkin loses of a trace that was sent in its own format, and of one of OpenTelemetry that came by the collector's exporter.
import { asText, isTextIn, notIn, type Loss } from '../sameTrace.ts';

export const ZIPKIN_LOSSES: readonly Loss[] = [{ what: 'Names are lower case.', paths: /\/name$/, becomes: (value) => value.toLowerCase(), absent: (raw, _path, value) => !raw.includes(`"name":${JSON.stringify(value)}`) }];

const wholeUs = (value: string): string => value.replace(/\d+$/, (ns) => String(Math.round(Number(ns) / 1000) * 1000));

export const ZIPKIN_OTEL_LOSSES: readonly Loss[] = [
  ...ZIPKIN_LOSSES,
  { what: 'Times are whole µs.', only: 'second', paths: /\/(?:start|duration|event\/exception)$/, becomes: wholeUs, absent: (raw) => !/"(?:timestamp|duration)":\d*\.|"timestamp":\d{17}/.test(raw) },
  { what: 'Attributes are text.', paths: /^[^/]+\/attribute\//, becomes: asText, absent: isTextIn },
  { what: 'Tags do not say that they are of the resource.', paths: /\/resource\//, absent: (raw) => !/resource/i.test(raw) },
  { what: 'Attributes of scopes are not sent.', only: 'second', paths: /\/scope\/attribute\//, absent: notIn },
  { what: 'A kind that is not said is internal.', only: 'second', paths: /\/kind$/, becomes: (value) => (value === '0' ? '1' : undefined), absent: (raw) => !/unspecified/i.test(raw) },
  { what: 'Counts of what spans dropped are not sent.', only: 'second', paths: /^[^/]+\/dropped$/, absent: (raw) => !/dropped/i.test(raw) },
];
