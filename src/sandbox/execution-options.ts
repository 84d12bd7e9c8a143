import { z } from 'zod'
import { memoryLimitSchema, secondsSchema } from './options.ts'
import { parseOptions } from './parse-options.ts'
import type { JsonValue } from './result.ts'

const GLOBALS_RULE = 'must be an object of JSON values under names that are Python identifiers'

const executionOptionsSchema = z.strictObject({
  timeoutSeconds: secondsSchema.optional(),
  cpuSeconds: secondsSchema.optional(),
  memoryLimitMb: memoryLimitSchema.optional(),
  /** Names that the code finds defined, with JSON values. */
  globals: z.custom<Readonly<Record<string, JsonValue>>>(isGlobals, GLOBALS_RULE).optional(),
  /** What `sys.argv` holds after the name of the program. */
  args: z.array(z.string()).optional(),
  /** What `input()` and `sys.stdin` read. Without it they are at their end. */
  stdin: z.string().optional(),
  /** Aborting it ends the run, whose result then says `cancelled`. */
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal').optional(),
})

/** Not a schema of a record: that would drop a name such as `__proto__`. */
function isGlobals(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(
    ([name, item]) => /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name) && z.json().safeParse(item).success,
  )
}

/** What a caller may pass to one execution. */
export type ExecutionOptions = z.input<typeof executionOptionsSchema>

/** The same after parsing. */
export type ExecutionSettings = z.output<typeof executionOptionsSchema>

/**
 * Checks the options of one execution.
 * @throws InvalidOptionsError naming every option that is wrong
 */
export function parseExecutionOptions(options: ExecutionOptions): ExecutionSettings {
  return parseOptions(executionOptionsSchema, options, 'execution options')
}
