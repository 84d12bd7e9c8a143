// Reads of GET /tools over connections that stay open. Prints as JSON how many a second, and how long each took.
// node reads.mjs <seconds> <clients>
import { Agent, request } from 'node:http'
import { callerOf, keyFor, scratchFolder, startService } from './service-process.mjs'

const TOOLS = 20
const [seconds, clients] = process.argv.slice(2).map(Number)
const folder = scratchFolder()
const service = await startService(folder.path, { AGENTCHAT_POOL_MIN: '0' })
try {
  const key = await keyFor(service.url)
  const call = callerOf(service.url, key)
  for (let n = 0; n < TOOLS; n++) await makeTool(call, `tool_${n}`)
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const options = { agent, headers: { authorization: `Bearer ${key}` } }
  await load(options, 1)
  const { ms, wrong, elapsed } = await load(options, seconds)
  console.log(JSON.stringify({ ms, wrong, perSecond: ms.length / elapsed }))
  agent.destroy()
} finally {
  await service.stop()
  folder[Symbol.dispose]()
}

/**
 * @param {ReturnType<typeof callerOf>} call
 * @param {string} name
 */
async function makeTool(call, name) {
  const answer = await call('POST', 'tools', {
    ...{ name, kind: 'openapi' },
    definition: {
      document: {
        ...{
          openapi: '3.1.0',
          info: { title: 'T', version: '1' },
          servers: [{ url: 'https://example.com' }],
        },
        paths: { '/a': { get: { operationId: 'a', responses: { 200: { description: 'ok' } } } } },
      },
    },
  })
  if (answer.status !== 201) throw new Error(`Cannot measure: no tool, ${await answer.text()}`)
}

/**
 * @param {object} options
 * @param {number} forSeconds
 */
async function load(options, forSeconds) {
  const ms = []
  let wrong = 0
  const started = performance.now()
  const end = started + forSeconds * 1000
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < end) {
        const at = performance.now()
        if ((await read(options)) !== 200) wrong += 1
        ms.push(performance.now() - at)
      }
    }),
  )
  return { ms, wrong, elapsed: (performance.now() - started) / 1000 }
}

/**
 * @param {object} options
 * @returns {Promise<number>}
 */
function read(options) {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${service.url}/api/v1/tools`, options, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
