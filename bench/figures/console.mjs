import { fileURLToPath } from 'node:url'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { median } from '../statistics.mjs'

/** Milliseconds, and megabytes that are taken for "bounded". */
const GOALS = { firstPage: 1500, overHttp: 30, task: 200, heap: 50 }

/**
 * The console in Debian's Chromium without a window: how soon it is there, how soon output is seen, what much of it costs.
 * @type {import('./figure.mjs').Figure}
 */
export const consoleFigure = {
  names: ['console'],
  slow: true,
  async measure({ quick, log }) {
    log('console: pages, first output, long output and five minutes of a progress bar')
    const path = fileURLToPath(new URL('../service/console.mjs', import.meta.url))
    const { stdout } = await runToEnd(process.execPath, [path, quick ? '3' : '10', quick ? '20' : '300'])
    const { firstPage, inPage, overHttp, lines, progress } = JSON.parse(stdout)
    const row = (figure, unit, ours, goal, details) => ({
      figure: `console: ${figure}`,
      ...{ unit, ours, goal: atMost(goal), details },
    })
    return [
      row('first page usable, cold cache, median', 'ms', median(firstPage), GOALS.firstPage, { firstPage }),
      {
        ...row(
          'first output above POST /executions, median',
          'ms',
          median(inPage) - median(overHttp),
          GOALS.overHttp,
        ),
        note: `${median(inPage).toFixed(0)} against ${median(overHttp).toFixed(0)} ms`,
        details: { inPage, overHttp },
      },
      row('100,000 lines: longest task', 'ms', lines.longestMs, GOALS.task),
      row('100,000 lines: memory more', 'MB', lines.heapMb, GOALS.heap),
      row('a progress bar for five minutes: longest task', 'ms', progress.longestMs, GOALS.task),
      row('a progress bar for five minutes: memory more', 'MB', progress.heapMb, GOALS.heap),
    ]
  },
}
