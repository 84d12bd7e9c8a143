import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { runNaive } from '../naive-process.mjs'
import { numpyWheel, unpackWheel } from '../numpy-wheel.mjs'
import { naiveOver } from '../row.mjs'
import { expectResult, settled, timed } from '../session-timing.mjs'
import { median } from '../statistics.mjs'

const ROUNDS = { quick: 5, full: 9 }
const FIGURE = 'session with numpy: wake-up to its first result'
const BEGIN = 'import numpy as np\na = np.arange(100_000.0)\nb = np.sqrt(a).reshape(100, 1000)'
const NEXT = 'int(b.sum())'
const RESULT = 21081692

/**
 * A session with arrays, from rest to its next result, beside a naive process that loads Pyodide, unpacks the same wheel,
 * imports it and computes the arrays again. The wheel is not ours: a folder with it can be named.
 * @type {import('./figure.mjs').Figure}
 */
export const numpySessionFigure = {
  names: ['numpy-session'],
  slow: false,
  async measure({ quick, log }) {
    const found = numpyWheel()
    if (found === null)
      return [
        { figure: FIGURE, unit: 'ms', ours: null, note: 'AGENTCHAT_TEST_WHEELS names no folder with numpy' },
      ]
    const options = { packages: ['numpy'], wheels: found.folder, offline: true }
    const cold = new PyodideSandbox({ ...options, pool: { min: 0, max: 2 } })
    const warm = new PyodideSandbox({ ...options, pool: { min: 1, max: 2 } })
    const program = `${unpackWheel(found.wheel)}${BEGIN}\nprint(${NEXT})`
    const samples = { naive: [], cold: [], warm: [] }
    try {
      await settled(warm)
      const session = cold.session()
      await session.execute(BEGIN)
      const saved = await session.save()
      await session.close()
      await runNaive(program)
      const rounds = quick ? ROUNDS.quick : ROUNDS.full
      for (let round = 1; round <= rounds; round++) {
        log(`numpy-session: round ${round} of ${rounds}`)
        samples.naive.push((await runNaive(program)) * 1000)
        samples.cold.push(await timed(() => expectResult(cold.session(saved), NEXT, RESULT)))
        await settled(warm)
        samples.warm.push(await timed(() => expectResult(warm.session(saved), NEXT, RESULT)))
        // What is measured next must not meet the refilling of this pool.
        await settled(warm)
      }
      const naive = median(samples.naive)
      const beside = { unit: 'ms', naive, goal: naiveOver(naive, 5), stretch: naiveOver(naive, 8) }
      const bytes = `${(saved.sessionBytes.length / 1e6).toFixed(1)} MB at rest`
      return [
        { figure: FIGURE, ours: median(samples.cold), ...beside, note: bytes, details: samples },
        { figure: 'the same, with a worker that waits in the pool', ours: median(samples.warm), ...beside },
      ]
    } finally {
      await cold.close()
      await warm.close()
    }
  },
}
