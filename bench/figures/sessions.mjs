import { PyodideSandbox } from '../../dist/sandbox/index.js'
import { runNaive } from '../naive-process.mjs'
import { atMost, naiveOver } from '../row.mjs'
import { median } from '../statistics.mjs'

const ROUNDS = { quick: 5, full: 11 }
const SIZES = [
  { code: 'x = 1', text: 'session bytes after x = 1', goal: 0.3, stretch: 0.1 },
  { code: 'x = list(range(100_000))', text: 'session bytes after 100,000 ints', goal: 1.5, stretch: 1 },
]

/**
 * What a session takes at rest, and how long a caller waits for saving, waking and forking it. Beside the wake-up stands
 * a naive process that begins anew and computes the same.
 * @type {import('./figure.mjs').Figure}
 */
export const sessionsFigure = {
  names: ['sessions'],
  slow: false,
  async measure({ quick, log }) {
    const sandbox = new PyodideSandbox({ pool: { min: 0, max: 2 } })
    try {
      const rows = []
      for (const { code, text, goal, stretch } of SIZES) {
        const session = sandbox.session()
        await session.execute(code)
        const { sessionBytes } = await session.save()
        await session.close()
        const ours = sessionBytes.length / 1e6
        rows.push({ figure: text, unit: 'MB', ours, goal: atMost(goal), stretch: atMost(stretch) })
      }
      const rounds = quick ? ROUNDS.quick : ROUNDS.full
      return [...rows, ...(await measureTimes(sandbox, rounds, log))]
    } finally {
      await sandbox.close()
    }
  },
}

/**
 * @param {PyodideSandbox} sandbox
 * @param {number} rounds
 * @param {(text: string) => void} log
 */
async function measureTimes(sandbox, rounds, log) {
  const samples = { save: [], wake: [], fork: [], naive: [] }
  await runNaive('x = 1\nprint(x + 1)')
  for (let round = 1; round <= rounds; round++) {
    log(`sessions: round ${round} of ${rounds}`)
    const session = sandbox.session()
    await session.execute('x = 1')
    let saved
    samples.save.push(await timed(async () => (saved = await session.save())))
    samples.fork.push(await timed(async () => expectTwo(await session.fork())))
    await session.close()
    samples.wake.push(await timed(() => expectTwo(sandbox.session(saved))))
    samples.naive.push((await runNaive('x = 1\nprint(x + 1)')) * 1000)
  }
  const [save, wake, fork, naive] = Object.values(samples).map((each) => median(each))
  const row = (figure, ours, goal, stretch) => ({ figure, unit: 'ms', ours, goal, stretch })
  return [
    row('save() of a small session', save, atMost(150), atMost(50)),
    {
      ...row(
        'wake-up of a small session, to its first result',
        wake,
        naiveOver(naive, 9),
        naiveOver(naive, 12),
      ),
      naive,
      details: samples,
    },
    row('fork of a small session, to its first result', fork, atMost(600), atMost(250)),
  ]
}

/** @param {import('../../dist/sandbox/index.js').SandboxSession} session */
async function expectTwo(session) {
  const { result, error } = await session.execute('x + 1')
  // Not waited for: it is no part of what a caller sees.
  void session.close()
  if (result !== 2) throw new Error(`Cannot measure: ${error?.message ?? JSON.stringify(result)}`)
}

/** @param {() => Promise<unknown>} action */
async function timed(action) {
  const started = performance.now()
  await action()
  return performance.now() - started
}
