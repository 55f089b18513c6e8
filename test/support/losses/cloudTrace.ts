// What Cloud Trace's v1 API loses of a trace that came in by OpenTelemetry: its spans have labels of text and two kinds, and no more (backends.md §8).
import { asText, isTextIn, notIn, type Loss } from '../sameTrace.ts';

export const CLOUD_TRACE_LOSSES: readonly Loss[] = [
  { what: 'The instrumentation scope is not kept.', paths: /\/scope(\/attribute\/.*)?$/, becomes: () => '', absent: notIn },
  { what: 'Labels do not say that they are of the resource: those that always are, by their name, are shown there, others at the span.', only: 'second', paths: /\/resource\/(?:browser|device)\./, absent: (raw) => !/"resource\w*"/i.test(raw) },
  { what: 'Every attribute is text.', paths: /^[^/]+\/(?:attribute|resource)\//, becomes: asText, absent: isTextIn },
  { what: 'Only servers and clients have a kind.', paths: /\/kind$/, becomes: (value) => (['1', '4', '5'].includes(value) ? '0' : undefined), absent: (raw) => !/INTERNAL|PRODUCER|CONSUMER/.test(raw) },
  { what: 'A status that is OK is no different from one that was never set.', paths: /\/status$/, becomes: (value) => (value === '1' ? '0' : undefined), absent: (raw) => !/"(?:status|statusCode|otel\.status_code)"/.test(raw) },
  { what: 'Events are not kept, exceptions among them.', paths: /\/event\/./, absent: (raw) => !/"(?:events|timeEvents|\/stacktrace|exception\.\w+|retry\.\w+)"/.test(raw) },
  { what: 'Links are not kept.', paths: /\/link\/\d+/, absent: (raw) => !/"links?"/.test(raw) },
  { what: 'The trace state is not kept.', paths: /\/state$/, becomes: () => '', absent: notIn },
  { what: 'Counts of what was dropped are not kept.', only: 'second', paths: /\/dropped$/, absent: (raw) => !/dropped/i.test(raw) },
];
