import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { hasProc, processesThatMention } from '../proc.mjs'
import { atMost } from '../row.mjs'
import { runToEnd } from '../run-to-end.mjs'
import { notMeasurable } from './figure.mjs'

const HOST_GROWTH_MB = 30

/**
 * 128 callers at once on two workers, measured in a host process of its own.
 * @type {import('./figure.mjs').Figure}
 */
export const callersFigure = {
  names: ['callers'],
  slow: false,
  async measure({ log }) {
    const rows = []
    for (const [what, maxQueue] of [
      ['room for all', 128],
      ['queue of 16', 16],
    ]) {
      log(`128 callers at once, ${what}`)
      const { answered, refused, hanging, wrong, growthMb, seconds } = await host('callers.mjs', [maxQueue])
      rows.push(
        {
          figure: `128 callers at once, ${what}: without an answer`,
          unit: '',
          ours: hanging + wrong,
          goal: atMost(0),
          note: `${answered} answered, ${refused} refused with "queue-full", in ${seconds.toFixed(1)} s`,
        },
        {
          figure: `128 callers at once, ${what}: host RSS growth`,
          unit: 'MB',
          ours: growthMb,
          goal: atMost(HOST_GROWTH_MB),
        },
      )
    }
    return rows
  },
}

/**
 * 1,000 executions in a row, measured in a host process of its own; then what is left of them.
 * @type {import('./figure.mjs').Figure}
 */
export const thousandFigure = {
  names: ['thousand'],
  slow: true,
  async measure({ log }) {
    if (!hasProc) return [notMeasurable('1,000 executions in a row')]
    log('1,000 executions in a row: takes minutes')
    const found = await host('thousand.mjs', [])
    const left = [...found.left, ...leftOf(found.pid)]
    const late = found.late.filter((each) => !left.includes(each))
    return [
      {
        figure: '1,000 executions: host RSS growth',
        unit: 'MB',
        ours: found.growthMb,
        goal: atMost(HOST_GROWTH_MB),
        note: `${found.failed} of 1,000 failed, ${found.seconds.toFixed(0)} s in all`,
        details: found,
      },
      {
        figure: '1,000 executions: processes, files and descriptors left',
        unit: '',
        ours: left.length,
        goal: atMost(0),
        note: `left: ${list(left)}; still there when close() had resolved, but gone a second later: ${list(late)}`,
      },
    ]
  },
}

/** @param {readonly string[]} names */
const list = (names) => (names.length === 0 ? 'nothing' : names.slice(0, 10).join(', '))

/**
 * What a host process that has ended left behind.
 * @param {number} pid
 */
function leftOf(pid) {
  const name = `agentchat-sandbox-${pid}-`
  const files = readdirSync(tmpdir()).filter((file) => file.startsWith(name))
  return [...files, ...processesThatMention(name).map((process) => `process ${process}`)]
}

/**
 * @param {string} file
 * @param {readonly unknown[]} args
 */
async function host(file, args) {
  const path = fileURLToPath(new URL(`../soak/${file}`, import.meta.url))
  if (!existsSync(path)) throw new Error(`Cannot measure: "${path}" is not there`)
  const { stdout, pid } = await runToEnd(process.execPath, [path, ...args.map(String)])
  return { ...JSON.parse(stdout), pid }
}
