// A service whose embedded database has grown: its memory at rest, reads of 100 clients of five users while executions run, a
// tool beside the same code as an execution, and its start after it was killed at work. Prints as JSON what was measured.
// node service-grown.mjs <MB of the database> <seconds of the clients>
import { existsSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMemory, readStat } from '../proc.mjs'
import { callerOf, keyFor, keyOfUser, scratchFolder, startService } from '../service/service-process.mjs'

const DATABASE = new URL('../../packages/server/build/db/index.js', import.meta.url)
const USERS = 5
const CLIENTS = 100
/** One request in so many is an execution. */
const EXECUTION_EVERY = 10
const READS = [
  'tools',
  'executions?limit=20',
  'executions?status=failed',
  'auth/self',
  'audit?limit=20',
  'sessions',
]
const SETTINGS = { AGENTCHAT_QUOTA_PER_MINUTE: '100000' }
const TOOL_ROUNDS = 15
const ROW_BYTES = 100_000
const ROWS_AT_ONCE = 500

const [megabytes, seconds] = process.argv.slice(2).map(Number)
if (!existsSync(fileURLToPath(DATABASE))) throw new Error('Cannot measure: build first')
const folder = scratchFolder()
let service = await startService(folder.path, { ...SETTINGS, AGENTCHAT_POOL_MIN: '0' })
try {
  await sleep(5000)
  const idle = readMemory(service.pid)
  await service.stop()
  await grow()
  service = await startService(folder.path, SETTINGS)
  const cleanMs = service.readyMs
  const admin = callerOf(service.url, await keyFor(service.url))
  const keys = []
  for (let n = 0; n < USERS; n++) keys.push(await keyOfUser(service.url, admin, `user${n}`))
  const tool = await toolBesideExecution(callerOf(service.url, keys[0]))
  const reads = await load(keys)
  // In the middle of what it records.
  const writer = callerOf(service.url, keys[0])
  const writes = Array.from({ length: 8 }, () =>
    writer('POST', 'executions', { code: 'import random\nprint(random.randbytes(400_000).hex())' }).catch(
      () => {},
    ),
  )
  await sleep(3000)
  await service.kill()
  await Promise.all(writes)
  service = await startService(folder.path, SETTINGS)
  const { cpuSeconds } = readStat(service.pid) ?? { cpuSeconds: Number.NaN }
  const killed = {
    readyMs: service.readyMs,
    cpuMs: cpuSeconds * 1000,
    told: /reads its log/.test(service.log()),
  }
  console.log(JSON.stringify({ idle, cleanMs, killed, tool, reads }))
} finally {
  await service.stop()
  folder[Symbol.dispose]()
}

/** Writes executions with results that nothing makes smaller, straight into the database. */
async function grow() {
  const { openDatabase } = await import(DATABASE.href)
  const database = await openDatabase({ folder: folder.path })
  const run = async (text) => await database.db.execute(sql.raw(text))
  await run(
    `create temp table texts as select string_agg(md5(n::text), '') as text from generate_series(1, 6000) n`,
  )
  for (let from = 0; from < (megabytes * 1e6) / ROW_BYTES; from += ROWS_AT_ONCE)
    await run(`insert into executions (id, user_id, instance, status, code, options, result, record_bytes, created_at, finished_at)
      select 'exe_0' || lpad((n + ${from})::text, 9, '0'), 'usr_' || n % 100, 'x', 'success', '"1"', '{}',
        '"' || substr(text, 1 + n * 32, ${ROW_BYTES}) || '"', ${ROW_BYTES}, now(), now()
      from generate_series(1, ${ROWS_AT_ONCE}) n, texts`)
  await database[Symbol.asyncDispose]()
}

/** The same code by an execution and as a tool with a schema, taking turns; gives the milliseconds of each. */
async function toolBesideExecution(call) {
  const properties = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`p${n}`, { type: 'integer', minimum: 0 }]),
  )
  const made = await call('POST', 'tools', {
    ...{ name: 'measured', kind: 'python', parameters: { type: 'object', properties } },
    definition: { code: 'def main(**given): return len(given)' },
  })
  const { id } = await made.json()
  const found = { execution: [], tool: [] }
  for (let round = 0; round <= TOOL_ROUNDS; round++)
    for (const [name, path, body] of [
      ['execution', 'executions', { code: 'print(1)' }],
      ['tool', `tools/${id}/execute`, { arguments: { p1: 1 } }],
    ]) {
      await sleep(1000)
      const began = performance.now()
      const answer = await call('POST', path, body)
      await answer.text()
      if (answer.status !== 200) throw new Error(`Cannot measure: ${path} answered ${answer.status}`)
      if (round > 0) found[name].push(performance.now() - began)
    }
  return found
}

/** Many clients, each as soon as it was answered; gives the milliseconds of their reads. */
async function load(keys) {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const found = { readMs: [], executionMs: [], statuses: {} }
  const end = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      const key = keys[client % keys.length]
      for (let n = client; performance.now() < end; n++) {
        const executes = n % EXECUTION_EVERY === 0
        const began = performance.now()
        const status = executes
          ? await send({ agent, key, path: 'executions', body: '{"code":"print(1)"}' })
          : await send({ agent, key, path: READS[n % READS.length] })
        found[executes ? 'executionMs' : 'readMs'].push(performance.now() - began)
        const name = `${executes ? 'execute' : 'read'} ${status}`
        found.statuses[name] = (found.statuses[name] ?? 0) + 1
        if (status === 429) await sleep(100)
      }
    }),
  )
  agent.destroy()
  return found
}

/** Gives the status, 0 where there is none. */
function send({ agent, key, path, body }) {
  const content =
    body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const headers = { authorization: `Bearer ${key}`, ...content }
  const method = body === undefined ? 'GET' : 'POST'
  return new Promise((resolve) => {
    const outgoing = request(`${service.url}/api/v1/${path}`, { agent, method, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0)).on('error', () => resolve(0))
    })
    outgoing.on('error', () => resolve(0))
    outgoing.end(body)
  })
}
