// A LangGraph agent that remembers its Python over the turns of a thread, and goes on from an earlier one. After
// `npm run build`, with any endpoint that speaks as OpenAI's chat completions do:
//   AGENT_BASE_URL=https://api.example.com/v1 AGENT_MODEL=some-model AGENT_API_KEY=... node examples/langgraph-agent.mjs "first" "second"
import { MemorySaver } from '@langchain/langgraph'
import { PyodideSandbox } from 'agentchat-sandbox'
import { createCodeActAgent } from 'agentchat-sandbox-agent/langchain'
import { openAiModel } from 'agentchat-sandbox-agent/openai'

const { AGENT_BASE_URL: baseUrl, AGENT_MODEL: model = 'default', AGENT_API_KEY: apiKey } = process.env
const given = process.argv.slice(2)
const tasks = given.length > 0 ? given : ['Find the primes below 100.', 'What is their sum?']
if (baseUrl === undefined) {
  console.error('Set AGENT_BASE_URL to the address of an endpoint, up to and without "/chat/completions"')
  process.exit(2)
}
const sandbox = new PyodideSandbox()
const agent = createCodeActAgent({
  model: openAiModel({ baseUrl, model, apiKey }),
  sandbox,
  checkpointer: new MemorySaver(),
})
const thread = { configurable: { thread_id: 'example' } }
for (const content of tasks) {
  const stream = await agent.stream(
    { messages: [{ role: 'user', content }] },
    { ...thread, streamMode: 'custom' },
  )
  for await (const event of stream) {
    if (event.type === 'text') process.stdout.write(event.text)
    if (event.type === 'observation') console.log(`\n--- ${event.text.replaceAll('\n', '\n    ')}\n`)
  }
  const { end, answer, problem, progress, session_metadata } = (await agent.getState(thread)).values
  console.log(`\n${end} after ${progress.step} steps:`, answer ?? problem)
  console.log('Python has:', session_metadata?.names.map(({ name }) => name).join(', ') ?? 'nothing')
}
await sandbox.close()
