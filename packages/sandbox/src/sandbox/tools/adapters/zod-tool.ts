import { z } from 'zod'
import { type JsonSchema, type Tool, type ToolContext, ToolError } from '../tool.ts'

const MAX_PROBLEMS = 5

/** As much of a schema of zod 4 as is needed here, whichever copy of zod it comes from. */
export interface ZodLike<Output> {
  safeParseAsync(value: unknown): Promise<ZodOutcome<Output>>
}

type ZodOutcome<Output> =
  | { readonly success: true; readonly data: Output }
  | { readonly success: false; readonly error: { readonly issues: readonly ZodIssue[] } }

interface ZodIssue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** A tool whose arguments a schema of zod describes; everything else is as in `Tool`. */
export interface ZodTool<Args> extends Omit<Tool, 'parameters' | 'execute'> {
  readonly parameters: ZodLike<Args>
  execute(args: Args, context: ToolContext): unknown
}

/**
 * Makes a tool of one whose arguments are a zod object. Python and the host's check see its JSON Schema; `execute` gets what
 * the schema makes of the arguments, defaults and transforms included.
 * @throws TypeError when the schema has no form in JSON Schema
 *
 * @example
 * ```ts
 * const search = zodTool({
 *   name: 'search',
 *   parameters: z.object({ query: z.string(), limit: z.int().default(10) }),
 *   execute: ({ query, limit }) => find(query, limit),
 * })
 * ```
 */
export function zodTool<Args>({ parameters, execute, ...tool }: ZodTool<Args>): Tool {
  return {
    ...tool,
    parameters: jsonSchemaOf(parameters),
    execute: async (args, context) => await execute(await parsed(tool.name, parameters, args), context),
  }
}

/** The JSON Schema of what a zod schema takes. @throws TypeError */
export function jsonSchemaOf(schema: unknown): JsonSchema {
  try {
    // A schema of zod 4 carries all that this reads in `_zod`, so that it may come from another copy.
    const { $schema: _dialect, ...found } = z.toJSONSchema(schema as z.ZodType, { io: 'input' })
    return found
  } catch (cause) {
    throw new TypeError('Cannot describe the arguments: their schema has no form in JSON Schema', { cause })
  }
}

/** @throws ToolError saying what does not fit */
async function parsed<Args>(name: string, schema: ZodLike<Args>, args: unknown): Promise<Args> {
  const outcome = await schema.safeParseAsync(args)
  if (outcome.success) return outcome.data
  const problems = outcome.error.issues.slice(0, MAX_PROBLEMS).map(({ path, message }) => {
    return path.length === 0 ? message : `"${path.map(String).join('.')}" ${message}`
  })
  throw new ToolError(`"${name}" cannot take these arguments: ${problems.join('; ')}`)
}
