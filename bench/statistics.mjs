/**
 * The value that a share of the samples does not exceed, interpolated between neighbours.
 * @param {readonly number[]} samples
 * @param {number} share between 0 and 1
 */
export function quantile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

/** @param {readonly number[]} samples */
export const median = (samples) => quantile(samples, 0.5)
