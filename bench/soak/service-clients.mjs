// Many clients at once, reading and executing, each as soon as it was answered. Prints as JSON what became of them.
// node service-clients.mjs <clients> <seconds>
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { callerOf, keyFor, scratchFolder, startService } from '../service/service-process.mjs'

/** One request in so many is an execution. */
const EXECUTION_EVERY = 10
/** An answer that takes longer is counted as none. */
const HANG_MS = 70_000
const SETTLE_SECONDS = 5
const READS = ['tools', 'executions?limit=5', 'api-keys', 'auth/self', 'audit?limit=5']
const MB = 1e6

const [clients, seconds] = process.argv.slice(2).map(Number)
const folder = scratchFolder()
const service = await startService(folder.path)
try {
  const key = await keyFor(service.url)
  const call = callerOf(service.url, key)
  for (let n = 0; n < 3; n++) await call('POST', 'executions', { code: 'print(0)' })
  await sleep(1000)
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const found = { statuses: {}, refusedWithoutReason: 0, hanging: 0, broken: 0, readMs: [], executionMs: [] }
  const rssMb = []
  const watch = setInterval(() => rssMb.push(residentMb(service.pid)), 1000)
  const end = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let n = client; performance.now() < end; n++) await one(found, { agent, key, n })
    }),
  )
  clearInterval(watch)
  agent.destroy()
  // What the last ones left is put away.
  await sleep(SETTLE_SECONDS * 1000)
  const afterMb = residentMb(service.pid)
  const running = (await (await call('GET', 'executions?status=running')).json()).items.length
  console.log(JSON.stringify({ ...found, rssMb, afterMb, running, log: service.log().slice(0, 2000) }))
} finally {
  await service.stop()
  folder[Symbol.dispose]()
}

async function one(found, { agent, key, n }) {
  const executes = n % EXECUTION_EVERY === 0
  const started = performance.now()
  try {
    const { status, body, retryAfter } = executes
      ? await send({ agent, key, method: 'POST', path: 'executions', body: { code: `print(${n})` } })
      : await send({ agent, key, method: 'GET', path: READS[n % READS.length] })
    const ms = performance.now() - started
    const name = `${executes ? 'execute' : 'read'} ${status}`
    found.statuses[name] = (found.statuses[name] ?? 0) + 1
    ;(executes ? found.executionMs : found.readMs).push(ms)
    if (status !== 429) return
    if (JSON.parse(body).quota === undefined || retryAfter === undefined) found.refusedWithoutReason += 1
    // A client that is told to come back later does not come back at once.
    await sleep(100)
  } catch (error) {
    if (error.code === 'HANGS') found.hanging += 1
    else found.broken += 1
  }
}

/** @returns {Promise<{ status: number, body: string, retryAfter: string | undefined }>} */
function send({ agent, key, method, path, body }) {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${key}`,
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${service.url}/api/v1/${path}`,
      { agent, method, headers, timeout: HANG_MS },
      (answer) => {
        let received = ''
        answer.setEncoding('utf8').on('data', (piece) => {
          received += piece
        })
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            body: received,
            retryAfter: answer.headers['retry-after'],
          }),
        )
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error('hangs'), { code: 'HANGS' })))
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}

/** @param {number} pid */
function residentMb(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kilobytes) * 1024) / MB
}
