import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { denoDescendants, hasProc, isAsleep, readStat } from '../proc.mjs'
import { atMost } from '../row.mjs'
import { keyFor, scratchFolder, startService } from '../service/service-process.mjs'
import { median } from '../statistics.mjs'

const COMMAND = fileURLToPath(new URL('../../packages/mcp/dist/cli/main.js', import.meta.url))
const ERAS = ['2025-11-25', '2026-07-28']
const GOAL_MS = 1000
/** So much CPU time shows that code without an end runs in a worker: its start takes half a second on a busy machine. */
const BUSY_SECONDS = 2
const LATE_MS = 60_000

/**
 * A call of `run_python` whose code has no end is taken back by its client: how long the worker goes on.
 * @type {import('./figure.mjs').Figure}
 */
export const mcpCancelFigure = {
  names: ['mcp-cancel'],
  slow: false,
  async measure({ quick, log }) {
    const figure = (era, road) => `MCP over ${road}, ${era}: a call taken back, to the end of its code`
    if (!hasProc)
      return [{ figure: figure('both eras', 'both'), unit: 'ms', ours: null, note: 'only on Linux' }]
    const rows = []
    for (const [road, open] of [
      ['standard streams', openStandardStreams],
      ['HTTP', openHttp],
    ]) {
      const server = await open()
      try {
        for (const era of ERAS) {
          log(`mcp-cancel: ${road}, ${era}`)
          const client = await server.connect(era)
          const ms = []
          for (let round = 0; round < (quick ? 2 : 7); round++) ms.push(await cancelled(client, server.pid()))
          await client.close()
          rows.push({
            ...{ figure: figure(era, road), unit: 'ms', ours: Math.max(...ms), goal: atMost(GOAL_MS) },
            note: `the longest of ${ms.length}, median ${median(ms).toFixed(0)} ms`,
            details: { ms },
          })
        }
      } finally {
        await server.close()
      }
    }
    return rows
  },
}

/**
 * @param {Client} client
 * @param {number} root the process that has the workers
 */
async function cancelled(client, root) {
  const before = new Map(denoDescendants(root).map(({ pid, cpuSeconds }) => [pid, cpuSeconds]))
  const stop = new AbortController()
  const code = 'while True: pass'
  const call = client.callTool({ name: 'run_python', arguments: { code } }, { signal: stop.signal })
  call.catch(() => {})
  const worker = await found(() =>
    denoDescendants(root).find(({ pid, cpuSeconds }) => cpuSeconds - (before.get(pid) ?? 0) > BUSY_SECONDS),
  )
  const begun = performance.now()
  stop.abort()
  await found(() => readStat(worker.pid) === null || isAsleep(worker.pid))
  return performance.now() - begun
}

/** @template Value @param {() => Value} look @returns {Promise<NonNullable<Value>>} the first that is one */
async function found(look) {
  const end = performance.now() + LATE_MS
  while (performance.now() < end) {
    const value = look()
    if (value) return value
    await sleep(2)
  }
  throw new Error(`Cannot measure: nothing within ${LATE_MS} ms`)
}

const clientOf = (era) =>
  new Client(
    { name: 'bench', version: '1.0.0' },
    { versionNegotiation: { mode: era === '2026-07-28' ? { pin: era } : 'legacy' } },
  )

/** A server of its own for each client, as with any client of standard streams. */
async function openStandardStreams() {
  let pid = 0
  return {
    pid: () => pid,
    async connect(era) {
      const client = clientOf(era)
      const transport = new StdioClientTransport({
        ...{ command: process.execPath, args: [COMMAND], env: { ...process.env }, stderr: 'ignore' },
      })
      await client.connect(transport)
      pid = transport.pid ?? 0
      return client
    },
    async close() {},
  }
}

async function openHttp() {
  const folder = scratchFolder()
  const service = await startService(folder.path, { AGENTCHAT_QUOTA_PER_MINUTE: '100000' })
  const headers = { Authorization: `Bearer ${await keyFor(service.url)}` }
  return {
    pid: () => service.pid,
    async connect(era) {
      const client = clientOf(era)
      const url = new URL('/mcp', service.url)
      await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }))
      return client
    },
    async close() {
      await service.stop()
      folder[Symbol.dispose]()
    },
  }
}
