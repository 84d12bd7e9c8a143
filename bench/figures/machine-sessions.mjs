import { fileURLToPath } from 'node:url'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median } from '../statistics.mjs'

/** How much longer a session of so many bytes may take that wakes up on a machine which has nothing of it, in milliseconds. */
const WOKEN = [
  { bytes: 0, name: '24 KB', limit: 10 },
  { bytes: 2 ** 20, name: '1 MB', limit: 30 },
  { bytes: 32 * 2 ** 20, name: '32 MB', limit: 600 },
  { bytes: 256 * 2 ** 20, name: '256 MB', limit: 5000 },
]

/**
 * What NATS adds to a step of a session. Needs `nats-server` and PostgreSQL.
 * @type {import('./figure.mjs').Figure}
 */
export const machineSessionsFigure = {
  names: ['machine-sessions'],
  slow: true,
  async measure({ quick, log }) {
    log('sessions on machines: a step by a service alone and over NATS, taking turns')
    const path = fileURLToPath(new URL('../machines/sessions.mjs', import.meta.url))
    const sizes = quick ? WOKEN.slice(0, 2) : WOKEN
    const rows = []
    for (const { bytes, name, limit } of sizes) {
      const rounds = quick ? 5 : bytes > 2 ** 20 ? 5 : 20
      const { stdout } = await runToEnd(process.execPath, [path, String(rounds), String(bytes)])
      const samples = JSON.parse(stdout)[bytes]
      const of = (key) => median(samples[key])
      const ms = (key) => `${of(key).toFixed(0)} ms`
      rows.push({
        ...{ figure: `session of ${name} woken by a machine over woken by a service alone`, unit: 'ms' },
        ...{ ours: of('fetched') - of('alone, woken'), goal: atMost(limit), details: samples },
        note: `${ms('fetched')}, alone ${ms('alone, woken')}`,
      })
      rows.push({
        ...{ figure: `step of a session of ${name} that a machine has live, over alone`, unit: 'ms' },
        ours: of('live') - of('alone'),
        note: `${ms('live')}, alone ${ms('alone')}; an execution without a session ${ms('plain')}`,
      })
    }
    return rows
  },
}
