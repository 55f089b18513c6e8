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

/**
 * The largest value still usual: logarithms clipped from above until nothing more falls off. Right while under about four
 * tenths of the sample are slow and they stand apart. Values ≤ 0 count as the smallest positive.
 */
export function usualLimit(values: readonly number[], sigmas: number, minimumRatio: number): number {
  let kept = sorted(values.map((value) => Math.log(Math.max(value, 1))));
  let limit = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12 && kept.length > 0; round++) {
    limit = median(kept) + Math.max(sigmas * madSigma(kept), Math.log(minimumRatio));
    const inside = kept.filter((value) => value <= limit);
    if (inside.length === kept.length) break;
    kept = inside;
  }
  return Math.exp(limit);
}
