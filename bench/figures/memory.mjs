import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { NaiveServer } from '../naive-process.mjs'
import { denoDescendants, hasProc, readMemory } from '../proc.mjs'
import { atMost } from '../row.mjs'
import { settle } from '../settle.mjs'
import { median } from '../statistics.mjs'
import { notMeasurable } from './figure.mjs'

const MB = 1e6
const NAME = 'memory of a warm worker (PSS)'

/**
 * What a worker holds while it waits for its first execution. Processes share the pages of Deno's binary, so each one
 * costs less in a larger pool.
 * @type {import('./figure.mjs').Figure}
 */
export const memoryFigure = {
  names: ['memory'],
  slow: false,
  async measure({ log }) {
    if (!hasProc) return [notMeasurable(NAME)]
    log('memory: naive process')
    const naive = await naiveMemory()
    const rows = []
    for (const size of [1, 2]) {
      log(`memory: pool of ${size}`)
      const workers = await poolMemory(size)
      rows.push({
        figure: `${NAME}, pool of ${size}`,
        unit: 'MB',
        ours: median(workers.map(({ pssBytes }) => pssBytes)) / MB,
        naive: naive.pssBytes / MB,
        goal: atMost(120),
        stretch: atMost(80),
        details: { workers, naive },
      })
    }
    return rows
  },
}

/** @param {number} size */
async function poolMemory(size) {
  const sandbox = new PyodideSandbox({ pool: { min: size, max: size } })
  try {
    await sandbox.start()
    await settle(size, 1)
    return denoDescendants().map(({ pid }) => readMemory(pid))
  } finally {
    await sandbox.close()
  }
}

async function naiveMemory() {
  const server = await NaiveServer.start()
  try {
    await server.run('print(1)')
    await settle(1, 1)
    return readMemory(server.pid)
  } finally {
    await server.close()
  }
}
