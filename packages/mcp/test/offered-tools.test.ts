import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { expect, test } from 'vitest'
import { createLocalHost } from '../src/local/local-host.ts'
import { createMcpServer, type PythonHost, type StoredTool } from '../src/mcp/index.ts'
import { speaking } from './fixtures/mcp-client.ts'

const facts = {
  ...{ timeoutSeconds: 60, memoryMb: 512, packages: [], autoInstall: false, granted: [] },
  ...{ hasDefaultSession: true, retention: 'for a while' },
}

/** What a caller who has stored these tools is offered. */
async function offered(stored: readonly StoredTool[]) {
  await using local = createLocalHost({ sandbox: {}, facts })
  const host: PythonHost = { ...local, storedTools: async () => stored }
  const report = (error: unknown) => expect.unreachable(String(error))
  const handler = createMcpHandler(() => createMcpServer({ host, report, version: '1.0.0' }))
  const client = new Client({ name: 'test', version: '1.0.0' }, speaking('2026-07-28'))
  const send = (url: string | URL | Request, init?: RequestInit) => handler.fetch(new Request(url, init))
  await client.connect(new StreamableHTTPClientTransport(new URL('http://127.0.0.1/mcp'), { fetch: send }))
  try {
    return (await client.listTools()).tools
  } finally {
    await client.close()
  }
}

const tool = (name: string, more: Partial<StoredTool> = {}): StoredTool => ({
  ...{ name, description: 'x', parameters: {}, call: async () => ({ text: name, isError: false }) },
  ...more,
})

test('of many stored tools the first 64 by name are offered', async () => {
  const names = Array.from({ length: 70 }, (_, n) => `t${String(n).padStart(2, '0')}`)
  const tools = await offered(names.toReversed().map((name) => tool(name)))
  const theirs = tools.map(({ name }) => name).filter((name) => name.startsWith('tool_'))
  expect(theirs).toEqual(names.slice(0, 64).map((name) => `tool_${name}`))
})

test('a stored tool says that it may do anything, and none has a name or a schema that breaks the list', async () => {
  const self: Record<string, unknown> = { $ref: '#' }
  const tools = await offered([
    tool('wörter'),
    tool('a b'),
    tool('run_python'),
    tool('long', { description: 'y'.repeat(10_000) }),
    tool('odd', { parameters: { type: 'array', properties: { self } } }),
  ])
  const theirs = tools.filter(({ name }) => name.startsWith('tool_'))
  expect(theirs.map(({ name }) => name)).toEqual(['tool_long', 'tool_odd', 'tool_run_python'])
  expect(theirs[0]?.description).toHaveLength(4000)
  expect(theirs[1]?.inputSchema).toMatchObject({ type: 'object' })
  for (const { annotations } of theirs)
    expect(annotations).toEqual({
      ...{ readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    })
})

test('run_python waits 45 seconds where nobody says otherwise, and has no schema of its result', async () => {
  const tools = await offered([])
  const run = tools.find(({ name }) => name === 'run_python')
  expect(run?.inputSchema).toMatchObject({ properties: { wait_seconds: { default: 45 } } })
  expect(run).not.toHaveProperty('outputSchema')
})
