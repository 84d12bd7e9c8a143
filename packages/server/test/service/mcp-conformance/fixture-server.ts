import { McpServer, ResourceTemplate } from '@modelcontextprotocol/server'
import { addPython, type McpServerSettings } from 'agentchat-sandbox-mcp'
import { addContent, PIXEL } from './content.ts'
import { addConversations } from './conversations.ts'
import { addInputRequired, CODEC } from './input-required.ts'
import { addPrompts } from './prompts.ts'

// What the conformance suite of the protocol asks a server for by name, beside what ours has by itself.

/** Our server with all of it. */
export async function fixtureServer({ version, ...parts }: McpServerSettings): Promise<McpServer> {
  const server = new McpServer(
    { name: 'conformance', version },
    {
      capabilities: {
        ...{ tools: {}, logging: {}, completions: {}, prompts: {}, resources: { subscribe: true } },
      },
      // State that was not made by us is refused before a tool sees it.
      requestState: { verify: CODEC.verify },
    },
  )
  await addPython(server, parts)
  addContent(server)
  addConversations(server)
  addInputRequired(server)
  addResources(server)
  addPrompts(server)
  server.server.setRequestHandler('completion/complete', async () => ({
    completion: { values: ['one'], total: 1, hasMore: false },
  }))
  return server
}

function addResources(server: McpServer): void {
  const add = (
    name: string,
    body: { text: string; mimeType: string } | { blob: string; mimeType: string },
  ) => {
    const uri = `test://${name}`
    const { mimeType } = body
    server.registerResource(name, uri, { mimeType }, async () => ({ contents: [{ uri, ...body }] }))
  }
  add('static-text', { text: 'This is the content of the static text resource.', mimeType: 'text/plain' })
  add('static-binary', { blob: PIXEL, mimeType: 'image/png' })
  add('watched-resource', { text: 'Watched', mimeType: 'text/plain' })
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  server.registerResource('template', template, { mimeType: 'application/json' }, async (uri, { id }) => {
    const body = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
    return { contents: [{ uri: uri.href, mimeType: 'application/json', text: body }] }
  })
  for (const method of ['resources/subscribe', 'resources/unsubscribe'] as const)
    server.server.setRequestHandler(method, async () => ({}))
}
