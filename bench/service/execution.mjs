// The same execution by a call of the library and over HTTP, taking turns. Prints as JSON how long each took.
// node execution.mjs <rounds>
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { keyFor, scratchFolder, startService } from './service-process.mjs'

/** Longer than a pool takes to refill and to come to rest. */
const REST_MS = 1500
const CODE = 'print(1)'

const rounds = Number(process.argv[2])
const folder = scratchFolder()
const service = await startService(folder.path, {
  AGENTCHAT_POOL_MAX: '1',
  AGENTCHAT_QUOTA_PER_MINUTE: '100000',
})
const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
try {
  await sandbox.start()
  const key = await keyFor(service.url)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const samples = { library: [], service: [] }
  const takers = {
    library: async () => (await sandbox.execute(CODE)).stdout,
    service: async () => (await post(agent, service.url, key)).result.stdout,
  }
  for (let round = 0; round <= rounds; round++) {
    for (const name of ['library', 'service']) {
      await sleep(REST_MS)
      const started = performance.now()
      const stdout = await takers[name]()
      const ms = performance.now() - started
      if (stdout !== '1\n') throw new Error(`Cannot measure: ${JSON.stringify(stdout)}`)
      // The first of each is not counted: nothing of its path was used before.
      if (round > 0) samples[name].push(ms)
    }
  }
  console.log(JSON.stringify(samples))
  agent.destroy()
} finally {
  await sandbox.close()
  await service.stop()
  folder[Symbol.dispose]()
}

/**
 * One execution over a connection that stays open.
 * @param {Agent} agent
 * @param {string} url
 * @param {string} key
 */
function post(agent, url, key) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/api/v1/executions`, { agent, method: 'POST', headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify({ code: CODE }))
  })
}
