import type { McpServer, ServerContext } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { text } from './content.ts'

/** Tools that log, tell how far they are, and ask the client. */
export function addConversations(server: McpServer): void {
  const logging = async (_args: unknown, { mcpReq }: ServerContext) => {
    for (const data of ['started', 'at work', 'done']) await mcpReq.log('info', data)
    return text('logged')
  }
  for (const name of ['test_tool_with_logging', 'test_logging_tool'])
    server.registerTool(name, { description: 'Logs', inputSchema: z.object({}) }, logging)
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Tells how far it is', inputSchema: z.object({}) },
    async (_args, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken ?? 0
      for (const progress of [0, 50, 100])
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress, total: 100 },
        })
      return text(String(progressToken))
    },
  )
  server.registerTool(
    'test_sampling',
    { description: 'Asks the model of the client', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }]
      const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 })
      return text(`LLM response: ${'text' in content ? content.text : 'none'}`)
    },
  )
  for (const [name, properties] of Object.entries(FORMS)) {
    server.registerTool(
      name,
      {
        description: 'Asks the user',
        inputSchema: z.object({ message: z.string().default('Please fill in') }),
      },
      async ({ message }, { mcpReq }) => {
        const requestedSchema = { type: 'object' as const, properties }
        const { action, content } = await mcpReq.elicitInput({ mode: 'form', message, requestedSchema })
        return text(`User response: action=${action}, content=${JSON.stringify(content)}`)
      },
    )
  }
}

const choice = (...values: string[]) => values.map((value) => ({ const: value, title: `The ${value}` }))

/** The forms that the elicitation scenarios look at. */
const FORMS = {
  test_elicitation: { response: { type: 'string' as const, description: 'What the user says' } },
  test_elicitation_sep1034_defaults: {
    name: { type: 'string' as const, default: 'John Doe' },
    age: { type: 'integer' as const, default: 30 },
    score: { type: 'number' as const, default: 95.5 },
    status: { type: 'string' as const, enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean' as const, default: true },
  },
  test_elicitation_sep1330_enums: {
    untitledSingle: { type: 'string' as const, enum: ['option1', 'option2', 'option3'] },
    titledSingle: { type: 'string' as const, oneOf: choice('value1', 'value2', 'value3') },
    legacyEnum: {
      type: 'string' as const,
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['One', 'Two', 'Three'],
    },
    untitledMulti: {
      ...{ type: 'array' as const, minItems: 1, maxItems: 3 },
      items: { type: 'string' as const, enum: ['option1', 'option2', 'option3'] },
    },
    titledMulti: {
      ...{ type: 'array' as const, minItems: 1, maxItems: 3 },
      items: { anyOf: choice('value1', 'value2', 'value3') },
    },
  },
}
