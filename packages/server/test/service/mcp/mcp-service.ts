import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { type Listening, listen } from '../../../src/http/listen.ts'
import type { Somebody, TestService } from '../fixtures/service.ts'

/** The versions of the protocol that the service speaks. */
export const ERAS = ['2025-11-25', '2026-07-28'] as const

/** What a user answers to a question. */
export type Answer = (message: string) => {
  readonly action: 'accept' | 'decline' | 'cancel'
  readonly content?: Record<string, string | boolean>
}

/** The header with the key of somebody. */
export const headersOf = ({ apiKey }: Somebody) => ({ Authorization: `Bearer ${apiKey}` })

/** A service behind a port, and the clients of its protocol. */
export class McpService {
  readonly service: TestService
  readonly #listening: Listening
  readonly #clients: Client[] = []

  private constructor(service: TestService, listening: Listening) {
    this.service = service
    this.#listening = listening
  }

  static async start(service: TestService): Promise<McpService> {
    return new McpService(service, await listen(service.app.fetch, { host: '127.0.0.1', port: 0 }))
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.#listening.port}/mcp`)
  }

  /** With an answer to give, the client can ask its user. */
  async connect(era: (typeof ERAS)[number], who: Somebody, answer?: Answer): Promise<Client> {
    const mode = era === '2026-07-28' ? ({ pin: era } as const) : 'legacy'
    const capabilities = answer === undefined ? {} : { elicitation: { form: {} } }
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode }, capabilities })
    if (answer !== undefined)
      client.setRequestHandler('elicitation/create', async ({ params }) => answer(params.message))
    const requestInit = { headers: headersOf(who) }
    await client.connect(new StreamableHTTPClientTransport(this.url, { requestInit }))
    this.#clients.push(client)
    return client
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close()
    this.#listening.destroy()
    await this.service.services.close(0)
  }
}

/** Calls a tool, and puts together what it says. */
export async function call(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
  options: Parameters<Client['callTool']>[1] = {},
) {
  const result = await client.callTool({ name, arguments: args }, options)
  const texts = result.content.flatMap((each) => (each.type === 'text' ? [each.text] : []))
  return { ...result, text: texts.join('\n') }
}
