// Why a trace was slow, told from the latest others of its root: loaded one at a time, in slices, and dropped again, so that memory
// stays flat and an abort arrives between two of them. The judgement itself is analysis/why.ts.
import { CohortBuilder } from '../analysis/cohort.ts';
import { profileSteps } from '../analysis/traceProfile.ts';
import { reportOf } from '../analysis/why.ts';
import { decodeSpan } from '../formats/spanDecoder.ts';
import { runInSlices } from '../model/slices.ts';
import type { Trace } from '../model/trace.ts';
import { buildSteps } from '../model/traceBuilder.ts';
import type { WhyReport } from '../protocol/messages.ts';
import { BackendError, type Backend, type LoadedTrace, type TraceRef } from './backends/backend.ts';
import { SLICE, throwIfAborted } from './slices.ts';

/** Other traces looked at. */
export const COHORT = 200;

export async function explainTrace(trace: Trace, backend: Backend, signal: AbortSignal): Promise<WhyReport> {
  const slice = { ...SLICE, signal };
  const cohort = new CohortBuilder(trace, decodeSpan, await runInSlices(profileSteps(trace), slice));
  if (trace.rootRow >= 0) {
    const service = trace.strings[trace.service[trace.rootRow]!]!;
    const name = trace.strings[trace.name[trace.rootRow]!]!;
    // One more than needed: this trace is mostly among them.
    for (const ref of await backend.cohort(service, name, COHORT + 1, signal)) {
      if (cohort.size >= COHORT) break;
      if (ref.traceId === trace.traceId) continue;
      const loaded = ref.loaded ?? (await loadedOrGone(backend, ref, signal));
      if (loaded === undefined) continue;
      const other = await runInSlices(buildSteps(ref.traceId, loaded.batches.map((batch) => ({ batch }))), slice);
      await runInSlices(cohort.addSteps(other), slice);
      await SLICE.pause();
      throwIfAborted(signal);
    }
  }
  return reportOf(cohort);
}

/** A trace that retention took meanwhile is no failure of the comparison. */
async function loadedOrGone(backend: Backend, ref: TraceRef, signal: AbortSignal): Promise<LoadedTrace | undefined> {
  try {
    return await backend.trace(ref, signal);
  } catch (error) {
    if (error instanceof BackendError && error.kind === 'notFound') return undefined;
    throw error;
  }
}
