import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { runNaive } from '../naive-process.mjs'
import { atMost, naiveOver } from '../row.mjs'
import { expectResult, settled, timed } from '../session-timing.mjs'
import { median } from '../statistics.mjs'

const ROUNDS = { quick: 5, full: 11 }
const SIZES = [
  { code: 'x = 1', text: 'session bytes after x = 1', goal: 0.3, stretch: 0.1 },
  { code: 'x = list(range(100_000))', text: 'session bytes after 100,000 ints', goal: 1.5, stretch: 1 },
]
const NAIVE = 'x = 1\nprint(x + 1)'

/**
 * What a session takes at rest, and how long a caller waits for saving, waking and forking it. Beside the wake-up stands
 * a naive process that begins anew and computes the same.
 * @type {import('./figure.mjs').Figure}
 */
export const sessionsFigure = {
  names: ['sessions'],
  slow: false,
  async measure({ quick, log }) {
    const rounds = quick ? ROUNDS.quick : ROUNDS.full
    const cold = new PyodideSandbox({ pool: { min: 0, max: 2 } })
    const warm = new PyodideSandbox({ pool: { min: 1, max: 2 } })
    try {
      await settled(warm)
      const sizes = await measureSizes(cold)
      const samples = { save: [], wake: [], warmWake: [], fork: [], warmFork: [], naive: [] }
      await runNaive(NAIVE)
      for (let round = 1; round <= rounds; round++) {
        log(`sessions: round ${round} of ${rounds}`)
        const saved = await measureRound(cold, samples)
        await measureWarm(warm, saved, samples)
        samples.naive.push((await runNaive(NAIVE)) * 1000)
      }
      return [...sizes, ...rowsOf(samples)]
    } finally {
      await cold.close()
      await warm.close()
    }
  },
}

/** @param {PyodideSandbox} sandbox */
async function measureSizes(sandbox) {
  const rows = []
  for (const { code, text, goal, stretch } of SIZES) {
    const session = sandbox.session()
    await session.execute(code)
    const { sessionBytes } = await session.save()
    await session.close()
    const ours = sessionBytes.length / 1e6
    rows.push({ figure: text, unit: 'MB', ours, goal: atMost(goal), stretch: atMost(stretch) })
  }
  return rows
}

/**
 * Without a worker that waits: waking and forking start one.
 * @param {PyodideSandbox} sandbox
 * @param {Record<string, number[]>} samples
 */
async function measureRound(sandbox, samples) {
  const session = sandbox.session()
  await session.execute('x = 1')
  let saved
  samples.save.push(await timed(async () => (saved = await session.save())))
  samples.fork.push(await timed(async () => expectResult(await session.fork(), 'x + 1', 2)))
  await session.close()
  samples.wake.push(await timed(() => expectResult(sandbox.session(saved), 'x + 1', 2)))
  return saved
}

/**
 * With a worker that waits in the pool, as by default.
 * @param {PyodideSandbox} sandbox
 * @param {import('../../packages/sandbox/build/sandbox/index.js').SealedSession} saved
 * @param {Record<string, number[]>} samples
 */
async function measureWarm(sandbox, saved, samples) {
  await settled(sandbox)
  samples.warmWake.push(await timed(() => expectResult(sandbox.session(saved), 'x + 1', 2)))
  const session = sandbox.session()
  await session.execute('x = 1')
  await session.save()
  await settled(sandbox)
  samples.warmFork.push(await timed(async () => expectResult(await session.fork(), 'x + 1', 2)))
  await session.close()
  // What is measured next must not meet the refilling of this pool.
  await settled(sandbox)
}

/** @param {Record<string, number[]>} samples */
function rowsOf(samples) {
  const middle = Object.fromEntries(Object.entries(samples).map(([name, each]) => [name, median(each)]))
  const { save, wake, warmWake, fork, warmFork, naive } = middle
  const beside = { naive, goal: naiveOver(naive, 9), stretch: naiveOver(naive, 12) }
  const forking = { goal: atMost(600), stretch: atMost(250) }
  const row = (figure, ours, rest) => ({ figure, unit: 'ms', ours, ...rest })
  return [
    row('save() of a small session', save, { goal: atMost(150), stretch: atMost(50) }),
    row('wake-up of a small session, to its first result', wake, { ...beside, details: samples }),
    row('the same, with a worker that waits in the pool', warmWake, beside),
    row('fork of a small session, to its first result', fork, forking),
    row('the same, with a worker that waits in the pool', warmFork, forking),
  ]
}
