import { fileURLToPath } from 'node:url'
import { type CallToolResult, Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

export const COMMAND = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** Both eras of the protocol: with a handshake, and without. */
export const ERAS = ['2025-11-25', '2026-07-28'] as const
export type Era = (typeof ERAS)[number]

/** How a client asks for an era. */
export function speaking(era: Era): ConstructorParameters<typeof Client>[1] {
  return { versionNegotiation: { mode: era === '2026-07-28' ? { pin: era } : 'legacy' } }
}

/** A client of the command over standard streams, which ends with it. */
export async function connect(era: Era, flags: readonly string[] = []): Promise<TestClient> {
  const client = new Client({ name: 'test', version: '1.0.0' }, speaking(era))
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [COMMAND, ...flags], env, stderr: 'ignore' }),
  )
  return new TestClient(client)
}

/** What tests ask of a client. */
export class TestClient implements AsyncDisposable {
  readonly client: Client

  constructor(client: Client) {
    this.client = client
  }

  /** Calls a tool; gives its texts in one, and the whole. */
  async call(
    name: string,
    args: Record<string, unknown> = {},
    options: Parameters<Client['callTool']>[1] = {},
  ): Promise<CallToolResult & { text: string }> {
    const result = await this.client.callTool({ name, arguments: args }, options)
    return { ...result, text: textOf(result) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close()
  }
}

function textOf({ content }: CallToolResult): string {
  return content.flatMap((each) => (each.type === 'text' ? [each.text] : [])).join('\n')
}
