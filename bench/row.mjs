/**
 * What a figure has to be: at most `limit`, in the unit of the figure. `text` says where the limit comes from.
 * @typedef {{ text: string, limit: number }} Goal
 */

/**
 * One line of the table. `ours` and `naive` are null where they were not measured.
 * @typedef {object} Row
 * @property {string} figure
 * @property {'s' | 'ms' | 'MB' | 'x' | ''} unit
 * @property {number | null} ours
 * @property {number | null} [naive]
 * @property {Goal} [goal]
 * @property {Goal} [stretch]
 * @property {string} [note]
 * @property {unknown} [details] for the JSON only: samples and the like
 */

/**
 * @param {number} limit
 * @returns {Goal}
 */
export const atMost = (limit) => ({ text: 'at most', limit })

/**
 * @param {number} naive
 * @param {number} divisor
 * @returns {Goal}
 */
export const naiveOver = (naive, divisor) => ({ text: `naive / ${divisor}`, limit: naive / divisor })

/**
 * How many times less ours is than the naive one.
 * @param {Row} row
 * @returns {number | null}
 */
export function ratioOf({ ours, naive }) {
  return ours === null || naive === null || naive === undefined ? null : naive / ours
}

/**
 * @param {Row} row
 * @returns {'stretch' | 'goal' | 'missed' | 'not measured' | ''}
 */
export function verdictOf({ ours, goal, stretch }) {
  if (ours === null) return 'not measured'
  if (goal === undefined) return ''
  if (stretch !== undefined && ours <= stretch.limit) return 'stretch'
  return ours <= goal.limit ? 'goal' : 'missed'
}
