import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

/**
 * @typedef {{ said: string, code: string | null, executed: boolean, observation: string | null }} RecordedTurn what the model
 *   wrote, what of it the recorder took for code, whether that was run, and what the model was told then
 * @typedef {{ id: string, model: string, turns: RecordedTurn[] }} RecordedRun
 */

/** All runs below a folder. @returns {Generator<RecordedRun>} */
export function* recordedRuns(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('results.jsonl'))
  for (const file of files.sort()) {
    const parts = file.split(sep)
    const model = parts[parts.indexOf('outputs') + 1] ?? parts[0]
    const lines = readFileSync(join(folder, file), 'utf8').split('\n')
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '') continue
      const { history } = JSON.parse(line).state
      yield { id: `${file}:${index + 1}`, model, turns: turnsOf(history) }
    }
  }
}

function turnsOf(history) {
  return history.flatMap(({ role, content }, index) => {
    if (role !== 'assistant') return []
    const next = history[index + 1]
    const code = codeOf(content)
    const executed = code !== null && !content.includes('<solution>')
    return [{ said: content, code, executed, observation: next?.role === 'user' ? told(next.content) : null }]
  })
}

/** As the recorder found it: all that stands between the marks. */
function codeOf(said) {
  const pieces = [...said.matchAll(/<execute>([\s\S]*?)<\/execute>/g)].map(([, code]) => code.trim())
  const code = pieces.join('\n')
  return code.trim() === '' ? null : code
}

/** An observation without what the recorder added to it. */
function told(content) {
  return content
    .replace(/^Observation:\n/, '')
    .replace(/\n?You have \d+ steps left and \d+ chances? to propose solution left\.[\s\S]*$/, '')
    .trim()
}
