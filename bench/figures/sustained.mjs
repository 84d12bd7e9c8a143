import { fileURLToPath } from 'node:url'
import { cpuSecondsOf, cpuTimeProblem } from '../cpu-of.mjs'
import { naivePlan } from '../naive-process.mjs'
import { naiveOver } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median } from '../statistics.mjs'

const HOST = fileURLToPath(new URL('../soak/sustained.mjs', import.meta.url))

/**
 * Executions in fresh processes while there is always a next one, for 1, 2 and 4 callers: milliseconds for each, which is
 * how long the machine needs for one, and processor time of host and workers for each. Beside it the naive process, one
 * after the other.
 * @type {import('./figure.mjs').Figure}
 */
export const sustainedFigure = {
  names: ['sustained'],
  slow: false,
  async measure({ quick, log }) {
    const executions = quick ? 30 : 100
    const rounds = quick ? 2 : 4
    const problem = cpuTimeProblem()
    const naive = []
    const found = new Map([1, 2, 4].map((callers) => [callers, { ms: [], cpuMs: [] }]))
    for (let round = 1; round <= rounds; round++) {
      log(`sustained: round ${round} of ${rounds}`)
      naive.push(await naiveMs())
      for (const [callers, { ms, cpuMs }] of found) {
        const args = [HOST, String(callers), String(executions)]
        const { stdout } = await runToEnd(process.execPath, args)
        ms.push((JSON.parse(stdout).seconds * 1000) / executions)
        // A run of twice as many less one of as many: what the host itself needs is in both.
        if (problem === null && round === 1) {
          const less = await cpuSecondsOf(process.execPath, args)
          const more = await cpuSecondsOf(process.execPath, [...args.slice(0, 2), String(executions * 2)])
          cpuMs.push(((more - less) * 1000) / executions)
        }
      }
    }
    const base = median(naive)
    return [...found].map(([callers, { ms, cpuMs }]) => ({
      figure: `sustained, ${callers} ${callers === 1 ? 'caller' : 'callers'}: each execution`,
      unit: 'ms',
      ours: median(ms),
      naive: base,
      ...(callers === 4 ? { goal: naiveOver(base, 14), stretch: naiveOver(base, 20) } : {}),
      note: `${(1000 / median(ms)).toFixed(1)} a second; ${cpuMs[0]?.toFixed(0) ?? '?'} ms of CPU each`,
      details: { ms, cpuMs, naive },
    }))
  },
}

async function naiveMs() {
  const { path, args, env } = naivePlan()
  const started = performance.now()
  await runToEnd(path, [...args, 'print(1)'], env)
  return performance.now() - started
}
