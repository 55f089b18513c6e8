// When a trace is slow: above a percentile of its root operation and above a factor of its median, once enough are known
// (issue: "Slow"; settings). A percentile is the nearest rank: the smallest known duration that at least p % are not above,
// so it is always one that was really measured; the median is the 50th. Pure.
import type { SlowRule } from '../protocol/messages.ts';

/** What is usual for one root operation (service and name of the root). */
export interface Usual {
  readonly samples: number;
  readonly medianNs: number;
  /** A trace above this is slow; Infinity while too few are known. */
  readonly limitNs: number;
}

export function usualOf(durationsNs: readonly number[], rule: SlowRule): Usual {
  const sorted = Float64Array.from(durationsNs).sort();
  const medianNs = nearestRank(sorted, 50);
  const enough = sorted.length > 0 && sorted.length >= rule.minSamples;
  const limitNs = enough ? Math.max(nearestRank(sorted, rule.percentile), rule.factor * medianNs) : Infinity;
  return { samples: sorted.length, medianNs, limitNs };
}

/** NaN where nothing is known. `percent` is held to 0 … 100. */
function nearestRank(sorted: Float64Array, percent: number): number {
  const rank = Math.ceil((Math.min(100, Math.max(0, percent)) * sorted.length) / 100);
  return sorted[Math.max(1, rank) - 1] ?? NaN;
}

export interface RootDuration {
  readonly rootService: string;
  readonly rootName: string;
  readonly durationNs: bigint;
}

export interface SlowTrace<T> {
  readonly trace: T;
  /** Median of its root operation. */
  readonly usualNs: number;
}

/** The slow ones among all that are known, in the order given. Traces whose root has not been named are never slow. */
export function slowTraces<T extends RootDuration>(known: readonly T[], rule: SlowRule): SlowTrace<T>[] {
  const groups = new Map<string, number[]>();
  for (const trace of known) {
    const key = operationOf(trace);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [Number(trace.durationNs)]);
    else group.push(Number(trace.durationNs));
  }
  const usual = new Map([...groups].map(([key, durations]) => [key, usualOf(durations, rule)]));
  return known.flatMap((trace) => {
    const { medianNs, limitNs } = usual.get(operationOf(trace))!;
    return hasRoot(trace) && Number(trace.durationNs) > limitNs ? [{ trace, usualNs: medianNs }] : [];
  });
}

const hasRoot = ({ rootService, rootName }: RootDuration): boolean => rootService !== '' || rootName !== '';
const operationOf = ({ rootService, rootName }: RootDuration): string => `${rootService.length}:${rootService}${rootName}`;
