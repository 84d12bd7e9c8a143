import { fileURLToPath } from 'node:url'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'

const KILLS = 100
const SESSIONS = 200

/**
 * Sessions in a store: killed at random moments, and woken up in random order, in processes of their own.
 * @type {import('./figure.mjs').Figure}
 */
export const sessionSoakFigure = {
  names: ['session-soak'],
  slow: true,
  async measure({ log }) {
    log(`${KILLS} kills of hosts and workers: takes minutes`)
    const killed = await host('session-kills.mjs', KILLS)
    log(`${SESSIONS} kept sessions: takes minutes`)
    const woken = await host('session-wakes.mjs', SESSIONS)
    const { executions, crashed, notBegun, unsaved, hostKills, workerKills } = killed
    return [
      {
        figure: `${KILLS} kills at random moments: sessions lost or damaged`,
        unit: '',
        ours: killed.problems.length,
        goal: atMost(0),
        note: `${hostKills} of hosts, ${workerKills} of workers; of ${executions + crashed} executions ${crashed} lost while they ran, ${unsaved} told that they are not kept, ${notBegun} not begun`,
        details: killed,
      },
      {
        figure: `${SESSIONS} kept sessions woken in random order: lost or mixed up`,
        unit: '',
        ours: woken.lost + woken.mixedUp,
        goal: atMost(0),
        note: `at most ${woken.mostWorkers} workers at a time, ${((woken.wakeSeconds / SESSIONS) * 1000).toFixed(0)} ms for each`,
        details: woken,
      },
    ]
  },
}

/**
 * @param {string} file
 * @param {number} count
 */
async function host(file, count) {
  const path = fileURLToPath(new URL(`../soak/${file}`, import.meta.url))
  const { stdout } = await runToEnd(process.execPath, [path, String(count)])
  return JSON.parse(stdout)
}
