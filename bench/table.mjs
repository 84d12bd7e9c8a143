import { ratioOf, verdictOf } from './row.mjs'

const HEAD = ['figure', 'ours', 'naive', 'naive / ours', 'goal', 'stretch', 'met?']

/**
 * The rows as a Markdown table, with the notes below it.
 * @param {readonly import('./row.mjs').Row[]} rows
 */
export function formatTable(rows) {
  const lines = [HEAD, HEAD.map(() => ''), ...rows.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0), 3))
  const text = lines.map((line, index) => {
    const cells = line.map((cell, column) =>
      index === 1 ? '-'.repeat(widths[column] ?? 3) : cell.padEnd(widths[column] ?? 3),
    )
    return `| ${cells.join(' | ')} |`
  })
  const notes = rows
    .filter(({ note }) => note !== undefined)
    .map(({ figure, note }) => `- ${figure}: ${note}`)
  return [...text, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n')
}

/** @param {import('./row.mjs').Row} row */
function cellsOf(row) {
  const { figure, unit, ours, naive = null, goal, stretch } = row
  const ratio = ratioOf(row)
  return [
    figure,
    quantity(ours, unit),
    quantity(naive, unit),
    ratio === null ? '' : ratio.toPrecision(3),
    goalCell(goal, unit),
    goalCell(stretch, unit),
    verdictOf(row),
  ]
}

/**
 * @param {import('./row.mjs').Goal | undefined} goal
 * @param {string} unit
 */
function goalCell(goal, unit) {
  return goal === undefined
    ? ''
    : `${goal.text} ${goal.text === 'at most' ? '' : '= '}${quantity(goal.limit, unit)}`
}

/**
 * @param {number | null} value
 * @param {string} unit
 */
function quantity(value, unit) {
  if (value === null) return ''
  const text = Number.isInteger(value)
    ? String(value)
    : value >= 100
      ? value.toFixed(0)
      : value.toPrecision(3)
  return unit === '' ? text : `${text} ${unit}`
}
