import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { atMost } from '../row.mjs'
import { median } from '../statistics.mjs'

const COMMAND = fileURLToPath(new URL('../../packages/mcp/dist/cli/main.js', import.meta.url))
const FIRST_GOAL_MS = 500
const MORE_GOAL_MS = 3
/** Each session keeps its state after a call: neither waits for that, as nobody does who has just read the answer. */
const PAUSE_MS = 50

/**
 * The server of the Model Context Protocol over standard streams: how soon it answers, and what a call of it costs above a
 * live session of the library, taking turns.
 * @type {import('./figure.mjs').Figure}
 */
export const mcpFigure = {
  names: ['mcp'],
  slow: false,
  async measure({ quick, log }) {
    log('mcp: first answers')
    const first = []
    for (let round = 0; round < (quick ? 3 : 9); round++) {
      const begun = performance.now()
      const client = await connected()
      first.push(performance.now() - begun)
      await client.close()
    }
    log('mcp: print(1), by the protocol and by the library, taking turns')
    const client = await connected()
    const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
    const session = sandbox.session()
    const byProtocol = async () =>
      await client.callTool({ name: 'run_python', arguments: { code: 'print(1)' } })
    const byLibrary = async () => await session.execute('print(1)')
    const [protocol, library] = [[], []]
    try {
      for (let round = -20; round < (quick ? 50 : 200); round++) {
        const [ours, its] = [await timed(byProtocol), await timed(byLibrary)]
        // The first ones find cold caches.
        if (round < 0) continue
        protocol.push(ours)
        library.push(its)
      }
    } finally {
      await client.close()
      await sandbox.close()
    }
    const more = median(protocol) - median(library)
    return [
      {
        ...{ figure: 'MCP over standard streams: first answer, median', unit: 'ms', ours: median(first) },
        ...{ goal: atMost(FIRST_GOAL_MS), details: { first } },
      },
      {
        ...{
          figure: 'MCP over standard streams: print(1) above the library, median',
          unit: 'ms',
          ours: more,
        },
        goal: atMost(MORE_GOAL_MS),
        note: `${median(protocol).toFixed(1)} against ${median(library).toFixed(1)} ms`,
        details: { protocol, library },
      },
    ]
  },
}

/** @param {() => Promise<unknown>} work */
async function timed(work) {
  await sleep(PAUSE_MS)
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** A client of a server that has answered what it is. */
async function connected() {
  const client = new Client({ name: 'bench', version: '1.0.0' })
  const transport = { command: process.execPath, args: [COMMAND], env: { ...process.env }, stderr: 'ignore' }
  await client.connect(new StdioClientTransport(transport))
  return client
}
