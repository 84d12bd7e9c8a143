// The same execution by a service that runs code itself and by one with a machine, on one PostgreSQL, taking turns. Prints as
// JSON how long each took. node execution.mjs <rounds>
import { setTimeout as sleep } from 'node:timers/promises'
import { callerOf, keyFor } from '../service/service-process.mjs'
import { startServers } from './servers.mjs'

/** Longer than a pool takes to refill and to come to rest. */
const REST_MS = 1500

const rounds = Number(process.argv[2])
const servers = await startServers()
try {
  const alone = await servers.alone({ AGENTCHAT_POOL_MAX: '1' })
  const service = await servers.service()
  await servers.machine('m1', 1)
  const key = await keyFor(alone.url)
  const callers = { alone: callerOf(alone.url, key), machines: callerOf(service.url, key) }
  const samples = { alone: [], machines: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const [name, call] of Object.entries(callers)) {
      await sleep(REST_MS)
      const started = performance.now()
      const body = await (await call('POST', 'executions', { code: 'print(1)' })).json()
      const ms = performance.now() - started
      if (body.result?.stdout !== '1\n') throw new Error(`Cannot measure: ${JSON.stringify(body)}`)
      // The first of each is not counted: nothing of its path was used before.
      if (round > 0) samples[name].push(ms)
    }
  }
  console.log(JSON.stringify(samples))
} finally {
  await servers.end()
}
