import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { denoDescendants, hasProc, readMemory } from '../proc.mjs'
import { atMost } from '../row.mjs'

/** Caches of the interpreter are full, and the last cells are remembered, after so many. */
const FULL = 100
const EXECUTIONS = 500
const CODE = (run) => `x = [${run}] * 1000\nprint(x[0])`

/**
 * A session of 500 executions that leave as much as they found.
 * @type {import('./figure.mjs').Figure}
 */
export const sessionGrowthFigure = {
  names: ['session-growth'],
  slow: false,
  async measure({ log }) {
    const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
    try {
      const session = sandbox.session()
      const look = async () => {
        const { sessionBytes } = await session.save()
        const [worker] = hasProc ? denoDescendants() : []
        return {
          bytes: sessionBytes.length / 1e6,
          worker: worker === undefined ? null : readMemory(worker.pid).anonymousBytes / 1e6,
          host: process.memoryUsage.rss() / 1e6,
        }
      }
      let full
      for (let run = 1; run <= EXECUTIONS; run++) {
        const { error } = await session.execute(CODE(run))
        if (error !== null) throw new Error(`Cannot measure: ${error.message}`)
        if (run === FULL) full = await look()
        if (run % 100 === 0) log(`session-growth: ${run} of ${EXECUTIONS}`)
      }
      const last = await look()
      const grown = (what) => (last[what] === null ? null : last[what] - full[what])
      const text = (what) => `${EXECUTIONS} executions in a session, growth since the ${FULL}th: ${what}`
      const row = (what, key, goal) => ({
        figure: text(what),
        unit: 'MB',
        ours: grown(key),
        goal: atMost(goal),
        details: { full, last },
      })
      return [
        row('session bytes', 'bytes', 0.1),
        row('memory of the worker', 'worker', 20),
        row('memory of the host', 'host', 30),
      ]
    } finally {
      await sandbox.close()
    }
  },
}
