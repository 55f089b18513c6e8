// Where one trace's time went: for every row its share of the critical path and its self time. The path's segments
// partition the root's interval, so the shares add up to the trace's length. Must not know other traces.
import { runAtOnce, type Steps } from '../model/slices.ts';
import type { TraceColumns } from '../model/trace.ts';
import { attachedSpans } from './attachedSpans.ts';
import { criticalPathSteps } from './criticalPath.ts';
import { onOneClock } from './oneClock.ts';
import { selfTimes } from './selfTime.ts';
import { smoothEnds } from './smoothEnds.ts';

export interface TraceProfile {
  /** Length of the critical path, ns. */
  readonly total: number;
  /** Per row, ns. */
  readonly path: Float64Array;
  readonly self: Float64Array;
  /** Per row, ns, by one clock (oneClock.ts). */
  readonly start: Float64Array;
  /** 1 for each row nobody waited for by structure (attachedSpans.ts); undefined where there is none. */
  readonly detached?: Uint8Array;
}

/** Spans nobody waited for have no share; clocks of machines that disagree do not count, nor do overlaps between spans that follow one another. */
export function profileOf(trace: TraceColumns): TraceProfile {
  return runAtOnce(profileSteps(trace));
}

/** profileOf that can be interrupted (model/slices.ts: runInSlices). */
export function* profileSteps(trace: TraceColumns): Steps<TraceProfile> {
  const aligned = onOneClock(trace);
  const { start } = aligned;
  const attached = attachedSpans(aligned);
  yield;
  const columns = smoothEnds(attached?.columns ?? aligned);
  yield;
  const rowOf = (at: number): number => attached?.rows[at] ?? at;
  const path = new Float64Array(trace.count);
  const segments = yield* criticalPathSteps(columns);
  let total = 0;
  for (let i = 0; i < segments.row.length; i++) {
    const length = segments.end[i]! - segments.start[i]!;
    path[rowOf(segments.row[i]!)]! += length;
    total += length;
  }
  yield;
  const own = selfTimes(columns);
  if (attached === undefined) return { total, path, self: own, start };
  const self = new Float64Array(trace.count);
  const detached = new Uint8Array(trace.count).fill(1);
  attached.rows.forEach((row, at) => {
    self[row] = own[at]!;
    detached[row] = 0;
  });
  return { total, path, self, start, detached };
}

/** Path time of a row with everything under it. */
export function subtreePath(trace: TraceColumns, profile: TraceProfile, row: number): number {
  let sum = 0;
  for (let at = row; at < trace.subtreeEnd[row]!; at++) sum += profile.path[at]!;
  return sum;
}
