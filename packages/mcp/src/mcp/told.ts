import type { CallToolResult } from '@modelcontextprotocol/server'
import { PythonHostError } from './python-host.ts'
import type { ServerParts } from './server-parts.ts'

/** What the caller is told of something that was thrown: a reason that it can mend, or that it was our failure. */
export function toldOf(error: unknown, { host, report }: ServerParts): string {
  const reason = error instanceof PythonHostError ? error.message : host.reasonOf(error)
  if (reason !== null) return reason.startsWith('Cannot ') ? reason : `Cannot do this: ${reason}`
  report(error)
  return 'Cannot do this: the server failed; its log has the reason'
}

/** Runs the body of a tool; what it throws becomes the outcome of the tool and no error of the protocol. */
export async function asOutcome(
  parts: ServerParts,
  body: () => Promise<CallToolResult>,
): Promise<CallToolResult> {
  try {
    return await body()
  } catch (error) {
    return { content: [{ type: 'text', text: toldOf(error, parts) }], isError: true }
  }
}

/** Data as structured content, and as text for the clients that read only that. */
export function structured(value: { readonly [key: string]: unknown }): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value }
}
