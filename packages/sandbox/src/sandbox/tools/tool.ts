import { z } from 'zod'
import type { JsonValue } from '../result.ts'

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What a tool is told of the execution that calls it. */
export interface ToolContext {
  /** Aborted when the execution is over, whether it ended, was stopped or was left. */
  readonly signal: AbortSignal
}

/** A function of the host that Python may call. */
export interface Tool {
  /** The name of the function in Python. */
  readonly name: string
  /** What it does, for whoever writes the code: Python shows it as the documentation of the function. */
  readonly description?: string | undefined
  /** JSON Schema of its arguments, an object. Positional arguments have the order of `properties`. */
  readonly parameters?: JsonSchema | undefined
  /**
   * Does it. The arguments fit `parameters`. What it gives must be JSON. Of what it throws, Python sees the message of a
   * `ToolError`, and of any other error only that there was one.
   */
  execute(args: Readonly<Record<string, JsonValue>>, context: ToolContext): unknown
}

/** Thrown by a tool to tell the code that called it what is wrong. Python raises a `ToolError` with the same message. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
}

/** Names that can be no function in Python, and the one that is taken. */
const RESERVED = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if
  import in is lambda nonlocal not or pass raise return try while with yield ToolError`.split(/\s+/),
)

/** Checks a tool, but not its schema. */
export const toolSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be a name in Python of at most 64 letters, digits and "_"')
    .refine((name) => !RESERVED.has(name), 'is a word of Python'),
  description: z.string().max(20_000).optional(),
  parameters: z
    .custom<JsonSchema>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'must be a JSON Schema, an object',
    )
    .optional(),
  execute: z.custom<Tool['execute']>((value) => typeof value === 'function', 'must be a function'),
})
