import {
  acceptedContent,
  type GetPromptResult,
  inputRequired,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { image, resource } from './content.ts'
import { form } from './input-required.ts'

type Said = GetPromptResult['messages'][number]['content']
const asked = (...contents: Said[]): GetPromptResult => ({
  messages: contents.map((content) => ({ role: 'user', content })),
})

/** Prompts with and without arguments, and one that asks the user. */
export function addPrompts(server: McpServer): void {
  const said = (value: string) => ({ type: 'text' as const, text: value })
  server.registerPrompt('test_simple_prompt', { description: 'Simple' }, async () =>
    asked(said('This is a simple prompt for testing.')),
  )
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'Arguments', argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    async ({ arg1, arg2 }) => asked(said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A resource', argsSchema: z.object({ resourceUri: z.string() }) },
    async ({ resourceUri }) =>
      asked(resource(resourceUri, 'text/plain', 'Embedded'), said('Please process it.')),
  )
  server.registerPrompt('test_prompt_with_image', { description: 'An image' }, async () =>
    asked(image, said('Please analyze the image above.')),
  )
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks the user' },
    async ({ mcpReq }: ServerContext) => {
      const given = acceptedContent(mcpReq.inputResponses, 'user_context', z.object({ context: z.string() }))
      if (given !== undefined) return asked(said(`In the context of ${given.context}`))
      const user_context = form('What context should the prompt use?', { context: z.string() })
      return inputRequired({ inputRequests: { user_context } })
    },
  )
}
