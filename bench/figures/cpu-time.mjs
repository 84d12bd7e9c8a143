import { fileURLToPath } from 'node:url'
import { cpuSecondsOf, cpuTimeProblem } from '../cpu-of.mjs'
import { naivePlan } from '../naive-process.mjs'
import { naiveOver } from '../row.mjs'
import { median } from '../statistics.mjs'

const HOST = fileURLToPath(new URL('../soak/executions.mjs', import.meta.url))
const EXECUTIONS = 5

/**
 * Processor time of host and workers for one execution and for the worker that takes the place of the used one: what a
 * host process uses with five executions and one without any, divided by five.
 * @type {import('./figure.mjs').Figure}
 */
export const cpuTimeFigure = {
  names: ['cpu-time'],
  slow: false,
  async measure({ quick, log }) {
    const row = { figure: 'CPU time per execution, refill included', unit: 'ms' }
    const problem = cpuTimeProblem()
    if (problem !== null) return [{ ...row, ours: null, note: problem }]
    const [ours, naive] = [[], []]
    await naiveCpuSeconds()
    const rounds = quick ? 3 : 6
    for (let round = 1; round <= rounds; round++) {
      log(`CPU time: round ${round} of ${rounds}`)
      const idle = await hostCpuSeconds(0)
      naive.push(await naiveCpuSeconds())
      ours.push(((await hostCpuSeconds(EXECUTIONS)) - idle) / EXECUTIONS)
    }
    const [middle, base] = [median(ours) * 1000, median(naive) * 1000]
    return [
      {
        ...row,
        ours: middle,
        naive: base,
        goal: naiveOver(base, 12),
        stretch: naiveOver(base, 20),
        details: { seconds: ours, naiveSeconds: naive },
      },
    ]
  },
}

/** @param {number} executions */
const hostCpuSeconds = (executions) => cpuSecondsOf(process.execPath, [HOST, String(executions)])

async function naiveCpuSeconds() {
  const { path, args, env } = naivePlan()
  return await cpuSecondsOf(path, [...args, 'print(1)'], env)
}
