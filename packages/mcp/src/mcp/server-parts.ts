import type { ToolAnnotations } from '@modelcontextprotocol/server'
import type { PythonHost } from './python-host.ts'

/** Where a server says what went wrong in it: the caller is told only what is its own. */
export type Report = (error: unknown) => void

/** What the tools of one server share. */
export interface ServerParts {
  readonly host: PythonHost
  readonly report: Report
}

/** Looks, and changes nothing. */
export const READS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} satisfies ToolAnnotations

/** Makes something new, or adds to it. */
export const ADDS = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
} satisfies ToolAnnotations

/** Takes away what was there; doing it again takes nothing more. */
export const DESTROYS = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
} satisfies ToolAnnotations
