import { z } from 'zod'
import { memoryLimitSchema, secondsSchema } from './options.ts'
import { parseOptions } from './parse-options.ts'

const executionOptionsSchema = z.strictObject({
  timeoutSeconds: secondsSchema.optional(),
  cpuSeconds: secondsSchema.optional(),
  memoryLimitMb: memoryLimitSchema.optional(),
  /** Names that the code finds defined, with JSON values. */
  globals: z
    .record(z.string().regex(/^[\p{ID_Start}_][\p{ID_Continue}]*$/u, 'must be a Python identifier'), z.json())
    .optional(),
  /** What `sys.argv` holds after the name of the program. */
  args: z.array(z.string()).optional(),
  /** What `input()` and `sys.stdin` read. Without it they are at their end. */
  stdin: z.string().optional(),
  /** Aborting it ends the run, whose result then says `cancelled`. */
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal').optional(),
})

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
