// Runs of an agent of three steps with a model that answers at once, taking turns: by the library in a live session, and over
// HTTP in a session of its own and in one that is kept. Prints as JSON how long each took, as the caller sees it.
// node agent.mjs <rounds>
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { runAgent } from '../../packages/agent/dist/agent/index.js'
import { openAiModel } from '../../packages/agent/dist/openai/index.js'
import { PyodideSandbox } from '../../packages/sandbox/dist/sandbox/index.js'
import { callerOf, keyFor, scratchFolder, startService } from './service-process.mjs'

/** Longer than a pool takes to refill and to come to rest. */
const REST_MS = 1500
const STEPS = ['x = 20\nprint(x)', 'x += 1\nprint(x)', 'final_answer(2 * x)']

const rounds = Number(process.argv[2])
const model = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  request.on('end', () => {
    const turn = JSON.parse(text).messages.filter(({ role }) => role === 'assistant').length
    const delta = { content: `\`\`\`python\n${STEPS[turn]}\n\`\`\`` }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(
      `data: ${JSON.stringify({ choices: [{ delta, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`,
    )
  })
})
model.listen(0, '127.0.0.1')
await once(model, 'listening')
const baseUrl = `http://127.0.0.1:${model.address().port}/v1`
const sandbox = new PyodideSandbox({ pool: { min: 1, max: 2 } })
const folder = scratchFolder()
const service = await startService(folder.path, {
  AGENTCHAT_QUOTA_PER_MINUTE: '100000',
  AGENTCHAT_MODEL_BASE_URL: baseUrl,
  AGENTCHAT_MODEL: 'at-once',
})
try {
  const call = callerOf(service.url, await keyFor(service.url))
  const kept = await (await call('POST', 'sessions', {})).json()
  await sandbox.start()
  const overHttp = async (wish) => await (await call('POST', 'agent/runs', { task: 'x', ...wish })).json()
  const takers = {
    library: async (session) =>
      await runAgent({ model: openAiModel({ baseUrl, model: 'at-once' }), session, task: 'x' }),
    own: () => overHttp({}),
    kept: () => overHttp({ sessionId: kept.id }),
  }
  const samples = { library: [], own: [], kept: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const [name, take] of Object.entries(takers)) {
      const session = sandbox.session()
      // Awake, as the one that is kept is.
      if (name === 'library') await session.execute('None')
      await sleep(REST_MS)
      const started = performance.now()
      const run = await take(session)
      const ms = performance.now() - started
      if (run.answer !== 42) throw new Error(`Cannot measure: ${JSON.stringify(run).slice(0, 500)}`)
      // The first of each is not counted: nothing of its path was used before.
      if (round > 0) samples[name].push(ms)
      await session.close()
    }
  }
  console.log(JSON.stringify(samples))
} finally {
  model.close()
  await sandbox.close()
  await service.stop()
  folder[Symbol.dispose]()
}
