// A built trace → its row in a list.
import type { TraceSummary } from './summary.ts';
import type { Trace } from './trace.ts';

export function summaryOf(trace: Trace): TraceSummary {
  const root = trace.rootRow;
  return {
    traceId: trace.traceId,
    rootService: root < 0 ? '' : trace.strings[trace.service[root]!]!,
    rootName: root < 0 ? '' : trace.strings[trace.name[root]!]!,
    startUnixNano: trace.startUnixNano,
    durationNs: trace.durationNs,
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
