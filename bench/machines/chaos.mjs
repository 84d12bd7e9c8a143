// npm run chaos: kills and stops machines, services, NATS and PostgreSQL by a seed while executions run, writes down every
// operation of its clients, and looks afterwards for what may not be. Ends with 1 when it found something.
// node chaos.mjs [--seconds 300] [--seed 1] [--faults killMachine,killNats]
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { callerOf, keyFor } from '../service/service-process.mjs'
import { check } from './check-history.mjs'
import { startServers } from './servers.mjs'
import { checkCounters, countOn, newCounters } from './session-clients.mjs'

const CLIENTS = 4
/** Each is used by two clients at a time. */
const SESSIONS = 2
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string' },
  },
})
const random = generator(Number(values.seed))
const servers = await startServers()
const services = [await servers.service(), await servers.service()]
const machines = new Map()
for (const name of ['m1', 'm2']) machines.set(name, await servers.machine(name, 2))
const key = await keyFor(services[0].url)
const history = []
const faults = []
let working = true

const names = values.faults?.split(',') ?? null
const wanted = faultsOf().filter(({ name }) => names === null || names.includes(name))
const end = performance.now() + Number(values.seconds) * 1000
const counters = await newCounters(callerOf(services[0].url, key), SESSIONS)
const anyCaller = () => callerOf(services[Math.floor(random() * services.length)].url, key)
const clients = Array.from({ length: CLIENTS }, (_, index) => client(index))
for (const counter of [...counters, ...counters]) clients.push(countOn(counter, anyCaller, () => working))
while (performance.now() < end) {
  await sleep(1000 + random() * 5000)
  const fault = wanted[Math.floor(random() * wanted.length)]
  faults.push(fault.name)
  process.stderr.write(`chaos: ${fault.name}\n`)
  await fault()
}
working = false
await Promise.all(clients)
const call = callerOf(services[0].url, key)
await untilOver(call)
const found = await check(call, { history, starts: servers.starts })
const sessions = await checkCounters(call, counters)
const violations = [...found.violations, ...sessions.violations]
const told = {
  seed: Number(values.seed),
  faults: faults.length,
  operations: history.length,
  ...found.counts,
  ...sessions.counts,
}
console.log(JSON.stringify({ ...told, violations }))
await servers.end()
process.exit(violations.length === 0 ? 0 : 1)

async function client(index) {
  for (let n = 0; working; n += 1) {
    const name = `c${index}-${n}`
    const lasts = random() < 0.2 ? 2 : random() * 0.3
    const inBackground = random() < 0.5
    const code = `import time\ntime.sleep(${lasts.toFixed(2)})\n"${name}"`
    const operation = { name, inBackground, status: 0, id: null, said: null }
    history.push(operation)
    try {
      const through = services[Math.floor(random() * services.length)]
      const headers = inBackground ? { prefer: 'respond-async' } : {}
      const body = { code }
      const answer = await callerOf(through.url, key)('POST', 'executions', body, {
        ...headers,
        'idempotency-key': name,
      })
      const row = await answer.json()
      Object.assign(operation, { status: answer.status, id: row.id ?? null, said: row.status ?? null })
      if (answer.status === 503) await sleep(500)
    } catch {
      // A connection that breaks is an answer that never came: nothing was acknowledged.
      await sleep(200)
    }
  }
}

function faultsOf() {
  const machine = () => [...machines.values()][Math.floor(random() * machines.size)]
  return [
    async function killMachine() {
      const { name, kill } = machine()
      await kill()
      machines.set(name, await again(() => servers.machine(name, 2)))
    },
    async function drainMachine() {
      const { name, drain } = machine()
      await drain()
      machines.set(name, await again(() => servers.machine(name, 2)))
    },
    async function stopMachine() {
      const { signal } = machine()
      signal('SIGSTOP')
      await sleep([2000, 5000, 15_000][Math.floor(random() * 3)])
      signal('SIGCONT')
    },
    async function cutMachine() {
      const { cut } = machine()
      const [up, down] = [
        [true, true],
        [true, false],
        [false, true],
      ][Math.floor(random() * 3)]
      cut(up, down)
      await sleep([1000, 4000, 15_000][Math.floor(random() * 3)])
      cut(false, false)
    },
    async function killService() {
      const index = Math.floor(random() * services.length)
      await services[index].kill()
      services[index] = await again(() => servers.service())
    },
    async function endService() {
      const index = Math.floor(random() * services.length)
      await services[index].stop()
      services[index] = await again(() => servers.service())
    },
    async function killNats() {
      servers.killNats()
      await sleep(random() * 8000)
      await servers.startNats()
    },
    async function restartPostgres() {
      servers.killPostgres()
      await sleep(random() * 4000)
      servers.startPostgres()
    },
  ]
}

/** A lease ends within 10 s, and no execution here takes longer than one. */
async function untilOver(call) {
  const late = performance.now() + 60_000
  const open = async (status) =>
    (await (await call('GET', `executions?status=${status}`)).json()).items.length
  while (performance.now() < late && (await open('running')) + (await open('queued')) > 0) await sleep(250)
}

/** What is started may find what it needs not yet there. */
async function again(start) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await start()
    } catch (error) {
      if (tries === 20) throw error
      await sleep(500)
    }
  }
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
