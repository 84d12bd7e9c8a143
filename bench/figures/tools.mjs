import { setTimeout as sleep } from 'node:timers/promises'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { atMost } from '../row.mjs'
import { median } from '../statistics.mjs'

const GATHERED = 1000
const parameters = {
  type: 'object',
  properties: { n: { type: 'integer' } },
  required: ['n'],
  additionalProperties: false,
}
const TOOLS = [
  { name: 'echo', parameters, execute: ({ n }) => n },
  { name: 'slow', parameters, maxConcurrent: GATHERED, execute: ({ n }) => sleep(10, n) },
]

/** Milliseconds of so many calls, one after the other, as Python sees each. */
const oneByOne = (calls) => `
import time
def timed(n):
    start = time.perf_counter()
    echo(n)
    return (time.perf_counter() - start) * 1000
for n in range(100):
    echo(n)
[timed(n) for n in range(${calls})]`

/** Seconds that all of them take side by side, the second time that it is done. */
const gathered = `
import asyncio, time
await asyncio.gather(*[slow(n) for n in range(${GATHERED})])
start = time.perf_counter()
values = await asyncio.gather(*[slow(n) for n in range(${GATHERED})])
assert values == list(range(${GATHERED}))
time.perf_counter() - start`

/**
 * The road of a call from Python to a function of the host and back, one at a time and side by side.
 * @type {import('./figure.mjs').Figure}
 */
export const toolsFigure = {
  names: ['tools'],
  slow: false,
  async measure({ quick, log }) {
    const sandbox = new PyodideSandbox({ tools: TOOLS, maxToolCalls: 1_000_000, pool: { min: 1, max: 1 } })
    try {
      await sandbox.start()
      log('tools: one call at a time')
      const times = await resultOf(sandbox, oneByOne(quick ? 300 : 1000))
      log(`tools: ${GATHERED} calls side by side`)
      const seconds = []
      for (let round = 0; round < (quick ? 1 : 3); round++) seconds.push(await resultOf(sandbox, gathered))
      return [
        { figure: 'one call of a tool, median', unit: 'ms', ours: median(times), goal: atMost(1) },
        {
          figure: `${GATHERED} calls of 10 ms, gathered`,
          unit: 's',
          ours: median(seconds),
          goal: atMost(0.5),
          details: { seconds },
        },
      ]
    } finally {
      await sandbox.close()
    }
  },
}

/**
 * @param {PyodideSandbox} sandbox
 * @param {string} code
 */
async function resultOf(sandbox, code) {
  const { error, result } = await sandbox.execute(code)
  if (error !== null) throw new Error(`${error.name}: ${error.message}`)
  return result
}
