import type { ToolCall, ToolContext } from './tool.ts'
import { ToolError } from './tool.ts'
import type { CheckedTool } from './tool-set.ts'

/**
 * Asks for the approval of a call of this tool, and returns when it may be made. Only `'allow'` allows it.
 * @throws ToolError with the reason why it must not be made
 */
export async function approveCall(
  { name, approve, approveSeconds }: CheckedTool,
  call: ToolCall,
  { id, signal }: ToolContext,
): Promise<void> {
  if (approve === undefined) return
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), approveSeconds * 1000)
  try {
    const both = AbortSignal.any([signal, late.signal])
    const answer: unknown = await Promise.race([approve(call, { id, signal: both }), timeIsUp(both)])
    if (answer === 'allow') return
    throw new ToolError(`"${name}" was not allowed: ${reasonOf(answer)}`)
  } catch (error) {
    if (late.signal.aborted) throw new ToolError(`"${name}" was not allowed within ${approveSeconds} s`)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function timeIsUp(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function reasonOf(answer: unknown): string {
  const deny = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'deny') : undefined
  return typeof deny === 'string' ? deny : 'no answer that is one'
}
