import type { ToolOutcome } from '../events.ts'
import type { JsonValue } from '../result.ts'
import { ToolError } from './tool.ts'
import type { CheckedTool, ToolSet } from './tool-set.ts'

const MAX_MESSAGE_CHARS = 2000
const MAX_PROBLEMS = 5

/** What a call is in. */
export interface ToolCallContext {
  readonly set: Pick<ToolSet, 'maxResultBytes' | 'logger' | 'gate'>
  /** Who calls; slow checks delay nobody else. */
  readonly owner: string
  readonly signal: AbortSignal
}

/**
 * Checks the arguments, calls the tool, and gives what came of it as JSON. Never throws: of what a tool throws, only the
 * message of a `ToolError` is told, for any other may name things of the host.
 */
export async function callTool(
  { name, parameters, execute }: CheckedTool,
  args: Record<string, JsonValue>,
  { set, owner, signal }: ToolCallContext,
): Promise<ToolOutcome> {
  try {
    const question = { owner, key: name, schema: parameters, value: args }
    const problems = await untilAborted(() => set.gate.check(question), signal)
    if (problems.length > 0) return failed(`"${name}" cannot take these arguments: ${textOf(problems)}`)
    const value = await untilAborted(async () => await execute(args, { signal }), signal)
    return resultOf(name, value, set.maxResultBytes)
  } catch (error) {
    if (error instanceof ToolError) return failed(error.message)
    set.logger?.warn(
      { tool: name, error: error instanceof Error ? error.message : String(error) },
      'tool.failed',
    )
    return failed(`"${name}" failed on the host`)
  }
}

/** A tool that does not heed its signal must not hold up those who wait for it to end. */
async function untilAborted<Value>(work: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  const ended = new ToolError('the execution is over')
  if (signal.aborted) throw ended
  let onAbort = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(ended)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function resultOf(name: string, value: unknown, maxBytes: number): ToolOutcome {
  const text = value === undefined ? 'null' : JSON.stringify(value)
  if (text === undefined) return failed(`"${name}" gave something that is not JSON`)
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) {
    return failed(
      `The result of "${name}" takes ${bytes} bytes, at most ${maxBytes} are allowed (maxToolResultBytes)`,
    )
  }
  // What JSON has made of it is what Python gets: a date is a text, a field that is not there is not there.
  return { ok: true, result: JSON.parse(text) as JsonValue }
}

function failed(error: string): ToolOutcome {
  return { ok: false, error: error.slice(0, MAX_MESSAGE_CHARS) }
}

function textOf(problems: readonly { readonly path: string; readonly problem: string }[]): string {
  return problems
    .slice(0, MAX_PROBLEMS)
    .map(({ path, problem }) => (path === '' ? problem : `"${path}" ${problem}`))
    .join('; ')
}
