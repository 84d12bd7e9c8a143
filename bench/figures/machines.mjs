import { fileURLToPath } from 'node:url'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median, quantile } from '../statistics.mjs'

const OVER_MEDIAN_MS = 2
const OVER_P95_MS = 5

/**
 * What NATS adds to an execution. Needs `nats-server` and PostgreSQL.
 * @type {import('./figure.mjs').Figure}
 */
export const machinesFigure = {
  names: ['machines'],
  slow: true,
  async measure({ quick, log }) {
    log('services with machines: an execution over NATS and by a service alone, taking turns')
    const path = fileURLToPath(new URL('../machines/execution.mjs', import.meta.url))
    const { stdout } = await runToEnd(process.execPath, [path, quick ? '8' : '40'])
    const { alone, machines } = JSON.parse(stdout)
    const row = (share, name, limit) => ({
      figure: `POST /executions over NATS over a service alone, ${name}`,
      unit: 'ms',
      ours: quantile(machines, share) - quantile(alone, share),
      goal: atMost(limit),
      note: `${quantile(machines, share).toFixed(1)} ms over NATS, ${quantile(alone, share).toFixed(1)} ms alone, same PostgreSQL`,
    })
    const details = { alone, machines, median: median(machines) }
    return [{ ...row(0.5, 'median', OVER_MEDIAN_MS), details }, row(0.95, 'p95', OVER_P95_MS)]
  },
}
