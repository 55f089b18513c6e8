// What is known of the contract's traffic (manyTraces.ts), and one trace out of what a backend answers.
import { splitByTrace } from '../../../src/model/splitByTrace.ts';
import type { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { Trace } from '../../../src/model/trace.ts';
import { buildTrace } from '../../../src/model/traceBuilder.ts';

/** Every so many-th trace fails, and is slow. */
export const FAILING = 20;
export const SLOW = 25;
/** Longer than the usual ones, shorter than the slow ones. */
export const SLOW_NS = 5e8;
export const USUAL_NS = 1e8;

export const every = (ids: readonly string[], n: number): string[] => ids.filter((_, k) => (k + 1) % n === 0);

/** Of batches that may hold other traces beside it; an id of the system's own is none of OpenTelemetry's. */
export function builtOf(traceId: string, batches: readonly SpanBatch[]): Trace {
  const parts = splitByTrace([...batches]);
  return buildTrace(traceId, (parts.find((part) => part.traceId === traceId) ?? parts[0]!).selections);
}
