import type { McpServer, StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { type ApprovalOutcome, approvalOf } from './approval.ts'
import { PythonHostError, type StoredTool } from './python-host.ts'
import type { ServerParts } from './server-parts.ts'
import { asOutcome } from './told.ts'

/** Clients offer a model 128 tools at most, of all their servers. */
const MAX_TOOLS = 64
/** What the protocol allows. */
const NAME = /^[A-Za-z0-9_.-]{1,100}$/
const PREFIX = 'tool_'
const ALLOWED: ApprovalOutcome = { kind: 'allowed' }

/** Offers the tools that the caller has stored, by name, under a prefix that none of ours has. */
export function addStoredTools(server: McpServer, tools: readonly StoredTool[], parts: ServerParts): void {
  const offered = tools
    .filter(({ name }) => NAME.test(name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, MAX_TOOLS)
  for (const tool of offered) {
    server.registerTool(
      `${PREFIX}${tool.name}`,
      {
        description: tool.description.slice(0, 4000),
        inputSchema: offeredAs(tool.parameters),
        annotations: {
          readOnlyHint: false,
          destructiveHint: true,
          idempotentHint: false,
          openWorldHint: true,
        },
      },
      async (args, context) => {
        const call = { tool: tool.name, args }
        const approval = tool.approve === true ? approvalOf(server, call, context) : ALLOWED
        if (approval.kind === 'ask') return approval.question
        return await asOutcome(parts, async () => {
          if (approval.kind === 'refused')
            throw new PythonHostError(`Cannot call "${tool.name}": ${approval.reason}`)
          const { text, isError } = await tool.call(args, context.mcpReq.signal)
          return { content: [{ type: 'text', text }], isError }
        })
      },
    )
  }
}

/**
 * A schema as it is offered, that takes every object: the host checks the arguments. Strangers wrote the schema, and to
 * compile it here could take for ever.
 */
function offeredAs(schema: Readonly<Record<string, unknown>>): StandardSchemaWithJSON<Arguments> {
  const offered = { ...schema, type: 'object' }
  return {
    '~standard': {
      version: 1,
      vendor: 'agentchat-sandbox',
      validate: (value) =>
        isArguments(value) ? { value } : { issues: [{ message: 'the arguments must be an object' }] },
      jsonSchema: { input: () => offered, output: () => offered },
    },
  }
}

type Arguments = Readonly<Record<string, unknown>>

function isArguments(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
