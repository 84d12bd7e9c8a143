import { PyodideSandbox } from 'agentchat-sandbox'
import { afterAll, beforeAll } from 'vitest'
import { type AgentOptions, type AgentResult, runAgent } from '../src/agent/index.ts'
import { openAiModel } from '../src/openai/index.ts'
import { ScriptedEndpoint } from './scripted-endpoint.ts'

/** An agent on an endpoint that says what it is told to, and in a real sandbox. */
export interface AgentFixture {
  readonly endpoint: ScriptedEndpoint
  readonly sandbox: PyodideSandbox
  /** Runs the agent in a session of its own. */
  run(options?: Partial<AgentOptions>): Promise<AgentResult>
}

/** A fixture for the tests of a file, which is there once they run. */
export function agentFixture(): () => AgentFixture {
  let fixture: AgentFixture | null = null
  beforeAll(async () => {
    const endpoint = await ScriptedEndpoint.start()
    fixture = { endpoint, sandbox: new PyodideSandbox(), run: (options) => run(options) }
  })
  afterAll(async () => {
    await fixture?.sandbox.close()
    await fixture?.endpoint[Symbol.asyncDispose]()
  })
  const there = () => {
    if (fixture === null) throw new TypeError('Cannot use the fixture: the tests have not begun')
    return fixture
  }
  async function run(options: Partial<AgentOptions> = {}): Promise<AgentResult> {
    const { endpoint, sandbox } = there()
    await using session = sandbox.session()
    const key = { apiKey: 'secret-key', timeoutSeconds: 2 }
    const model = openAiModel({ baseUrl: endpoint.baseUrl, model: 'scripted', ...key })
    return await runAgent({ model, session, task: 'What is it?', ...options })
  }
  return there
}

/** A turn of a model that wants code to be run. */
export const block = (code: string) => `Thinking.\n\`\`\`python\n${code}\n\`\`\``
