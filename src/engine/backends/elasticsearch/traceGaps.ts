// Whether a trace goes on outside of the time that it was read from, by what was read: spans whose parents are not among them began under
// something earlier, and spans near the later end may have followers. Must not know where spans lie.
import { spanIdAt } from '../../../model/ids.ts';
import type { SpanBatch } from '../../../model/spanBatch.ts';
import { nanosAt } from '../../../model/time.ts';
import { timeText } from '../../listing/traceStream.ts';
import type { TimeWindow } from '../backend.ts';

export interface TraceGaps {
  readonly before: boolean;
  readonly after: boolean;
}

const NONE = '0'.repeat(16);
/** So much quiet before the end of what was read says that the trace is over. */
const QUIET_NS = 30n * 60_000_000_000n;

/** `nowNs`: nothing comes after it. */
export function gapsOf({ count, spanId, parentId, startTime, endTime }: SpanBatch, { endNs }: TimeWindow, nowNs: bigint): TraceGaps {
  const rows = Array.from({ length: count }, (_, i) => i);
  const ids = new Set([NONE, ...rows.map((i) => spanIdAt(spanId, i))]);
  const quietFrom = endNs - QUIET_NS;
  const isLate = (i: number): boolean => nanosAt(startTime, i) > quietFrom || nanosAt(endTime, i) > quietFrom;
  return { before: rows.some((i) => !ids.has(spanIdAt(parentId, i))), after: endNs < nowNs && rows.some(isLate) };
}

/** Sentences on what may lie where nobody looked. */
export const gapNotes = ({ before, after }: TraceGaps, { startNs, endNs }: TimeWindow): readonly string[] => [
  ...(before ? [`There are spans whose parents were not found: what is before ${timeText(startNs)} was not looked through.`] : []),
  ...(after ? [`The trace may go on: what is after ${timeText(endNs)} was not looked through.`] : []),
];
