// A step of a session by a service alone and by ones with a machine: that has the session awake, that has what is kept of
// it, that has nothing of it; and an execution without a session. Each has servers of its own, and they take turns. Prints as JSON how
// long each took. node sessions.mjs <rounds> [<bytes that the session holds> ...]
import { setTimeout as sleep } from 'node:timers/promises'
import { callerOf, keyFor } from '../service/service-process.mjs'
import { startServers } from './servers.mjs'

/** Longer than a pool takes to refill, than a session stays open where it is to rest, and than a machine waits to say so. */
const REST_MS = 2500

const rounds = Number(process.argv[2])
const sizes = process.argv.slice(3).map(Number)
const ROOM = { AGENTCHAT_MAX_SESSION_MB: '400', AGENTCHAT_MAX_MEMORY_MB: '1024', AGENTCHAT_POOL_MAX: '1' }
const WAKING = { AGENTCHAT_SESSION_IDLE_SECONDS: '1' }
const all = []
const service = async (machine, settings = {}) => {
  const servers = await startServers()
  all.push(servers)
  const { url } = machine
    ? await servers.service({ ...ROOM, ...settings })
    : await servers.alone({ ...ROOM, ...settings })
  if (machine) await servers.machine('m1', 1, { ...ROOM, ...settings })
  return callerOf(url, await keyFor(url))
}

try {
  const callers = {
    alone: await service(false),
    'alone, woken': await service(false, WAKING),
    live: await service(true),
    fetched: await service(true, WAKING),
  }
  const told = {}
  for (const bytes of sizes.length === 0 ? [0] : sizes) {
    const samples = { plain: [] }
    const sessions = {}
    for (const [name, call] of Object.entries(callers)) {
      samples[name] = []
      sessions[name] = (await (await call('POST', 'sessions', {})).json()).id
      await step(call, sessions[name], `import os\nn = 0\nheld = os.urandom(${bytes})`)
    }
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, call] of Object.entries(callers)) {
        await sleep(REST_MS)
        const ms = await step(call, sessions[name], 'n += 1\nn')
        if (round > 0) samples[name].push(ms)
      }
      await sleep(REST_MS)
      const ms = await timed(callers.live, 'executions', '1')
      if (round > 0) samples.plain.push(ms)
    }
    for (const [name, call] of Object.entries(callers)) await call('DELETE', `sessions/${sessions[name]}`)
    told[bytes] = samples
  }
  console.log(JSON.stringify(told))
} finally {
  await Promise.all(all.map((servers) => servers.end()))
}

async function step(call, id, code) {
  return await timed(call, `sessions/${id}/executions`, code)
}

async function timed(call, path, code) {
  const started = performance.now()
  const body = await (await call('POST', path, { code, timeoutSeconds: 60 })).json()
  const ms = performance.now() - started
  const { result } = body
  if (body.status !== 'success' || result.sessionUnsaved !== null || result.sessionRestored !== null)
    throw new Error(`Cannot measure: ${JSON.stringify(body)}`)
  return ms
}
