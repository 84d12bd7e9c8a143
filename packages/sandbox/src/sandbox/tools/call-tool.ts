import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import type { ToolOutcome } from '../result/events.ts'
import type { ExactJsonValue } from '../result/result.ts'
import { approveCall } from './approve-call.ts'
import { plainlyFits } from './plainly-fits.ts'
import type { ResultBody } from './result-body.ts'
import type { Slots } from './slots.ts'
import { ToolError } from './tool.ts'
import { toolResult } from './tool-result.ts'
import type { CheckedTool, ToolSet } from './tool-set.ts'

const MAX_MESSAGE_CHARS = 2000
const MAX_PROBLEMS = 5

/** A call that was admitted. */
export interface AdmittedCall {
  readonly id: string
  readonly args: Record<string, ExactJsonValue>
  /** The same with numbers in place of BigInts, which a schema knows; `args` itself where there are none. */
  readonly rounded: Record<string, unknown>
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal
}

/** What calls of one worker are in. */
export interface CallContext {
  readonly set: Pick<ToolSet, 'logger' | 'gate'>
  /** Who calls; slow checks delay nobody else. */
  readonly owner: string
  /** One check at a time in the process for checks, which refuses an owner that asks for many. */
  readonly checks: Slots
  /** Takes secrets out of what Python gets; null where none are looked for. */
  readonly redact: ((value: unknown) => unknown) | null
  /** Stops the clock of the execution, until the call that it gives is made. */
  stopClock(): Disposable
  /** The call was refused before it reached the tool. */
  refused(): void
}

/** How a call ended; where it went well, `body` is what Python reads. */
export type CallEnd =
  | { readonly outcome: Extract<ToolOutcome, { ok: true }>; readonly body: ResultBody }
  | { readonly outcome: Extract<ToolOutcome, { ok: false }> }

/**
 * Checks the arguments, has the call approved, calls the tool, and gives what came of it. Never throws: of what a tool
 * throws, only the message of a `ToolError` is told, for any other may name things of the host.
 */
export async function callTool(
  tool: CheckedTool,
  call: AdmittedCall,
  context: CallContext,
): Promise<CallEnd> {
  const { name } = tool
  try {
    if (call.signal.aborted) throw call.signal.reason
    if (tool.checksArguments) await checkArguments(tool, call, context)
    await askApproval(tool, call, context)
    const value = await execute(tool, call, context)
    const { result, body } = await toolResult(tool, { id: call.id, value, redact: context.redact })
    return { outcome: { ok: true, result }, body }
  } catch (error) {
    if (error instanceof ToolError) return failed(redactedText(textOf(error), context))
    if (call.signal.aborted) return failed('the execution is over')
    context.set.logger?.warn({ tool: name, error: textOf(error) }, 'tool.failed')
    return failed(`"${name}" failed on the host`)
  }
}

async function checkArguments(
  { name, parameters, schemaKey }: CheckedTool,
  { rounded, signal }: AdmittedCall,
  { set, owner, checks }: CallContext,
): Promise<void> {
  if (plainlyFits(parameters, rounded)) return
  const question = { owner, key: schemaKey, schema: parameters, value: rounded }
  using _turn = await checks.take(signal)
  const problems = await untilAborted(set.gate.check(question), signal)
  if (problems.length > 0) throw new ToolError(`"${name}" cannot take these arguments: ${listed(problems)}`)
}

async function askApproval(tool: CheckedTool, call: AdmittedCall, context: CallContext): Promise<void> {
  if (tool.approve === undefined) return
  const { id, args, signal } = call
  using _clock = context.stopClock()
  try {
    await approveCall(tool, { id, name: tool.name, arguments: args }, { id, signal })
    signal.throwIfAborted()
  } catch (error) {
    context.refused()
    throw error
  }
}

async function execute(
  { name, execute: work, timeoutSeconds, countsTime }: CheckedTool,
  { id, args, signal }: AdmittedCall,
  context: CallContext,
): Promise<unknown> {
  using _clock = countsTime ? null : context.stopClock()
  const over = new AbortController()
  const abort = () => over.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const late = new ToolError(`"${name}" took longer than ${timeoutSeconds} s`)
  const timer = Number.isFinite(timeoutSeconds)
    ? setTimeout(() => over.abort(late), timeoutSeconds * 1000)
    : undefined
  try {
    // A tool that does not heed its signal must not hold up those who wait for it to end.
    return await untilAborted((async () => await work(args, { id, signal: over.signal }))(), over.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

function failed(error: string): CallEnd {
  return { outcome: { ok: false, error: error.slice(0, MAX_MESSAGE_CHARS) } }
}

function redactedText(text: string, { redact }: CallContext): string {
  return redact === null ? text : String(redact(text))
}

/** What is thrown may be anything, and may throw when it is asked what it is. */
function textOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    return 'something that is no error'
  }
}

function listed(problems: readonly { readonly path: string; readonly problem: string }[]): string {
  return problems
    .slice(0, MAX_PROBLEMS)
    .map(({ path, problem }) => (path === '' ? problem : `"${path}" ${problem}`))
    .join('; ')
}
