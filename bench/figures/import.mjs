import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median } from '../statistics.mjs'

const LIBRARY = new URL('../../packages/sandbox/dist/sandbox/index.js', import.meta.url)

/**
 * What the library adds to the start of a program that imports it. Processes with it and without it take turns, so that
 * what else the machine does meets both.
 * @type {import('./figure.mjs').Figure}
 */
export const importFigure = {
  names: ['import'],
  slow: false,
  async measure({ quick, log }) {
    const figure = "import 'agentchat-sandbox', above an empty process"
    if (!existsSync(fileURLToPath(LIBRARY)))
      return [{ figure, unit: 'ms', ours: null, note: 'the built library is not there' }]
    const samples = { empty: [], imported: [] }
    const rounds = quick ? 11 : 25
    log(`import: ${rounds} rounds`)
    for (let round = 0; round < rounds; round++) {
      samples.empty.push(await secondsOf(''))
      samples.imported.push(await secondsOf(`import ${JSON.stringify(LIBRARY.href)}`))
    }
    const ours = (median(samples.imported) - median(samples.empty)) * 1000
    return [{ figure, unit: 'ms', ours, goal: atMost(60), details: samples }]
  },
}

/** @param {string} program */
async function secondsOf(program) {
  const { seconds } = await runToEnd(process.execPath, ['--input-type=module', '--eval', program])
  return seconds
}
