import type { JsonValue } from 'agentchat-sandbox'
import { isInexact } from 'agentchat-sandbox-base/gate/exact-json'
import { BODY_BOUNDS } from 'agentchat-sandbox-base/gate/json-text'
import { problemOfJson } from 'agentchat-sandbox-base/gate/json-value'
import { type Actor, demandUnthrottled, quotaHolders } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { InvalidRequestError, ToolDisabledError } from '../errors.ts'
import type { Redaction } from '../executions/redaction-policy.ts'
import type { RunOptions } from '../executions/run-request.ts'
import { type Started, startExecution } from '../executions/start-execution.ts'
import { toolSpan } from '../executions/trace-run.ts'
import { noteToolCall } from '../metrics/note-run.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import { callOperation, type OperationResult } from './openapi-tool.ts'
import { callProgram } from './python-tool.ts'
import { authOf } from './tool-auth.ts'
import { type Tool, toolOf } from './tool-content.ts'
import { demandTool } from './tools.ts'

/** One call of a tool. */
export interface ToolCall {
  readonly id: string
  /** For a tool with several operations, which of them. */
  readonly operation?: string | undefined
  readonly args: Readonly<Record<string, JsonValue>>
  /** The JSON text of the arguments, where it holds numbers that JavaScript would write otherwise. */
  readonly argsText?: string | null | undefined
  readonly idempotencyKey?: string | undefined
  readonly redaction?: Redaction | undefined
  readonly signal?: AbortSignal | undefined
}

/** What came of a call: a run in the sandbox, or the answer of the service that was called. */
export type ToolOutcome =
  | { readonly kind: 'python'; readonly started: Started }
  | { readonly kind: 'openapi'; readonly answer: OperationResult }

/**
 * Executes a tool that the actor may execute.
 * @throws InvalidRequestError naming each argument that is wrong
 * @throws ToolDisabledError
 */
export async function executeTool(
  context: ServiceContext,
  actor: Actor,
  call: ToolCall,
): Promise<ToolOutcome> {
  const row = await demandTool(context, actor, { id: call.id, action: 'execute' })
  const auth = authOf(context, row)
  const tool = toolOf(row, auth)
  if (!tool.enabled) throw new ToolDisabledError(tool.name)
  demandUnthrottled(actor)
  if (tool.kind !== 'python' && call.redaction !== undefined)
    throw new InvalidRequestError([{ path: 'redaction', problem: 'only for the kind "python"' }])
  if (tool.kind !== 'python' || (call.argsText ?? null) === null) demandExact(call)
  if (tool.kind === 'python') return { kind: 'python', started: await run(context, actor, { tool, call }) }
  const { definition, limits, version } = tool
  const deed: Deed = {
    action: 'tool.execute',
    resourceId: tool.id,
    detail: { operation: call.operation, toolVersion: version },
  }
  const asked = performance.now()
  let ok = false
  const answer = await audited(context, { who: actor, deed }, async () => {
    await using _place = await context.quotas.enter(quotaHolders(context, actor), actor, { begins: true })
    try {
      const { operation, args } = call
      const whose = { owner: actor.userId, key: keyOf(tool) }
      return await whileAllowed(context, { actor, signal: call.signal }, async (signal) => {
        const called = { definition, auth, limits, operation, args, signal, ...whose }
        const result = await context.tracer.within(toolSpan(tool), () => callOperation(context, called))
        ok = true
        return result
      })
    } finally {
      noteToolCall(context.metrics, 'openapi', { ok, ms: performance.now() - asked })
    }
  })
  return { kind: 'openapi', answer }
}

/** Does something that ends with the right to do it, with the service, and when nobody waits for it. */
async function whileAllowed<Value>(
  { runs, rights }: ServiceContext,
  {
    actor: { userId, apiKeyId },
    signal,
  }: { readonly actor: Actor; readonly signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  using _begun = runs.begin()
  const ended = new AbortController()
  const end = () => ended.abort(new Error('the right to call it has ended'))
  using _right = rights.hold({ userId, apiKeyId, end })
  return await work(AbortSignal.any([ended.signal, runs.signal, ...(signal === undefined ? [] : [signal])]))
}

async function run(
  context: ServiceContext,
  actor: Actor,
  { tool, call }: { readonly tool: Tool & { readonly kind: 'python' }; readonly call: ToolCall },
): Promise<Started> {
  if (call.operation !== undefined)
    throw new InvalidRequestError([{ path: 'operation', problem: 'this tool has only one: leave it out' }])
  const whole = { owner: actor.userId, key: keyOf(tool), schema: tool.parameters, value: call.args }
  const problems = await context.schemas.check(whole).catch(async (error: unknown) => {
    await context.quotas.begin(quotaHolders(context, actor))
    throw error
  })
  if (problems.length > 0) {
    // Looking took its time, though nothing was run.
    await context.quotas.begin(quotaHolders(context, actor))
    const below = (path: string) => (path === '' ? 'arguments' : `arguments.${path}`)
    throw new InvalidRequestError(problems.map(({ path, problem }) => ({ path: below(path), problem })))
  }
  return await startExecution(context, actor, {
    code: callProgram(tool.definition),
    options: { ...tool.limits, globals: globalsOf(call) },
    tool: { id: tool.id, name: tool.name, version: tool.version, redaction: tool.redaction },
    redaction: call.redaction,
    permissions: granted(context, tool),
    idempotencyKey: call.idempotencyKey,
  })
}

/** Python reads a text itself: its numbers are those that were sent. */
function globalsOf({ args, argsText = null }: ToolCall): RunOptions['globals'] {
  const name = '_agentchat_arguments'
  return argsText === null ? { [name]: { ...args } } : `{"${name}":${argsText}}`
}

/** What the host sends must be what was meant. @throws InvalidRequestError naming what JavaScript's numbers do not hold */
function demandExact({ args }: ToolCall): void {
  const problems = Object.entries(args).flatMap(([name, value]) => {
    const problem = problemOfJson(value, BODY_BOUNDS.maxDepth, (item) => (isInexact(item) ? TOO_LARGE : null))
    return problem === null ? [] : [{ path: `arguments.${name}`, problem }]
  })
  if (problems.length > 0) throw new InvalidRequestError(problems)
}

const TOO_LARGE = 'holds a whole number past 2^53, which would be sent changed: give it as a text'

/** A version of a tool never changes. */
function keyOf({ id, version }: Tool): string {
  return `${id}/${version}`
}

/** What the tool declares, without what the policy has taken away since it was saved. */
function granted({ policy }: ServiceContext, { system, permissions }: Tool): ToolPermissions {
  return system
    ? permissions
    : { allowNet: permissions.allowNet.filter((host) => policy.allowNet.includes(host)) }
}
