import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { settle } from '../settle.mjs'
import { median } from '../statistics.mjs'

const PROGRAM = 'print(1)'
const WALLS = /** @type {const} */ (['os', 'deno'])
/** What the second wall may cost a cold execution. */
const COLD_EXTRA_MS = 150
/** How far two medians of the same thing lie apart. */
const NOISE = 1.1

/**
 * What the second wall costs: the same executions with it and without it, taking turns.
 * @type {import('./figure.mjs').Figure}
 */
export const wallsFigure = {
  names: ['walls'],
  slow: false,
  async measure({ quick, log }) {
    const sandboxes = { os: sandboxBehind('os'), deno: sandboxBehind('deno') }
    const warm = { os: [], deno: [] }
    const cold = { os: [], deno: [] }
    try {
      for (const wall of WALLS) await sandboxes[wall].start()
      const rounds = quick ? 8 : 24
      for (let round = 1; round <= rounds; round++) {
        log(`with and without the second wall: round ${round} of ${rounds}`)
        for (const wall of round % 2 === 0 ? WALLS : WALLS.toReversed()) {
          cold[wall].push(await timeCold(wall))
          await settle(WALLS.length)
          warm[wall].push(await timeOf(sandboxes[wall], performance.now()))
        }
      }
    } catch (error) {
      if (error.code !== 'isolation-unavailable') throw error
      return [{ figure: 'second wall', unit: '', ours: null, note: error.message }]
    } finally {
      await Promise.all(WALLS.map((wall) => sandboxes[wall].close()))
    }
    return [
      rowOf('cold execute, with the second wall', cold, { text: 'without + 150 ms', extra: COLD_EXTRA_MS }),
      rowOf('warm execute, with the second wall', warm, { text: 'without x 1.1', factor: NOISE }),
    ]
  },
}

/**
 * @param {string} figure
 * @param {Record<'os' | 'deno', number[]>} samples
 * @param {{ text: string, extra?: number, factor?: number }} goal
 * @returns {import('../row.mjs').Row}
 */
function rowOf(figure, { os, deno }, { text, extra = 0, factor = 1 }) {
  const without = median(deno)
  return {
    figure,
    unit: 'ms',
    ours: median(os),
    goal: { text, limit: without * factor + extra },
    note: `without it ${without.toPrecision(3)} ms`,
    details: { milliseconds: os, withoutMilliseconds: deno },
  }
}

/** @param {'os' | 'deno'} isolation */
function sandboxBehind(isolation) {
  return new PyodideSandbox({ isolation, pool: { min: 1, max: 1 } })
}

/** @param {'os' | 'deno'} isolation */
async function timeCold(isolation) {
  const started = performance.now()
  const sandbox = new PyodideSandbox({ isolation, pool: { min: 0, max: 1 } })
  const milliseconds = await timeOf(sandbox, started)
  await sandbox.close()
  return milliseconds
}

/**
 * @param {PyodideSandbox} sandbox
 * @param {number} started
 */
async function timeOf(sandbox, started) {
  const { stdout, error } = await sandbox.execute(PROGRAM)
  const milliseconds = performance.now() - started
  if (stdout !== '1\n') throw new Error(`Cannot measure: ${error?.message ?? JSON.stringify(stdout)}`)
  return milliseconds
}
