// Medians and quartiles of repetitions.

/** The value below which `share` of the values lie, by linear interpolation. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

/** Median and quartiles of one ratio over repetitions: each is a ratio of neighbours in time. */
export function ratioOf(repetitions, over, under) {
  const ratios = repetitions.map((times) => times[over] / times[under]);
  return {median: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75)};
}
