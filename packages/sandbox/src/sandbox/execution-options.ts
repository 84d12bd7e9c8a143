import { problemOfJson } from 'agentchat-sandbox-base/gate/json-value'
import { z } from 'zod'
import type { LineSource } from './bridge/input-service.ts'
import { fileInputsSchema } from './files/file-input.ts'
import { memoryLimitSchema, secondsSchema } from './options.ts'
import { parseOptions } from './parse-options.ts'
import type { JsonValue } from './result.ts'
import type { SessionMetadata } from './session/session-metadata.ts'
import { toolsSchema } from './tools/tool.ts'

/** Deepest nesting of a global. */
const MAX_DEPTH = 200

const executionOptionsSchema = z.strictObject({
  timeoutSeconds: secondsSchema.optional(),
  cpuSeconds: secondsSchema.optional(),
  memoryLimitMb: memoryLimitSchema.optional(),
  /** Names that the code finds defined, with JSON values. */
  globals: z.custom<Readonly<Record<string, JsonValue>>>().superRefine(checkGlobals).optional(),
  /** What `sys.argv` holds after the name of the program. */
  args: z.array(z.string()).optional(),
  /**
   * What `input()` and `sys.stdin` read: a text, or a function that is asked for each line while the code runs and gives
   * null at the end. Without it they are at their end.
   */
  stdin: z
    .union([z.string(), z.custom<LineSource>((value) => typeof value === 'function')], {
      error: 'must be a string or a function',
    })
    .optional(),
  /** In place of the option of the sandbox. */
  keepFullOutput: z.boolean().optional(),
  /** Packages for this execution alone, beside those of the sandbox. */
  packages: z.array(z.string()).max(500).optional(),
  /** In place of the option of the sandbox. */
  autoInstall: z.boolean().optional(),
  /** A session at rest that the execution goes on with; only where the sandbox is stateful. Both or neither. */
  sessionBytes: z.instanceof(Uint8Array).optional(),
  sessionMetadata: z
    .custom<SessionMetadata>((value) => typeof value === 'object' && value !== null)
    .optional(),
  /** Files that the code finds in the working folder, by their names in it. */
  files: fileInputsSchema.optional(),
  /** Functions of the host that Python may call, beside those of the session and the sandbox; of one name, these. */
  tools: toolsSchema.optional(),
  /** Aborting it ends the run, whose result then says `cancelled`. */
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal').optional(),
})

/** Not a schema of a record: that would drop a name such as `__proto__`. */
function checkGlobals(value: unknown, context: z.RefinementCtx): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    context.addIssue({ code: 'custom', message: 'must be an object' })
    return
  }
  for (const [name, item] of Object.entries(value)) {
    const isName = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name)
    const message = isName ? problemOfJson(item, MAX_DEPTH) : 'the name must be a Python identifier'
    if (message !== null) context.addIssue({ code: 'custom', path: [name], message })
  }
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
