import { extractCode } from 'agentchat-sandbox-agent'

/** The tag that the recorded models were asked to write. */
const TAGS = ['execute']

/** Sends every recorded turn through the extractor. @returns {{ share: number, text: string }} */
export function extractorReport(runs) {
  const counts = { turns: 0, recorded: 0, same: 0, other: 0, missed: 0, unclosed: 0, fences: 0, none: 0 }
  const times = []
  for (const { turns } of runs) {
    for (const { said, code } of turns) {
      const begun = performance.now()
      const found = extractCode(said, TAGS)
      times.push(performance.now() - begun)
      counts.turns += 1
      if (code !== null) counts.recorded += 1
      counts[kindOf(code, found)] += 1
    }
  }
  times.sort((a, b) => a - b)
  const share = counts.recorded === 0 ? 1 : counts.same / counts.recorded
  const text = [
    `extractor: ${counts.turns} turns, of which ${counts.recorded} have code in the record; nothing was thrown`,
    `  the same code          ${counts.same} (${(100 * share).toFixed(2)} %)`,
    `  other code             ${counts.other}`,
    `  missed                 ${counts.missed}`,
    `  none in the record: ${counts.none} none here, ${counts.unclosed} whose mark has no end, ${counts.fences} in fences`,
    `  time: median ${at(times, 0.5)} ms, 99th percentile ${at(times, 0.99)} ms, most ${at(times, 1)} ms`,
  ].join('\n')
  return { share, text }
}

function kindOf(recorded, { code, unclosed }) {
  if (recorded === null) {
    if (code === null) return 'none'
    return unclosed ? 'unclosed' : 'fences'
  }
  if (code === null) return 'missed'
  return plain(code) === plain(recorded) ? 'same' : 'other'
}

/** Without what makes no other program: empty lines, blanks at the end of lines, an indentation that all lines share. */
function plain(code) {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')
}

function at(sorted, quantile) {
  return (sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? 0).toFixed(3)
}
