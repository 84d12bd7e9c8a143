import { NaiveServer } from '../naive-process.mjs'
import { OneWorker } from '../one-worker.mjs'
import { atMost } from '../row.mjs'
import { settle } from '../settle.mjs'
import { median } from '../statistics.mjs'

/** Small on purpose, and no two alike. */
const PROGRAMS = Array.from(
  { length: 10 },
  (_, index) => `x${index} = ${index} + 1\nprint(x${index})\nx${index} * 2`,
)

/**
 * Ten small executions one after another in one worker, after it has been idle, as in a session.
 * @type {import('./figure.mjs').Figure}
 */
export const sequenceFigure = {
  names: ['ten'],
  slow: false,
  async measure({ quick, log }) {
    const [ours, naive] = [[], []]
    const rounds = quick ? 5 : 10
    for (let round = 1; round <= rounds; round++) {
      log(`ten executions in one worker: round ${round} of ${rounds}`)
      naive.push(await timeNaive())
      ours.push(await timeOurs())
    }
    return [
      {
        figure: '10 small executions in one worker',
        unit: 'ms',
        ours: median(ours),
        naive: median(naive),
        goal: atMost(30),
        stretch: atMost(15),
        note: 'naive: runPythonAsync() ten times in one process that is there already',
        details: { milliseconds: ours, naiveMilliseconds: naive },
      },
    ]
  },
}

async function timeOurs() {
  const worker = await OneWorker.start()
  try {
    await settle(1)
    const started = performance.now()
    for (const program of PROGRAMS) {
      const { error } = await worker.execute(program)
      if (error !== null) throw new Error(`Cannot measure: ${error.message}`)
    }
    return performance.now() - started
  } finally {
    await worker.close()
  }
}

async function timeNaive() {
  const server = await NaiveServer.start()
  try {
    await settle(1)
    const started = performance.now()
    for (const program of PROGRAMS) await server.run(program)
    return performance.now() - started
  } finally {
    await server.close()
  }
}
