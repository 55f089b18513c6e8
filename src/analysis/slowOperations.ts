// Which operations of a trace took more of its critical path than in normal traces of the cohort, and how much more.
// A parent that is slow only because its child is has no time of its own on the path, so it is never one of them.
// Knows times only; must not read attributes.
import type { CohortBuilder, TargetOperation } from './cohort.ts';
import { newcomer, usuallyAbsent } from './newOperations.ts';
import type { SlowOperation } from './slowOperation.ts';
import { median, quantile, ratioOfShare, sorted, upperSigma, usualOf } from './robust.ts';

/** Under this many other traces nothing is said. */
export const FEWEST_TRACES = 20;

/** How much longer than usual a path is that is not taken for usual, though far from as slow as the one asked about. */
const BETWEEN_RATIO = 2;

/** When this share of the excess is in no operation's own time, the path itself is asked. */
const UNEXPLAINED = 0.4;

export interface SlowLimits {
  /** How much longer than usual a path must be: ratio with an unusual attribute, ratio without one, and ns. */
  readonly ratio: number;
  readonly certainRatio: number;
  readonly minimumNs: number;
  /** More of the cohort than this being as slow makes it usual. */
  readonly slowShare: number;
  /** Share of the excess worth a finding, and the least ever. */
  readonly share: number;
  readonly leastShare: number;
  /** An operation far from its own usual that took this share of the excess makes a trace slow that is no longer than some. */
  readonly aloneShare: number;
}

export const SLOW_LIMITS: SlowLimits = { ratio: 1.2, certainRatio: 1.33, minimumNs: 10_000, slowShare: 0.4, share: 0.08, leastShare: 0.02, aloneShare: 0.5 };

/** `alone`: far beyond this operation's own times, whatever the trace took; `likeShare`: the share of all traces in which it is slow too. */
type Found = Omit<SlowOperation, 'certain'> & { readonly alone: boolean; readonly likeShare: number };

/** Most time first; [] when the trace is not slower than usual. */
export function slowOperations(cohort: CohortBuilder, limits: SlowLimits = SLOW_LIMITS): SlowOperation[] {
  if (cohort.size < FEWEST_TRACES) return [];
  const { limit, doubtful } = usualOf(cohort.totals, limits.slowShare, limits.ratio);
  const normal = [...cohort.totals.keys()].filter((i) => cohort.totals[i]! <= limit);
  const usual = median(sorted(normal.map((i) => cohort.totals[i]!)));
  const excess = cohort.profile.total - usual;
  if (excess < limits.minimumNs || cohort.profile.total < limits.ratio * usual) return [];
  const newcomers = usuallyAbsent(cohort, normal);
  const long = cohort.profile.total >= limits.certainRatio * usual;
  const found: SlowOperation[] = [];
  const add = (slow: Found | undefined): void => {
    if (slow === undefined || slow.deltaNs < limits.leastShare * excess) return;
    const { total } = cohort.profile;
    if (total < ratioOfShare(slow.likeShare) * usual) return;
    const certain = long && (total > limit || (slow.alone && slow.deltaNs >= limits.aloneShare * excess));
    if (certain || total > doubtful) found.push({ ...slow, certain });
  };
  for (const [key, operation] of newcomers.compared) {
    if (!newcomers.tops.has(key)) add(slower(cohort, operation, newcomers.covered, normal, 'self', limits));
    else add(usuallyNone(newcomer(cohort, operation, newcomers)));
  }
  const unexplained = excess - found.reduce((sum, slow) => sum + slow.deltaNs, 0);
  if (unexplained > UNEXPLAINED * excess) {
    const known = new Set(found.map((slow) => slow.operation));
    for (const [key, operation] of newcomers.compared) {
      if (newcomers.tops.has(key) || known.has(operation)) continue;
      const slow = slower(cohort, operation, newcomers.covered, normal, 'path', limits);
      add(slow === undefined ? undefined : { ...slow, deltaNs: Math.min(slow.deltaNs, unexplained) });
    }
  }
  found.sort((a, b) => b.deltaNs - a.deltaNs || a.row - b.row);
  return worthSaying(found, excess, limits);
}

/** What hardly any trace has is beyond its own times by being there. */
function usuallyNone(slow: Omit<SlowOperation, 'certain'> | undefined): Found | undefined {
  return slow === undefined ? undefined : { ...slow, alone: true, likeShare: 0 };
}

/** Those with a good share of the excess; where it is spread over many, as many more as it takes to account for half of it. */
function worthSaying(found: readonly SlowOperation[], excess: number, { share }: SlowLimits): SlowOperation[] {
  let told = 0;
  return found.filter((slow) => {
    const worth = slow.deltaNs >= share * excess || told < 0.5 * excess;
    if (worth) told += slow.deltaNs;
    return worth;
  });
}

