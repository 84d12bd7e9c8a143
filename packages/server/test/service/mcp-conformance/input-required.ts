import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequests,
  inputRequired,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { text } from './content.ts'

/** Signs the state that a client keeps between two calls. */
export const CODEC = createRequestStateCodec<{ round: number }>({ key: 'k'.repeat(32) })

/** A question with a form. */
export const form = (message: string, properties: Record<string, z.ZodType>) =>
  inputRequired.elicit({ message, requestedSchema: z.object(properties) })
const NAME = { name: z.string() }
const sampled = (prompt: string, maxTokens: number) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
    maxTokens,
  })

/** Tools that need an answer of the client before they are done. */
export function addInputRequired(server: McpServer): void {
  const tool = (
    name: string,
    run: (mcpReq: ServerContext['mcpReq'], context: ServerContext) => unknown,
  ): void => {
    server.registerTool(
      name,
      { description: name, inputSchema: z.object({}) },
      // biome-ignore lint/suspicious/noExplicitAny: the one of each outcome that a tool may have
      async (_args, context) => (await run(context.mcpReq, context)) as any,
    )
  }
  const onceAnswered = (name: string, requests: InputRequests, answer = 'all is there', state = false) =>
    tool(name, async ({ inputResponses = {}, requestState }) => {
      const isThere = Object.keys(requests).every((key) => isObject(inputResponses[key]))
      if (isThere && (!state || requestState() !== undefined)) return text(answer)
      const minted = state ? { requestState: await CODEC.mint({ round: 1 }) } : {}
      return inputRequired({ inputRequests: requests, ...minted })
    })
  const confirm = form('Please confirm', { ok: z.boolean() })
  const everything = {
    user_name: form('What is your name?', NAME),
    greeting: sampled('Generate a greeting', 50),
    client_roots: inputRequired.listRoots(),
  }
  tool('test_input_required_result_elicitation', ({ inputResponses }) => {
    const given = acceptedContent(inputResponses, 'user_name', z.object(NAME))
    if (given !== undefined) return text(`Hello, ${given.name}!`)
    return inputRequired({ inputRequests: { user_name: form('What is your name?', NAME) } })
  })
  tool('test_input_required_result_sampling', ({ inputResponses = {} }) => {
    const given = inputResponses.capital_question
    if (isObject(given)) return text(`It says: ${JSON.stringify(given.content)}`)
    const question = sampled('What is the capital of France?', 100)
    return inputRequired({ inputRequests: { capital_question: question } })
  })
  tool('test_input_required_result_list_roots', ({ inputResponses = {} }) => {
    const given = inputResponses.client_roots
    if (isObject(given)) return text(`The roots: ${JSON.stringify(given.roots)}`)
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
  })
  onceAnswered('test_input_required_result_request_state', { confirm }, 'state-ok', true)
  onceAnswered('test_input_required_result_tampered_state', { confirm }, 'state-ok', true)
  onceAnswered('test_input_required_result_multiple_inputs', everything, 'all is there', true)
  tool('test_input_required_result_multi_round', async ({ inputResponses = {}, requestState }) => {
    const round = requestState<{ round: number }>()?.round ?? 0
    const next = async (key: string, message: string, properties: Record<string, z.ZodType>) =>
      inputRequired({
        inputRequests: { [key]: form(message, properties) },
        requestState: await CODEC.mint({ round: round + 1 }),
      })
    if (round === 0) return await next('step1', 'Step 1: What is your name?', NAME)
    if (round === 1 && 'step1' in inputResponses)
      return await next('step2', 'Step 2: What is your favorite color?', { color: z.string() })
    return text('Both are there')
  })
  tool('test_input_required_result_capabilities', ({ envelope }) => {
    const can: object = Reflect.get(envelope ?? {}, CLIENT_CAPABILITIES_META_KEY) ?? {}
    return inputRequired({
      inputRequests: {
        ...('sampling' in can && { greeting: everything.greeting }),
        ...('elicitation' in can && { user_name: everything.user_name }),
      },
    })
  })
  tool('test_missing_capability', () => inputRequired({ inputRequests: { greeting: everything.greeting } }))
  onceAnswered('test_streaming_elicitation', { confirm })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
