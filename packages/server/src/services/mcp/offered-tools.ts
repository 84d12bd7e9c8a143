import { resultToText } from 'agentchat-sandbox'
import type { StoredTool, StoredToolOutcome } from 'agentchat-sandbox-mcp'
import { PythonHostError } from 'agentchat-sandbox-mcp'
import type { ServiceContext } from '../context.ts'
import type { RecordedResult } from '../executions/recorded-result.ts'
import { decide } from '../permission-check.ts'
import { executeTool, type ToolCall, type ToolOutcome } from '../tools/execute-tool.ts'
import type { ToolLimits } from '../tools/tool-content.ts'
import { queryTools } from '../tools/tools.ts'
import type { ActorNow } from './caller.ts'

const MOST_OFFERED = 64
const TEXT_CHARS = 20_000

/** The tools that the caller may execute, as tools of the protocol: the newest, if there are many. */
export async function offeredTools(context: ServiceContext, actor: ActorNow): Promise<readonly StoredTool[]> {
  if (!decide(actor(), 'read', 'tool', 'own').allowed) return []
  const { items } = await queryTools(context, actor(), { scope: 'all', page: { limit: MOST_OFFERED } })
  return items
    .filter(({ enabled, system, ownerId }) => enabled && (system || ownerId === actor().userId))
    .map(({ id, name, description, kind, parameters, limits }) => {
      // Checked when the tool was saved.
      const { approve = false } = limits as ToolLimits
      const shown = { name, description, approve }
      const call = (rest: Omit<ToolCall, 'id'>) =>
        outcomeOf(executeTool(context, actor(), { id, ...rest }), rest.signal)
      return kind === 'python'
        ? {
            ...shown,
            // Checked when the tool was saved.
            parameters: parameters as StoredTool['parameters'],
            call: (args, signal) => call({ args: args as ToolCall['args'], signal }),
          }
        : {
            ...shown,
            parameters: OPERATION,
            call: (given, signal) => call({ ...operationOf(given), signal }),
          }
    })
}

/** What a tool of several operations takes. */
const OPERATION: StoredTool['parameters'] = {
  type: 'object',
  properties: {
    operation: { type: 'string', description: 'Which operation; it may be left out where there is only one' },
    arguments: { type: 'object', description: 'The arguments of the operation' },
  },
}

/** @throws PythonHostError */
function operationOf({ operation, arguments: args = {} }: Readonly<Record<string, unknown>>) {
  if (operation !== undefined && typeof operation !== 'string')
    throw new PythonHostError('"operation" must be a text')
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw new PythonHostError('"arguments" must be an object')
  return { operation, args: args as ToolCall['args'] }
}

async function outcomeOf(
  asked: Promise<ToolOutcome>,
  signal: AbortSignal | undefined,
): Promise<StoredToolOutcome> {
  const outcome = await asked
  if (outcome.kind === 'openapi') {
    const { status, body } = outcome.answer
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return { text: `status: ${status}\n${text.slice(0, TEXT_CHARS)}`, isError: status >= 400 }
  }
  const { run, row } = outcome.started
  run?.detach()
  // Who takes the call back waits no more.
  run?.endWith(signal)
  const ended = run === null ? row : await run.ended
  // It was written from a result of the library.
  const result = ended.result as RecordedResult | null
  if (result === null) throw new PythonHostError(`"${ended.id}" ended without a result`)
  return { text: resultToText(result, { maxChars: TEXT_CHARS }), isError: result.status === 'error' }
}
