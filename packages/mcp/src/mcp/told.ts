import type { CallToolResult } from '@modelcontextprotocol/server'
import { PythonHostError } from './python-host.ts'

/** Where a server says what went wrong in it; the caller is told only what is its own. */
export type Report = (error: unknown) => void

/** What the caller is told of something that was thrown: a reason that it can mend, or that it was our failure. */
export function toldOf(error: unknown, report: Report): string {
  if (error instanceof PythonHostError) return `Cannot do this: ${error.message}`
  // Errors of the library explain themselves and name nothing of the host but for the options of the caller.
  if (isCoded(error)) return error.message
  report(error)
  return 'Cannot do this: the server failed; its log has the reason'
}

/** Runs the body of a tool; what it throws becomes the outcome of the tool and no error of the protocol. */
export async function asOutcome(
  report: Report,
  body: () => Promise<CallToolResult>,
): Promise<CallToolResult> {
  try {
    return await body()
  } catch (error) {
    return { content: [{ type: 'text', text: toldOf(error, report) }], isError: true }
  }
}

/** Data as structured content, and as text for the clients that read only that. */
export function structured(value: { readonly [key: string]: unknown }): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value }
}

/** What a caller did: its code, its options, its place in the queue. */
const TOLD = new Set([
  'invalid-options',
  'queue-full',
  'workspace-file',
  'file-input',
  'file-unavailable',
  'package-unavailable',
  'session-not-saved',
  'session-closed',
])

function isCoded(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && TOLD.has(error.code)
}
