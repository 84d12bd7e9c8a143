// A CodeAct agent on any endpoint that speaks as OpenAI's chat completions do. After `npm run build`:
//   AGENT_BASE_URL=https://api.example.com/v1 AGENT_MODEL=some-model AGENT_API_KEY=... node examples/agent.mjs "the task"
import { PyodideSandbox } from 'agentchat-sandbox'
import { streamAgent } from 'agentchat-sandbox-agent'
import { openAiModel } from 'agentchat-sandbox-agent/openai'

const { AGENT_BASE_URL: baseUrl, AGENT_MODEL: model = 'default', AGENT_API_KEY: apiKey } = process.env
const [task = 'How many prime numbers are below 10,000?'] = process.argv.slice(2)
if (baseUrl === undefined) {
  console.error('Set AGENT_BASE_URL to the address of an endpoint, up to and without "/chat/completions"')
  process.exit(2)
}
const sandbox = new PyodideSandbox()
const session = sandbox.session()
for await (const event of streamAgent({ model: openAiModel({ baseUrl, model, apiKey }), session, task })) {
  if (event.type === 'text') process.stdout.write(event.text)
  if (event.type === 'observation') console.log(`\n--- ${event.text.replaceAll('\n', '\n    ')}\n`)
  if (event.type === 'finished') {
    const { end, answer, problem, steps, seconds } = event.result
    console.log(`\n${end} after ${steps.length} steps and ${seconds.toFixed(1)} s:`, answer ?? problem)
  }
}
await sandbox.close()
