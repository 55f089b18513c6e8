// Robust statistics over small samples: quantiles, spread by median absolute deviation, and the part of a sample that is
// "usual" when up to four in ten of it are slow. Pure; must not know what the numbers are.

/** Scales a median absolute deviation to the standard deviation of a normal distribution. */
const MAD_TO_SIGMA = 1.4826;

export function sorted(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** Of ascending values, always one of them (the lower of two middles); NaN when there are none. */
export function quantile(ascending: Float64Array, share: number): number {
  if (ascending.length === 0) return Number.NaN;
  return ascending[Math.min(ascending.length - 1, Math.max(0, Math.ceil(share * ascending.length) - 1))]!;
}

export const median = (ascending: Float64Array): number => quantile(ascending, 0.5);

/** Standard deviation as the median distance from the median tells it. */
export function madSigma(ascending: Float64Array): number {
  const middle = median(ascending);
  return MAD_TO_SIGMA * median(sorted(ascending.map((value) => Math.abs(value - middle))));
}

/** How far values spread upwards: the larger of the MAD and of the distance to the 90th percentile, as a standard deviation. */
export function upperSigma(ascending: Float64Array): number {
  return Math.max(madSigma(ascending), (quantile(ascending, 0.9) - median(ascending)) / 1.2816);
}

/** A slow group stands apart by this many standard deviations of the logarithms below it, or by its mean from
 *  theirs, in the wider of both deviations … */
const APART = 3.5;
/** … and by this ratio, more for a large one: a third of all traces taking twice as long is an honest second way to work. */
const GROUPS_APART = 3.3;
const RATIO = 1.2;
const RATIO_PER_SQUARED_SHARE = 16;

/** How many times as long as usual a group must take that is this share of all. */
export const ratioOfShare = (share: number): number => RATIO + RATIO_PER_SQUARED_SHARE * share ** 2;

const DOUBTFUL_RATIO = 1.3;

export interface Usual {
  /** Above this a value is unusual by itself. */
  readonly limit: number;
  /** Above this, and below `limit`, it is unusual only if something else about it is. */
  readonly doubtful: number;
  /** The values themselves without the slow group, if there is one, ascending. */
  readonly values: Float64Array;
}

/**
 * What is usual among positive values when up to `slowShare` of them may be slow: a group that stands apart above is left
 * out first; then the limit is a little above the 98th percentile of the rest, more where the rest is spread. O(n log n).
 */
export function usualOf(values: readonly number[], slowShare: number, minimumRatio: number): Usual {
  const ascending = sorted(values);
  const logs = ascending.map((value) => Math.log(Math.max(value, 1)));
  const kept = logs.subarray(0, endOfUsual(logs, slowShare));
  const margin = Math.max(Math.log(1.1), deviation(kept));
  const doubtful = Math.max(quantile(kept, 0.95), median(kept) + Math.log(DOUBTFUL_RATIO));
  const limit = Math.max(quantile(kept, 0.98) + margin, median(kept) + Math.log(minimumRatio));
  return { limit: Math.exp(limit), doubtful: Math.exp(Math.min(doubtful, limit)), values: ascending.subarray(0, kept.length) };
}

/** How many of the ascending values lie below the slow group; all of them where there is none. */
function endOfUsual(ascending: Float64Array, slowShare: number): number {
  const n = ascending.length;
  const lower = new Moments();
  const upper = new Moments();
  for (const value of ascending) upper.add(value, 1);
  let best = n;
  let farthest = GROUPS_APART;
  for (let i = 0; i < n; i++) {
    const value = ascending[i]!;
    if (i >= Math.ceil((1 - slowShare) * n) && i > 1) {
      const ratio = Math.log(ratioOfShare(1 - i / n));
      const spread = Math.max(lower.deviation(), 0.02);
      // A gap as wide as all that lies below it is spread: the group begins here.
      if (value - lower.mean() >= Math.max(APART * spread, ratio) && value - ascending[i - 1]! >= Math.max(spread, Math.log(1.1))) return i;
      const apart = (upper.mean() - lower.mean()) / Math.max(spread, upper.deviation());
      if (apart > farthest && upper.mean() - lower.mean() >= ratio && n - i >= Math.max(3, 0.03 * n)) [best, farthest] = [i, apart];
    }
    lower.add(value, 1);
    upper.add(value, -1);
  }
  return best;
}

/** Mean and standard deviation of values that come and go. */
class Moments {
  #count = 0;
  #sum = 0;
  #squares = 0;
  add(value: number, times: 1 | -1): void {
    this.#count += times;
    this.#sum += times * value;
    this.#squares += times * value * value;
  }
  mean(): number {
    return this.#sum / this.#count;
  }
  deviation(): number {
    return Math.sqrt(Math.max(0, this.#squares / this.#count - this.mean() ** 2));
  }
}

function deviation(values: Float64Array): number {
  if (values.length === 0) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
