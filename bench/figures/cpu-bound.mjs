import { readdirSync, readFileSync } from 'node:fs'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { NaiveServer } from '../naive-process.mjs'
import { settle } from '../settle.mjs'
import { median } from '../statistics.mjs'

const FOLDER = new URL('../programs/', import.meta.url)
const ROUNDS = 5

/**
 * Programs that compute for seconds: a fresh worker of a warm pool against a naive process that has run the program
 * before. Python takes the time itself: each program ends in the seconds it took.
 * @type {import('./figure.mjs').Figure}
 */
export const cpuBoundFigure = {
  names: ['cpu-bound'],
  slow: true,
  async measure({ log }) {
    const rows = []
    for (const file of readdirSync(FOLDER).sort()) {
      const program = readFileSync(new URL(file, FOLDER), 'utf8')
      rows.push(await compare(file.replace('.py', ''), program, log))
    }
    return rows
  },
}

/**
 * @param {string} name
 * @param {string} program
 * @param {(text: string) => void} log
 * @returns {Promise<import('../row.mjs').Row>}
 */
async function compare(name, program, log) {
  const [ours, naive] = [[], []]
  const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  const server = await NaiveServer.start()
  try {
    await sandbox.start()
    await server.run(program)
    for (let round = 1; round <= ROUNDS; round++) {
      log(`CPU-bound: ${name}, round ${round} of ${ROUNDS}`)
      await settle(2)
      ours.push(secondsOf((await sandbox.execute(program)).result))
      await settle(2)
      naive.push(secondsOf((await server.run(program)).value))
    }
  } finally {
    await sandbox.close()
    await server.close()
  }
  const base = median(naive)
  return {
    figure: `CPU-bound: ${name}`,
    unit: 's',
    ours: median(ours),
    naive: base,
    goal: { text: 'naive x 1.05', limit: base * 1.05 },
    details: { seconds: ours, naiveSeconds: naive },
  }
}

/** @param {unknown} value */
function secondsOf(value) {
  if (typeof value !== 'number') throw new Error('Cannot measure: the program did not end in its seconds')
  return value
}
