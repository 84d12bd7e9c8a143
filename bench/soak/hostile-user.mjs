// A user who attacks with everything that the quotas allow, while another one runs print(1). Prints as JSON how long that
// took, without and with the attack.
// node hostile-user.mjs <quiet seconds> <attack seconds>
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { callerOf, keyFor, keyOfUser, scratchFolder, startService } from '../service/service-process.mjs'

const EVERY_MS = 500
const HANG_MS = 60_000

const [quietSeconds, attackSeconds] = process.argv.slice(2).map(Number)
const folder = scratchFolder()
const service = await startService(folder.path)
try {
  const admin = callerOf(service.url, await keyFor(service.url))
  const [neighbour, attacker] = [
    await keyOfUser(service.url, admin, 'neighbour'),
    await keyOfUser(service.url, admin, 'attacker'),
  ]
  await watch(neighbour, 5)
  const quiet = await watch(neighbour, quietSeconds)
  const attack = new AbortController()
  const statuses = {}
  const attacking = Promise.all(
    attacks(attacker).map((one) => repeat(one, { signal: attack.signal, statuses })),
  )
  const attacked = await watch(neighbour, attackSeconds)
  attack.abort()
  await attacking
  console.log(JSON.stringify({ quiet, attacked, statuses }))
} finally {
  await service.stop()
  folder[Symbol.dispose]()
}

/** Runs print(1) every half second for so long; gives the milliseconds of each, of reads beside it, and what failed. */
async function watch(key, seconds) {
  const found = { runMs: [], readMs: [], failed: 0 }
  const agent = new Agent({ keepAlive: true })
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const began = performance.now()
    const run = await send({
      agent,
      key,
      method: 'POST',
      path: '/api/v1/executions',
      body: '{"code":"print(1)"}',
    })
    found.runMs.push(performance.now() - began)
    const read = performance.now()
    const healthy = await send({ agent, key, method: 'GET', path: '/healthz' })
    found.readMs.push(performance.now() - read)
    if (run !== 200 || healthy !== 200) found.failed += 1
    await sleep(Math.max(0, EVERY_MS - (performance.now() - began)))
  }
  agent.destroy()
  return found
}

async function repeat(attack, { signal, statuses }) {
  while (!signal.aborted) {
    const status = await attack()
    statuses[status] = (statuses[status] ?? 0) + 1
    // One who is refused asks again, as fast as programs do.
    await sleep(20)
  }
}

/** What is tried all the time, each by some at once. */
function attacks(key) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const post = (path, body, headers = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return () => send({ agent, key, method: 'POST', path: `/api/v1/${path}`, body: text, headers })
  }
  const background = { prefer: 'respond-async' }
  const spin = 'import time\nend = time.time() + 5\nwhile time.time() < end: pass'
  const display =
    'from IPython.display import display, HTML\nfor n in range(40): display(HTML("x" * 500_000))'
  const large = `{"code":"len(a)","globals":{"a":[${Array(180_000).fill('0.8414709848078965').join()}]}}`
  const schema = { kind: 'openapi', definition: { document: `[${'{'.repeat(50)}` } }
  const tool = {
    kind: 'python',
    definition: { code: `${spin}\ndef main(): pass` },
    limits: { timeoutSeconds: 2 },
  }
  const some = (count, attack) => Array.from({ length: count }, () => attack)
  return [
    ...some(4, post('executions', { code: spin }, background)),
    ...some(2, post('executions', { code: display })),
    ...some(2, post('executions', { code: 'print("x" * 10**7)' })),
    ...some(3, post('executions', large)),
    ...some(2, post('executions', `{"code":"1","globals":{"a":"${'s'.repeat(4e6)}"}}`)),
    ...some(2, post('executions', `{"code":1,"x":${'['.repeat(2e6)}`)),
    ...some(3, post('tools', { ...schema, name: 'a' })),
    ...some(2, post('tools', { ...tool, name: 'b' })),
    ...some(2, post('sessions', {})),
    ...some(8, () => send({ agent, key, method: 'GET', path: '/api/v1/executions?limit=100' })),
    ...some(8, () => send({ agent, key, method: 'GET', path: '/api/v1/audit?limit=100&action=none' })),
    ...some(4, post('auth/sign-in', { email: 'nobody@example.com', password: 'wrong password' })),
    ...some(2, () => raw('GET /api/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500))),
    ...some(2, () =>
      raw(
        `POST /api/v1/executions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\n[\r\n'.repeat(50_000)}`,
      ),
    ),
  ]
}

/** Gives the status, 0 where there is none. */
function send({ agent, key, method, path, body, headers = {} }) {
  return new Promise((resolve) => {
    const content =
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request(
      `${service.url}${path}`,
      {
        agent,
        method,
        timeout: HANG_MS,
        headers: { authorization: `Bearer ${key}`, ...content, ...headers },
      },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0)).on('error', () => resolve(0))
      },
    )
    outgoing.on('timeout', () => outgoing.destroy()).on('error', () => resolve(0))
    outgoing.end(body)
  })
}

/** Sends bytes as they are, and waits for the end of the connection, a second at most. */
function raw(bytes) {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(service.url)
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), 1000)
    socket.on('error', () => {}).resume()
    socket.on('close', () => {
      clearTimeout(timer)
      resolve('raw')
    })
  })
}
