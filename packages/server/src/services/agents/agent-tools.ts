import { AsyncResource } from 'node:async_hooks'
import { type JsonValue, type Tool, ToolError } from 'agentchat-sandbox'
import { exactJson, InexactNumberError, withoutBigInts } from 'agentchat-sandbox-base/gate/exact-json'
import { findTool, findToolsNamed, type ToolRow } from '../../db/queries/tools.ts'
import { type Actor, ownershipOf } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { InvalidRequestError, type Problem } from '../errors.ts'
import type { RecordedResult } from '../executions/recorded-result.ts'
import { decide } from '../permission-check.ts'
import { toServiceError } from '../to-service-error.ts'
import { executeTool, type ToolCall } from '../tools/execute-tool.ts'
import type { OpenapiDefinition, ToolLimits } from '../tools/tool-content.ts'
import type { WantedTool } from './agent-run-request.ts'
import { type LiveAgentRun, tell } from './live-agent-run.ts'

/** By which the code gives the answer. */
const TAKEN = 'final_answer'
const MAX_ERROR_CHARS = 2000

/** Whose run the tools are for, and what may be asked in it. */
export interface ToolsOfRun {
  readonly run: LiveAgentRun
  readonly approveSeconds: number
  /** The step that runs now. */
  step(): number
}

/**
 * Stored tools as functions for the code of an agent. Each call is one of the actor, as over HTTP: with the same permission
 * check, quotas, records and audit.
 * @throws InvalidRequestError naming each tool that is not there for the actor
 */
export async function agentTools(
  context: ServiceContext,
  actor: Actor,
  { wanted, of }: { readonly wanted: readonly WantedTool[]; readonly of: ToolsOfRun },
): Promise<Tool[]> {
  const rows = await toolRows(context, actor, wanted)
  const problems: Problem[] = []
  const refuse = (index: number, problem: string) => problems.push({ path: `tools.${index}`, problem })
  const tools: Tool[] = []
  for (const [index, row] of rows.entries()) {
    const { tool = '', approve = false } = wanted[index] ?? {}
    if (row === null) refuse(index, `there is no tool ${JSON.stringify(tool)} that you may execute`)
    else if (!row.enabled) refuse(index, `the tool "${row.name}" is disabled`)
    else if (rows.findIndex((each) => each?.name === row.name) < index)
      refuse(index, `the code would have two functions named "${row.name}"`)
    else if (row.name === TAKEN) refuse(index, `"${TAKEN}" is how code gives the answer`)
    else {
      const { approve: always = false } = row.limits as ToolLimits
      tools.push(toolOfRow(context, actor, { row, approve: approve || always, of }))
    }
  }
  if (problems.length > 0) throw new InvalidRequestError(problems)
  // What Python cannot call is told now, and not by the first code.
  if (tools.length > 0) await context.sandboxes.for({ allowNet: [] }).session({ tools }).close()
  return tools
}

async function toolRows(
  { db }: ServiceContext,
  actor: Actor,
  wanted: readonly WantedTool[],
): Promise<(ToolRow | null)[]> {
  const names = wanted.map(({ tool }) => tool)
  const own = await findToolsNamed(db, actor.userId, names)
  const system = await findToolsNamed(db, '', names)
  const found: (ToolRow | null)[] = []
  for (const name of names) {
    const row = [...own, ...system].find((each) => each.name === name) ?? (await findTool(db, name))
    const may = row !== null && decide(actor, 'execute', 'tool', ownershipOf(actor, row.ownerId, row.system))
    found.push(may !== false && may.allowed ? row : null)
  }
  return found
}

function toolOfRow(
  context: ServiceContext,
  actor: Actor,
  { row, approve, of }: { readonly row: ToolRow; readonly approve: boolean; readonly of: ToolsOfRun },
): Tool {
  const { id, name } = row
  // It leaves for the endpoint of a model.
  const description = context.listed.outOf(row.description)
  const { parameters, callOf } = formOf(row)
  const { run, approveSeconds, step } = of
  const tool: Tool = {
    ...{ name, description, parameters },
    // Each call has a limit of its own, that of the tool.
    countsTime: false,
    // A call comes from a worker, which belongs to no trace: its spans are of the request that began the run.
    execute: AsyncResource.bind((args: Args, { signal }: { readonly signal: AbortSignal }) =>
      called(context, actor, { id, signal, ...callOf(args) }),
    ),
  }
  if (!approve) return tool
  return {
    ...tool,
    approveSeconds,
    approve: async ({ arguments: args }, { id: callId, signal }) => {
      const call = `${step()}-${callId}`
      const shown = withoutBigInts(args) as { readonly [name: string]: JsonValue }
      const decision = run.approvals.wait(call, signal)
      tell(run, { type: 'approval-wanted', step: step(), call, name, arguments: shown })
      const answer = await decision
      const reason = answer === 'allow' ? null : answer.deny
      tell(run, { type: 'approval-given', step: step(), call, name, allow: reason === null, reason })
      return answer
    },
  }
}

