/**
 * What a figure is told.
 * @typedef {object} Bench
 * @property {boolean} quick fewer samples
 * @property {(name: string) => boolean} wanted was this name asked for?
 * @property {(text: string) => void} log progress, for a person
 */

/**
 * Something that can be measured. `slow` ones are left out by `--quick`.
 * @typedef {object} Figure
 * @property {readonly string[]} names what `--only` takes
 * @property {boolean} slow
 * @property {(bench: Bench) => Promise<import('../row.mjs').Row[]>} measure
 */

/**
 * A row for what this platform does not tell.
 * @param {string} figure
 * @returns {import('../row.mjs').Row}
 */
export function notMeasurable(figure) {
  return { figure, unit: '', ours: null, note: `cannot be measured on ${process.platform}: it has no /proc` }
}
