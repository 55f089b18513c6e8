// Rows of a list for sources whose lists carry whole traces: each is built, counted, and kept, so that comparing it needs no second
// request. Must not know any source.
import { runInSlices } from '../../model/slices.ts';
import type { SpanBatch } from '../../model/spanBatch.ts';
import { splitByTrace } from '../../model/splitByTrace.ts';
import { buildSteps } from '../../model/traceBuilder.ts';
import { summaryOf } from '../../model/traceSummary.ts';
import type { SourceTrace } from '../backends/source.ts';
import { SLICE, throwIfAborted } from '../slices.ts';

/** In the order given. `loaded` where a trace has its batches to itself. Spans without a trace id are nobody's and are left out. */
export async function wholeTraces(batches: readonly SpanBatch[], signal: AbortSignal): Promise<SourceTrace[]> {
  const traces: SourceTrace[] = [];
  for (const { traceId, selections } of splitByTrace(batches)) {
    if (traceId === '') continue;
    throwIfAborted(signal);
    const own = selections.every(({ rows }) => rows === undefined);
    const rejected = own ? selections.reduce((sum, { batch }) => sum + batch.rejected, 0) : 0;
    const summary = summaryOf(await runInSlices(buildSteps(traceId, selections, { rejected }), SLICE));
    const ref = { traceId, startUnixNano: summary.startUnixNano.toString(), endUnixNano: (summary.startUnixNano + summary.durationNs).toString() };
    traces.push({ summary, ref, ...(own ? { loaded: { batches: selections.map(({ batch }) => batch), notes: [] } } : {}) });
  }
  return traces;
}