/** How much longer than in the `normal` traces an operation was on the path, ns; 0 when it was not. */
export function gainOf({ profile }: CohortBuilder, { rows, history }: TargetOperation, normal: readonly number[]): number {
  const usual = (column: readonly number[]): number => median(sorted(normal.map((i) => column[i]!)));
  const gain = Math.min(sumOf(rows, profile.path) - usual(history.pathNs), sumOf(rows, profile.self) - usual(history.selfNs));
  return Math.max(0, gain);
}

/** How much longer than usual a span nobody waited for by structure ran, ns; 0 when it did not. */
export function detachedGain({ target }: CohortBuilder, { history }: TargetOperation, row: number, normal: readonly number[]): number {
  const among = new Set(normal);
  const usual = sorted(history.samples.filter((sample) => among.has(sample.trace)).map((sample) => sample.durationNs));
  return usual.length === 0 ? 0 : Math.max(0, target.duration[row]! - median(usual));
}

/** `by` self: an operation is slower by its own time; by path: only its share of the path counts. */
function slower(
  cohort: CohortBuilder,
  operation: TargetOperation,
  covered: Uint8Array,
  normal: readonly number[],
  by: 'self' | 'path',
  limits: SlowLimits,
): Found | undefined {
  const { profile } = cohort;
  const { history } = operation;
  const rows = operation.rows.filter((row) => covered[row] === 0);
  if (rows.length === 0) return undefined;
  const path = sumOf(rows, profile.path);
  const paths = sorted(normal.map((i) => history.pathNs[i]!));
  let deltaNs = path - median(paths);
  if (deltaNs <= 0 || path < 1.15 * median(paths)) return undefined;
  let likeShare = 0;
  let alone = false;
  if (by === 'path' && !isAbove(path, paths)) return undefined;
  if (by === 'self') {
    // A branch that happens to be the last to end gains path time without being slower itself: its self time tells.
    const self = sumOf(rows, profile.self);
    const { values: selfs, limit } = usualOf(normal.map((i) => history.selfNs[i]!), limits.slowShare, limits.ratio);
    deltaNs = Math.min(deltaNs, self - median(selfs));
    if (deltaNs <= 0 || !isAbove(self, selfs)) return undefined;
    alone = self > limit;
    likeShare = history.selfNs.filter((one) => one > selfs.at(-1)!).length / cohort.size;
  }
  const base = median(paths);
  const everyone = [...history.pathNs.keys()];
  const all = sorted(history.pathNs);
  // Slow too, but not as slow as this one: neither usual nor like it.
  const between = Math.max(BETWEEN_RATIO * base, aboveOf(all));
  const usualCount = median(sorted(normal.map((i) => history.count[i]!)));
  const { row, ordinal } = gainer(cohort, operation, rows, normal, usualCount);
  return {
    operation,
    row,
    deltaNs,
    likeShare,
    alone,
    kind: by === 'path' ? 'waited' : rows.length >= 2 * Math.max(usualCount, 1) && rows.length > usualCount + 1 ? 'count' : 'time',
    usualCount,
    normal: everyone.filter((i) => history.pathNs[i]! <= Math.min(base + 0.3 * deltaNs, between)),
    slow: everyone.filter((i) => history.pathNs[i]! >= base + 0.6 * deltaNs && history.pathNs[i]! <= base + 1.8 * deltaNs),
    ordinal,
  };
}

/** What is more is clearly above what is usual: beyond the spread, and beyond nearly all. */
const aboveOf = (usual: Float64Array): number => Math.max(median(usual) + 3 * upperSigma(usual), quantile(usual, 0.95));
const isAbove = (value: number, usual: Float64Array): boolean => value > aboveOf(usual);

/** The row that gained most over the same occurrence of normal traces; where their number differs, the longest. */
function gainer(
  cohort: CohortBuilder,
  { history }: TargetOperation,
  rows: readonly number[],
  normal: readonly number[],
  usualCount: number,
): { row: number; ordinal: number } {
  const aligned = rows.length === usualCount && rows.length <= history.ordinalPathNs.length;
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  rows.forEach((row, ordinal) => {
    const usual = aligned ? median(sorted(normal.map((i) => history.ordinalPathNs[ordinal]?.[i] ?? 0))) : 0;
    const gain = cohort.profile.path[row]! - usual;
    if (gain > most) [best, most] = [ordinal, gain];
  });
  return { row: rows[best]!, ordinal: aligned ? best : -1 };
}

function sumOf(rows: readonly number[], column: Float64Array): number {
  let sum = 0;
  for (const row of rows) sum += column[row]!;
  return sum;
}
