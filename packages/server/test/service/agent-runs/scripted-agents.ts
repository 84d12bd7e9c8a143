import { expect } from 'vitest'
import { ScriptedEndpoint } from '../../../../agent/test/fixtures/scripted-endpoint.ts'
import type { AgentRunEvent } from '../../../src/services/agents/agent-run-events.ts'
import type { Somebody, TestService } from '../fixtures/service.ts'

/** What a model says that wants this code run. */
export const block = (code: string) => `I will compute it.\n\`\`\`python\n${code}\n\`\`\``

/** A model that says what it is told to, and a user of a service with a tool of her own, who has agents run on it. */
export class ScriptedAgents implements AsyncDisposable {
  readonly #service: TestService
  readonly endpoint: ScriptedEndpoint
  readonly ada: Somebody
  /** The id of the model. */
  readonly model: string

  private constructor(service: TestService, made: Pick<ScriptedAgents, 'endpoint' | 'ada' | 'model'>) {
    this.#service = service
    this.endpoint = made.endpoint
    this.ada = made.ada
    this.model = made.model
  }

  static async start(service: TestService): Promise<ScriptedAgents> {
    const endpoint = await ScriptedEndpoint.start()
    const ada = await service.newUser('ada')
    const made = await service.as(service.admin)('POST', 'models', {
      ...{ name: 'scripted', baseUrl: endpoint.baseUrl, model: 'scripted-1', apiKey: 'sk-scripted' },
      parameters: { temperature: 0 },
    })
    const code = 'def double(n: int) -> int:\n    if n < 0: raise ValueError("negative")\n    return 2 * n'
    const tool = { name: 'double', kind: 'python', definition: { code, entry: 'double' } }
    expect((await service.as(ada)('POST', 'tools', tool)).status).toBe(201)
    return new ScriptedAgents(service, { endpoint, ada, model: made.body.id })
  }

  /** Requests of the user. */
  api() {
    return this.#service.as(this.ada)
  }

  /** Requests of the administrator. */
  admin() {
    return this.#service.as(this.#service.admin)
  }

  /** A run of an agent for the user. */
  run(body: object, headers = {}) {
    return this.api()('POST', 'agent/runs', { task: 'What is it?', ...body }, headers)
  }

  /** The run, once it is over. */
  async over(id: string) {
    const body = async () => (await this.api()('GET', `agent/runs/${id}`)).body
    await expect.poll(async () => (await body()).status).not.toBe('running')
    return await body()
  }

  /** The event by which a call asks for its approval, once it is there. */
  async wanted(id: string, call: string): Promise<AgentRunEvent> {
    const live = this.#service.services.context.agentRuns.find(id)
    for await (const { event } of live?.follow(0) ?? [])
      if (event.type === 'approval-wanted' && event.call === call) return event
    throw new Error(`the call ${call} asked for nothing`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.endpoint[Symbol.asyncDispose]()
  }
}
