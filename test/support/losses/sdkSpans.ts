// What a trace loses on its way through the console exporters of OpenTelemetry's SDKs.
import { notIn, type Facts, type Loss } from '../sameTrace.ts';

/** `sent`: the trace as it was. */
export const pythonLosses = (sent: Facts): readonly Loss[] => [
  // json.dumps knows no bytes: the exporter fails, and says so.
  ...[...sent].filter(([, value]) => value.startsWith('bytes:')).map(([path]) => path.slice(0, 16)).map((id) => (
    { what: 'Spans with bytes among their values are not printed.', paths: new RegExp(`^${id}/`), absent: (raw: string) => !raw.includes(`"span_id": "0x${id}"`) }
  )),
  { what: 'Scopes are not printed.', paths: /\/scope$/, becomes: () => '', absent: notIn },
];

export const JS_CONSOLE_LOSSES: readonly Loss[] = [
  { what: 'Integers beyond 2^53 are numbers in JavaScript.', paths: /\/attribute\/big\.integer$/, becomes: () => 'string:9223372036854776000', absent: (raw) => !raw.includes('9223372036854775807') },
];
