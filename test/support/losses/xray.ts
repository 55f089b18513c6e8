// What X-Ray loses of a trace that OpenTelemetry's exporter wrote into it: segment documents have no place for these.
import { asText, notIn, WHOLE_DOUBLE, type Loss } from '../sameTrace.ts';

const wholeUs = (value: string): string => String(Math.floor(Number(value) / 1000) * 1000);

export const XRAY_LOSSES: readonly Loss[] = [
  { what: 'The instrumentation scope is not kept.', paths: /\/scope(\/attribute\/.*)?$/, becomes: () => '', absent: notIn },
  { what: 'A segment is named after its service; where it served no HTTP request, its own name is lost.', paths: /\/name$/, becomes: (value) => SEGMENT_NAMES[value], absent: notIn },
  { what: 'A status that is OK is no different from one that was never set.', paths: /\/status$/, becomes: (value) => (value === '1' ? '0' : undefined), absent: (raw) => !/"(?:status_code|otel\.status_code|ok)"/.test(raw) },
  { what: 'The message of a status gives way to its exception’s.', only: 'second', paths: /\/message$/, becomes: () => 'no dish "Überraschung"', absent: notIn },
  { what: 'Producers become clients, consumers and inner roots servers: a segment is a server, a remote subsegment a client.', paths: /\/kind$/, becomes: (value) => KINDS[value], absent: (raw) => !/producer|consumer|"kind"/i.test(raw) },
  { what: 'Events that are no exception are not kept.', paths: /\/event\/(?!exception).*$/, absent: (raw, path) => !raw.includes(`"${path.split(/\/event\/|\/attribute\//).at(-1)}"`) },
  { what: 'An exception has no time: it is shown at the end of its span.', paths: /\/event\/exception$/, becomes: (value) => EXCEPTION_TIMES[value], absent: (raw) => !/timeUnixNano|"time"/.test(raw) },
  { what: 'A stack is kept as frames; the lines of source in it are not.', only: 'first', paths: /\/exception\.stacktrace$/, becomes: (value) => value.replaceAll(/(File .*\n) {4}.*\n/g, '$1').trimEnd(), absent: (raw) => !raw.includes('Traceback') },
  { what: 'A stack is kept as frames, without columns.', only: 'second', paths: /\/exception\.stacktrace$/, becomes: (value) => value.replaceAll(/:\d+\)/g, ':1)').replace('async ', '').trimEnd(), absent: (raw) => !raw.includes('async Tool') && !raw.includes('88:13') },
  { what: 'The trace state is not kept.', paths: /\/state$/, becomes: () => '', absent: notIn },
  { what: 'Bytes come as base64 text.', paths: /\/attribute\/(?:raw|partition\.state)$/, becomes: asText, absent: (raw) => !/bytesValue|bytes_value/.test(raw) },
  { what: 'Times are whole µs.', only: 'second', paths: /\/(?:start|duration)$/, becomes: wholeUs, absent: (raw) => !/_time":\d+\.\d{7}/.test(raw) },
  { what: 'Attributes of resources and links are text.', only: 'second', paths: /\/resource\/|\/link\/\d+\/attribute\//, becomes: asText, absent: (raw, _path, value) => raw.includes(JSON.stringify(value.replace(/^[a-z]+:/, ''))) },
  { what: 'Of exceptions, type, message and stack are kept, nothing else.', only: 'second', paths: /\/event\/exception\/attribute\/exception\.escaped$/, absent: (raw) => !raw.includes('escaped') },
  { what: 'Counts of what was dropped are not kept.', only: 'second', paths: /\/dropped$/, absent: (raw) => !/dropped/i.test(raw) },
  WHOLE_DOUBLE,
];

const SEGMENT_NAMES: Readonly<Record<string, string>> = {
  chat_turn: 'orchestrator', 'orphaned flush': 'analytics', 'events process': 'analytics', 'auth.v1.Auth/Verify': 'auth',
  'tap to talk': 'voice-web', 'invoke_agent order-taker': 'agent-注文', 'process orders': 'order-worker', rebalance: 'order-worker', 'late callback': 'order-worker',
};
/** The first's and the second's; their spans end then. */
const EXCEPTION_TIMES: Readonly<Record<string, string>> = { 'at 8389500000': 'at 8390000000', 'at 949000005': 'at 950000000' };
const KINDS: Readonly<Record<string, string>> = { 0: '1', 1: '2', 3: '2', 4: '3', 5: '2' };
