import { fileURLToPath } from 'node:url'
import { hasProc } from '../proc.mjs'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median, quantile } from '../statistics.mjs'
import { notMeasurable } from './figure.mjs'

const DATABASE_MB = 1000
const CLIENT_SECONDS = 60
const IDLE_MB = 300 * 1.048_576
const READ_P95_MS = 250
const RESTART_SECONDS = 5

/**
 * A service whose embedded database has grown.
 * @type {import('./figure.mjs').Figure}
 */
export const serviceGrownFigure = {
  names: ['service-grown'],
  slow: true,
  async measure({ log }) {
    if (!hasProc) return [notMeasurable('a service with a large database')]
    log(`a service with a database of ${DATABASE_MB} MB, takes minutes`)
    const path = fileURLToPath(new URL('../soak/service-grown.mjs', import.meta.url))
    const { stdout } = await runToEnd(process.execPath, [path, String(DATABASE_MB), String(CLIENT_SECONDS)])
    const { idle, cleanMs, killed, tool, reads } = JSON.parse(stdout)
    const answered = Object.entries(reads.statuses).map(([status, count]) => `${count} ${status}`)
    return [
      {
        figure: 'an idle service without warm workers: memory (PSS)',
        unit: 'MB',
        ours: idle.pssBytes / 1e6,
        goal: atMost(IDLE_MB),
      },
      {
        figure: `100 clients of 5 users for ${CLIENT_SECONDS} s, ${DATABASE_MB} MB of database: reads, p95`,
        unit: 'ms',
        ours: quantile(reads.readMs, 0.95),
        goal: atMost(READ_P95_MS),
        note: `median ${median(reads.readMs).toFixed(0)} ms; ${answered.join(', ')}`,
      },
      {
        figure: `start after kill -9 at work, ${DATABASE_MB} MB of database`,
        unit: 's',
        ours: killed.readyMs / 1000,
        goal: atMost(RESTART_SECONDS),
        note: `${killed.cpuMs.toFixed(0)} ms of CPU time; ${killed.told ? '' : 'not '}told that it reads its log; otherwise ${(cleanMs / 1000).toFixed(1)} s`,
      },
      {
        figure: 'POST /tools/{id}/execute with 200 properties, over POST /executions, median',
        unit: 'ms',
        ours: median(tool.tool) - median(tool.execution),
        note: `${median(tool.tool).toFixed(1)} and ${median(tool.execution).toFixed(1)} ms`,
      },
    ]
  },
}
