import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { runNaive } from '../naive-process.mjs'
import { naiveOver } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { settle } from '../settle.mjs'
import { median, quantile } from '../statistics.mjs'

const PROGRAM = 'print(1)'
const COMMAND = fileURLToPath(new URL('../../packages/sandbox/dist/cli/main.js', import.meta.url))

/** Samples that each path gives in a round; a round begins with one naive process. */
const PER_ROUND = { warm: 7, cold: 2, command: 1 }

/**
 * The whole call as its caller sees it, from a warm pool, from nothing, and as a command. All of them take turns with
 * naive processes, so that what else the machine does meets every path.
 * @type {import('./figure.mjs').Figure}
 */
export const startFigure = {
  names: ['warm', 'cold', 'command'],
  slow: false,
  async measure({ wanted, quick, log }) {
    const commandMissing = !existsSync(COMMAND)
    const subjects = ['warm', 'cold', 'command'].filter((name) => wanted(name))
    const measured = subjects.filter((name) => name !== 'command' || !commandMissing)
    const samples = { naive: [], warm: [], cold: [], command: [] }
    const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
    const takers = { warm: () => warm(sandbox), cold, command }
    try {
      if (measured.includes('warm')) await sandbox.start()
      // Fills the caches of the naive path, as the image fills ours.
      await runNaive(PROGRAM)
      const rounds = quick ? 6 : 9
      for (let round = 1; round <= rounds && measured.length > 0; round++) {
        log(`${measured.join(', ')}: round ${round} of ${rounds}`)
        samples.naive.push(await runNaive(PROGRAM))
        for (const name of measured) {
          for (let count = 0; count < PER_ROUND[name]; count++) samples[name].push(await takers[name]())
        }
      }
    } finally {
      await sandbox.close()
    }
    return subjects.flatMap((name) => ROWS[name](samples))
  },
}

/** @param {PyodideSandbox} sandbox */
async function warm(sandbox) {
  await settle(1)
  return await execute(sandbox, performance.now())
}

async function cold() {
  const started = performance.now()
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
  const seconds = await execute(sandbox, started)
  await sandbox.close()
  return seconds
}

async function command() {
  const { seconds, stdout } = await runToEnd(process.execPath, [COMMAND, 'run', '-c', PROGRAM])
  if (stdout !== '1\n') throw new Error(`Cannot measure the command: it printed ${JSON.stringify(stdout)}`)
  return seconds
}

/**
 * @param {PyodideSandbox} sandbox
 * @param {number} started
 */
async function execute(sandbox, started) {
  const { stdout, error } = await sandbox.execute(PROGRAM)
  const seconds = (performance.now() - started) / 1000
  if (stdout !== '1\n') throw new Error(`Cannot measure: ${error?.message ?? JSON.stringify(stdout)}`)
  return seconds
}

const ms = (seconds) => seconds * 1000

/** @type {Record<string, (samples: Record<string, number[]>) => import('../row.mjs').Row[]>} */
const ROWS = {
  warm({ naive, warm }) {
    const [base, middle] = [ms(median(naive)), ms(median(warm))]
    return [
      {
        figure: 'warm execute, median',
        unit: 'ms',
        ours: middle,
        naive: base,
        goal: naiveOver(base, 700),
        stretch: naiveOver(base, 1500),
        details: { seconds: warm, naiveSeconds: naive },
      },
      {
        figure: 'warm execute, p95',
        unit: 'ms',
        ours: ms(quantile(warm, 0.95)),
        goal: { text: '3 x median', limit: 3 * middle },
        stretch: { text: '2 x median', limit: 2 * middle },
      },
    ]
  },
  cold: ({ naive, cold }) => [
    {
      figure: 'cold execute, image there',
      unit: 'ms',
      ours: ms(median(cold)),
      naive: ms(median(naive)),
      goal: naiveOver(ms(median(naive)), 9),
      stretch: naiveOver(ms(median(naive)), 14),
      details: { seconds: cold, naiveSeconds: naive },
    },
  ],
  command({ naive, command }) {
    const row = { figure: 'agentchat-sandbox run, whole command', unit: 'ms' }
    if (command.length === 0) return [{ ...row, ours: null, note: 'the built command is not there' }]
    const base = ms(median(naive))
    return [
      {
        ...row,
        ours: ms(median(command)),
        naive: base,
        goal: naiveOver(base, 6),
        stretch: naiveOver(base, 9),
        details: { seconds: command, naiveSeconds: naive },
      },
    ]
  },
}
