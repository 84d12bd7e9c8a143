import { fileURLToPath } from 'node:url'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median } from '../statistics.mjs'

const GOAL_MS = 100

/**
 * Three steps of an agent whose model answers at once: what is left is ours.
 * @type {import('./figure.mjs').Figure}
 */
export const agentFigure = {
  names: ['agent'],
  slow: false,
  async measure({ quick, log }) {
    log('agents: three steps, by the library and over HTTP, taking turns')
    const path = fileURLToPath(new URL('../service/agent.mjs', import.meta.url))
    const { stdout } = await runToEnd(process.execPath, [path, String(quick ? 5 : 15)])
    const { library, own, kept } = JSON.parse(stdout)
    const row = (figure, ms) => ({
      figure: `agent, three steps, model at once: ${figure}, median`,
      ...{ unit: 'ms', ours: median(ms), goal: atMost(GOAL_MS) },
      note: `from ${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)} ms`,
      details: { ms },
    })
    return [
      row('by the library, live session', library),
      row('over HTTP, a session of its own', own),
      row('over HTTP, a kept session', kept),
    ]
  },
}
