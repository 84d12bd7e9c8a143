import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { runNaive } from '../naive-process.mjs'
import { numpyWheel, unpackWheel } from '../numpy-wheel.mjs'
import { naiveOver } from '../row.mjs'
import { median } from '../statistics.mjs'

const PROGRAM = 'import numpy as np\nprint(int(np.arange(5).sum()))'
const FIGURE = { figure: 'image with numpy, cold to first result', unit: 'ms' }

/** Of each, in turns. */
const ROUNDS = { quick: 5, full: 9 }

/**
 * An image with numpy inside, from nothing to the first result, beside a naive process that loads Pyodide, unpacks the
 * same wheel, and imports it. The wheel is not ours: a folder with it can be named.
 * @type {import('./figure.mjs').Figure}
 */
export const packagesFigure = {
  names: ['numpy-image'],
  slow: false,
  async measure({ quick, log }) {
    const found = numpyWheel()
    if (found === null)
      return [{ ...FIGURE, ours: null, note: 'AGENTCHAT_TEST_WHEELS names no folder with numpy' }]
    const options = { packages: ['numpy'], wheels: found.folder, offline: true, pool: { min: 0, max: 1 } }
    const naiveProgram = `${unpackWheel(found.wheel)}${PROGRAM}`
    await runNaive(naiveProgram)
    await cold(options)
    const samples = { naive: [], ours: [] }
    const rounds = quick ? ROUNDS.quick : ROUNDS.full
    for (let round = 1; round <= rounds; round++) {
      log(`numpy-image: round ${round} of ${rounds}`)
      samples.naive.push(await runNaive(naiveProgram))
      for (let count = 0; count < 2; count++) samples.ours.push(await cold(options))
    }
    const [base, ours] = [median(samples.naive) * 1000, median(samples.ours) * 1000]
    return [
      {
        ...FIGURE,
        ours,
        naive: base,
        goal: naiveOver(base, 5),
        stretch: naiveOver(base, 8),
        details: { seconds: samples.ours, naiveSeconds: samples.naive },
      },
    ]
  },
}

/** @param {import('../../packages/sandbox/build/sandbox/index.js').SandboxOptions} options */
async function cold(options) {
  const started = performance.now()
  const sandbox = new PyodideSandbox(options)
  const { stdout, error } = await sandbox.execute(PROGRAM)
  const seconds = (performance.now() - started) / 1000
  await sandbox.close()
  if (stdout !== '10\n') throw new Error(`Cannot measure: ${error?.message ?? JSON.stringify(stdout)}`)
  return seconds
}
