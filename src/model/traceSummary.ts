// A built trace → its row in a list.
import { SpanFlag } from './spanBatch.ts';
import type { TraceSummary } from './summary.ts';
import type { Trace } from './trace.ts';

export function summaryOf(trace: Trace): TraceSummary {
  const root = trace.rootRow;
  let unfinished = 0;
  for (let row = 0; row < trace.count; row++) if ((trace.flags[row]! & SpanFlag.inProgress) !== 0) unfinished++;
  return {
    traceId: trace.traceId,
    rootService: root < 0 ? '' : trace.strings[trace.service[root]!]!,
    rootName: root < 0 ? '' : trace.strings[trace.name[root]!]!,
    startUnixNano: trace.startUnixNano,
    durationNs: trace.durationNs,
    ...(unfinished === 0 ? {} : { unfinished }),
    spans: trace.spans,
    errors: trace.errors,
    orphans: trace.orphans,
    roots: trace.roots,
    maxDepth: trace.maxDepth,
    services: trace.services,
    duplicates: trace.duplicates,
    rejected: trace.rejected,
    warnings: trace.warnings,
    provisional: false,
  };
}
