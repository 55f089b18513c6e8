// What X-Ray loses of a trace that OpenTelemetry's exporter wrote into it: segment documents have no place for these.
import { notIn, type Loss } from '../sameTrace.ts';

export const XRAY_LOSSES: readonly Loss[] = [
  { what: 'The instrumentation scope is not kept.', paths: /\/scope$/, becomes: () => '', absent: notIn },
  { what: 'A segment is named after its service; where it served no HTTP request, its own name is lost.', paths: /\/name$/, becomes: (value) => (/chat_turn|orphaned flush|events process|auth\.v1/.test(value) ? SEGMENT_NAMES[value] : undefined), absent: notIn },
  { what: 'A status that is OK is no different from one that was never set.', paths: /\/status$/, becomes: (value) => (value === '1' ? '0' : undefined), absent: (raw) => !/"(?:status_code|otel\.status_code|ok)"/.test(raw) },
  { what: 'Producers become clients, consumers and inner roots servers: a segment is a server, a remote subsegment a client.', paths: /\/kind$/, becomes: (value) => KINDS[value], absent: (raw) => !/producer|consumer|"kind"/i.test(raw) },
  { what: 'Events that are no exception are not kept.', paths: /\/event\/\d+(?:\/attribute\/retry\..*)?$/, absent: (raw, path, value) => (path.includes('attribute') ? !/"retry\./.test(raw) : !raw.includes(JSON.stringify(value.replace(/ at .*/, '')).slice(1, -1))) },
  { what: 'An exception has no time: it is shown at the end of its span.', paths: /\/event\/0$/, becomes: (value) => (value.startsWith('exception at ') ? 'exception at 8390000000' : undefined), absent: (raw) => !/timeUnixNano|"time"/.test(raw) },
  { what: 'A stack is kept as frames; the lines of source in it are not.', paths: /\/exception\.stacktrace$/, becomes: (value) => value.replaceAll(/(File .*\n) {4}.*\n/g, '$1').trimEnd(), absent: (raw) => !raw.includes('Traceback') },
  { what: 'The trace state is not kept.', paths: /\/state$/, becomes: () => '', absent: notIn },
  { what: 'Bytes come as base64 text.', paths: /\/attribute\/raw$/, becomes: (value) => value.replace('bytes:', 'string:'), absent: (raw) => !/bytesValue|bytes_value/.test(raw) },
];

const SEGMENT_NAMES: Readonly<Record<string, string>> = { chat_turn: 'orchestrator', 'orphaned flush': 'analytics', 'events process': 'analytics', 'auth.v1.Auth/Verify': 'auth' };
const KINDS: Readonly<Record<string, string>> = { 1: '2', 4: '3', 5: '2' };
