// Batches of any number of traces → each trace's spans, with the spans that could not be kept accounted to exactly one of them:
// shown + duplicates + rejected = given. A batch counts its rejected spans but does not say whose they were: they go to the
// batch's trace where it holds only one, else to the part without a trace id ("").
import type { SpanBatch } from '../model/spanBatch.ts';
import { splitByTrace, type TraceParts } from '../model/splitByTrace.ts';
import type { TraceSummary } from '../model/summary.ts';
import { buildTrace } from '../model/traceBuilder.ts';
import type { Trace } from '../model/trace.ts';
import { summaryOf } from '../model/traceSummary.ts';

export interface CountedParts extends TraceParts {
  readonly rejected: number;
  /** Sentences of batches that no single trace owns; only on the part without a trace id. */
  readonly notes: readonly string[];
}

/** In order of first appearance; the part without a trace id last, and only where it has something to say. */
export function countedParts(batches: readonly SpanBatch[]): CountedParts[] {
  const parts = splitByTrace(batches);
  const holders = new Map<SpanBatch, string[]>();
  for (const { traceId, selections } of parts) {
    for (const { batch } of selections) {
      const ids = holders.get(batch);
      if (ids === undefined) holders.set(batch, [traceId]);
      else ids.push(traceId);
    }
  }
  const rejected = new Map<string, number>();
  const notes: string[] = [];
  for (const batch of batches) {
    const ids = holders.get(batch) ?? [];
    const owner = ids.length === 1 ? ids[0]! : '';
    if (batch.rejected > 0) rejected.set(owner, (rejected.get(owner) ?? 0) + batch.rejected);
    if (ids.length !== 1) notes.push(...batch.warnings);
  }
  const nameless = rejected.has('') || notes.length > 0;
  const all = nameless && parts.at(-1)?.traceId !== '' ? [...parts, { traceId: '', selections: [] }] : parts;
  return all.map((part) => ({ ...part, rejected: rejected.get(part.traceId) ?? 0, notes: part.traceId === '' ? distinct(notes) : [] }));
}

const distinct = (sentences: readonly string[]): string[] => [...new Set(sentences)];

export function buildParts(part: CountedParts): Trace {
  return buildTrace(part.traceId, part.selections, { rejected: part.rejected });
}

export function summarizeParts(part: CountedParts): TraceSummary {
  const summary = summaryOf(buildParts(part));
  return part.notes.length === 0 ? summary : { ...summary, warnings: [...summary.warnings, ...part.notes] };
}