type Args = Parameters<Tool['execute']>[0]

/** What the tool takes in Python, and what a call of it is. */
function formOf(row: ToolRow): {
  readonly parameters: NonNullable<Tool['parameters']>
  callOf(args: Args): Pick<ToolCall, 'args' | 'argsText' | 'operation'>
} {
  // It was checked before it was stored.
  if (row.kind === 'python')
    return {
      parameters: row.parameters as NonNullable<Tool['parameters']>,
      callOf: (args) => ({ args: plain(args), argsText: textOf(args) }),
    }
  const { operations } = row.definition as OpenapiDefinition
  const [only] = operations
  if (only !== undefined && operations.length === 1)
    return { parameters: only.parameters, callOf: (args) => ({ args: exactly(args), operation: only.id }) }
  return {
    parameters: {
      type: 'object',
      properties: {
        operation: { type: 'string', enum: operations.map(({ id }) => id) },
        arguments: { type: 'object', description: 'The arguments of the operation' },
      },
      required: ['operation'],
      additionalProperties: false,
    },
    callOf: ({ operation, arguments: args = {} }) => ({
      operation: String(operation),
      args: exactly(args as Args),
    }),
  }
}

/** For the check of the schema; what Python is given is the text. */
function plain(args: Args): ToolCall['args'] {
  const text = JSON.stringify(args, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item))
  return JSON.parse(text) as ToolCall['args']
}

/** Null where a number is not exact: the run says so. */
function textOf(args: Args): string | null {
  try {
    return exactJson(args) ?? null
  } catch (error) {
    if (error instanceof InexactNumberError) return null
    throw error
  }
}

/** What the host sends must be what was meant. @throws ToolError */
function exactly(args: Args): ToolCall['args'] {
  const text = JSON.stringify(args, (name, item: unknown) => {
    if (typeof item !== 'bigint') return item
    throw new ToolError(`"${name}" holds a whole number past 2^53, which would be sent changed: give a text`)
  })
  return JSON.parse(text) as ToolCall['args']
}

/** What the code is given. @throws ToolError */
async function called(context: ServiceContext, actor: Actor, call: ToolCall): Promise<JsonValue> {
  try {
    const outcome = await executeTool(context, actor, call)
    if (outcome.kind === 'openapi') return answered(outcome.answer)
    const { run, row } = outcome.started
    run?.detach()
    // Who takes the call back waits no more.
    run?.endWith(call.signal)
    const ended = run === null ? row : await run.ended
    // It was written from a result of the library.
    const result = ended.result as RecordedResult | null
    if (result === null) throw new ToolError(`it ended without a result: ${ended.failure ?? ended.status}`)
    if (result.error !== null) throw new ToolError(`${result.error.name}: ${shortened(result.error.message)}`)
    if (isCut(result)) throw new ToolError('its result is larger than a result may be: give less at a time')
    return result.result
  } catch (error) {
    if (error instanceof ToolError) throw error
    const known = toServiceError(error)
    // What is no error of the services is a defect, of which code is told nothing.
    throw known === null ? error : new ToolError(shortened(known.message))
  }
}

function isCut({ truncated: { result, record } }: RecordedResult): boolean {
  return result || record?.fields.includes('result') === true
}

function answered({ status, body }: { readonly status: number; readonly body: JsonValue }): JsonValue {
  if (status < 400) return body
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  throw new ToolError(`the service answered ${status}: ${shortened(text)}`)
}

function shortened(text: string): string {
  return text.length > MAX_ERROR_CHARS ? `${text.slice(0, MAX_ERROR_CHARS)} ...` : text
}
