// What Langfuse loses of a trace that came in by OTLP, each absent from its answers. Shared by every test that sends it the reference traces.
import { notIn, WHOLE_DOUBLE, type Loss } from '../sameTrace.ts';

/** A datum that has no field in Langfuse's definition at all. */
const noField = (name: string) => (raw: string): boolean => !raw.includes(`"${name}"`);

const wholeMs = (more: number) => (value: string): string => String((Math.floor(Number(value) / 1e6) + more) * 1e6);
const noFraction = (raw: string): boolean => !/T\d\d:\d\d:\d\d\.\d{4}/.test(raw);

export const LANGFUSE_LOSSES: readonly Loss[] = [
  { what: 'Span kinds are dropped.', paths: /\/kind$/, becomes: () => '0', absent: noField('kind') },
  { what: 'Times are whole milliseconds.', paths: /\/(start|duration)$/, becomes: wholeMs(0), absent: noFraction },
  { what: 'A duration may so be 1 ms longer.', only: 'first', paths: /\/duration$/, becomes: wholeMs(1), absent: noFraction },
  { what: 'Events are dropped.', paths: /\/event\/./, absent: noField('events') },
  { what: 'Links are dropped.', paths: /\/link\/\d+/, absent: noField('links') },
  { what: 'Trace state is dropped.', paths: /\/state$/, becomes: () => '', absent: notIn },
  { what: 'A status of OK is not told from none.', paths: /\/status$/, becomes: (value) => (value === '1' ? '0' : undefined), absent: noField('statusCode') },
  { what: 'Integers beyond 2^53 are rounded.', paths: /\/attribute\/(?:big\.integer|tool\.(?:ids|offset))$/, becomes: rounded, absent: (raw) => !/9223372036854775807|9007199254740993/.test(raw) },
  WHOLE_DOUBLE,
  { what: 'Several roots stand below the trace, which is an object of its own.', only: 'second', paths: /\/parent$/, becomes: (_value, path, there) => (/(?:01|0a)\/parent$/.test(path) ? there : undefined), absent: (raw) => /"timestamp":"[^"]*","name":"tap to talk"/.test(raw) },
  { what: 'Counts of what was dropped are dropped.', only: 'second', paths: /\/dropped$/, absent: (raw) => !/dropped/i.test(raw) },
];

/** One beyond it alone is a double here. */
function rounded(value: string): string {
  const doubles = value.replaceAll(/-?\d{16,19}/g, (digits) => String(Number(digits)));
  return value.startsWith('int:') ? doubles.replace('int:', 'double:') : doubles;
}
