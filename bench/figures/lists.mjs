import { fileURLToPath } from 'node:url'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { quantile } from '../statistics.mjs'

const EXECUTIONS = { quick: 50_000, whole: 1_000_000 }
const P99_MS = { embedded: 200, postgres: 50 }
const NAMES = { embedded: 'the embedded database', postgres: 'PostgreSQL' }

/**
 * Lists and statistics of a service that has run very much.
 * @type {import('./figure.mjs').Figure}
 */
export const listsFigure = {
  names: ['lists'],
  slow: true,
  async measure({ quick, log }) {
    const count = quick ? EXECUTIONS.quick : EXECUTIONS.whole
    log(`lists and statistics with ${count} executions, takes minutes`)
    const path = fileURLToPath(new URL('../service/lists.mjs', import.meta.url))
    const found = JSON.parse((await runToEnd(process.execPath, [path, String(count)])).stdout)
    return Object.entries(found).map(([kind, samples]) => {
      const slowest = Object.entries(samples).map(([path, ms]) => [path, quantile(ms, 0.99)])
      slowest.sort(([, one], [, other]) => other - one)
      return {
        figure: `lists and statistics with ${count} executions, ${NAMES[kind]}: the slowest request, p99`,
        ...{ unit: 'ms', ours: slowest[0][1], goal: atMost(P99_MS[kind]), details: samples },
        note: slowest.map(([path, ms]) => `${path} ${ms.toFixed(0)} ms`).join(', '),
      }
    })
  },
}
