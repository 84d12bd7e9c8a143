import { parseJson } from 'agentchat-sandbox-base/gate/json-text'
import { exactProblem, problemOfJson } from 'agentchat-sandbox-base/gate/json-value'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import type { LineSource } from '../bridge/input-service.ts'
import { fileInputsSchema } from '../files/file-input.ts'
import { autoInstallSchema } from '../packages/auto-install-option.ts'
import { parseOptions } from '../parse-options.ts'
import { knownSecretsSchema, redactionPolicySchema } from '../redaction/redaction-options.ts'
import type { ExactJsonValue } from '../result/result.ts'
import type { SessionMetadata } from '../result/session-metadata.ts'
import { secretsSchema } from '../secrets/secret-options.ts'
import { toolsSchema } from '../tools/tool.ts'
import { memoryLimitSchema, secondsSchema } from './limit-options.ts'

/** Arguments of a program. */
const MAX_ARGS = 10_000
/** Globals of a program. */
const MAX_GLOBALS = 10_000
/** Deepest nesting of a global. */
const MAX_DEPTH = 200
/** What the text of globals may cost to parse: some 0.2 s. */
const MAX_TEXT_WORK = 5_000_000

/** The descriptions are a table in `docs/options.md`: `npm run docs` writes it. */
export const executionOptionsSchema = late(() =>
  z.strictObject({
    timeoutSeconds: secondsSchema().optional().describe('Wall clock. By default that of the sandbox.'),
    cpuSeconds: secondsSchema().optional().describe('CPU time. By default that of the sandbox.'),
    memoryLimitMb: memoryLimitSchema()
      .optional()
      .describe("Python's heap, in MiB. By default that of the sandbox."),
    globals: z
      .custom<Readonly<Record<string, ExactJsonValue>> | string>()
      .superRefine(checkGlobals)
      .optional()
      .describe(
        'Names that the program finds defined, with JSON values, in which a BigInt is a whole number; or the JSON text of an object, which reaches Python as it stands. By default none.',
      ),
    args: z
      .array(z.string())
      .max(MAX_ARGS)
      .optional()
      .describe('What `sys.argv` holds after the name of the program. By default nothing.'),
    stdin: z
      .union([z.string(), z.custom<LineSource>((value) => typeof value === 'function')], {
        error: 'must be a string or a function',
      })
      .optional()
      .describe(
        'What `input()` and `sys.stdin` read: a text, or a function that returns each line while the code runs and null at the end, called at most 100,000 times. By default they are at their end.',
      ),
    files: fileInputsSchema()
      .optional()
      .describe(
        'Files in the working folder, by name: a string, a `Uint8Array`, `{ path }` of a file of the host, or an async iterable. By default none.',
      ),
    packages: z
      .array(z.string())
      .max(500)
      .optional()
      .describe('Packages for this execution, beside those of the sandbox. By default none.'),
    autoInstall: autoInstallSchema()
      .optional()
      .describe('In place of the option of the sandbox. By default that one.'),
    keepFullOutput: z
      .boolean()
      .optional()
      .describe('In place of the option of the sandbox. By default that one.'),
    tools: toolsSchema()
      .optional()
      .describe(
        'Functions of the host beside those of the session and the sandbox; they replace one of the same name. By default none.',
      ),
    secrets: secretsSchema()
      .optional()
      .describe(
        'More of them than the sandbox and the session have; they replace one of the same name. By default none.',
      ),
    redaction: redactionPolicySchema()
      .optional()
      .describe('In place of the option of the session or the sandbox. By default that one.'),
    knownSecrets: knownSecretsSchema()
      .optional()
      .describe('More of them than the sandbox and the session name. By default none.'),
    sessionBytes: z
      .custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be a Uint8Array')
      .optional()
      .describe(
        'A session at rest that the execution goes on with, given with `sessionMetadata`, where the sandbox is `stateful`. By default none.',
      ),
    sessionMetadata: z
      .custom<SessionMetadata>((value) => typeof value === 'object' && value !== null)
      .optional()
      .describe('The metadata that came with `sessionBytes`. By default none.'),
    signal: z
      .custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal')
      .optional()
      .describe('An `AbortSignal` that ends the run; its result is then `cancelled`. By default none.'),
  }),
)

/** Not a schema of a record: that would drop a name such as `__proto__`. */
function checkGlobals(given: unknown, context: z.RefinementCtx): void {
  const isText = typeof given === 'string'
  const value = isText ? parsedGlobals(given) : given
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    context.addIssue({ code: 'custom', message: `must be ${isText ? 'the JSON text of ' : ''}an object` })
    return
  }
  const count = Object.keys(value).length
  if (count > MAX_GLOBALS) {
    context.addIssue({ code: 'custom', message: `must have at most ${MAX_GLOBALS} names, not ${count}` })
    return
  }
  for (const [name, item] of Object.entries(value)) {
    const isName = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name)
    const message = isName ? problemOf(item, isText) : 'the name must be a Python identifier'
    if (message !== null) context.addIssue({ code: 'custom', path: [name], message })
  }
}

/** Python reads the text itself: what JavaScript makes of its numbers does not matter. */
function problemOf(item: unknown, isText: boolean): string | null {
  return isText ? null : problemOfJson(item, MAX_DEPTH, exactProblem)
}

/** Undefined where it is no JSON, or too deep or too much to parse. */
function parsedGlobals(text: string): unknown {
  try {
    return parseJson(text, { maxDepth: MAX_DEPTH + 1, maxWork: MAX_TEXT_WORK, plainNames: false })
  } catch {
    return undefined
  }
}

/** What a caller may pass to one execution. */
export type ExecutionOptions = z.input<ReturnType<typeof executionOptionsSchema>>

/** The same after parsing. */
export type ExecutionSettings = z.output<ReturnType<typeof executionOptionsSchema>>

/**
 * Checks the options of one execution.
 * @throws InvalidOptionsError naming every option that is wrong
 */
export function parseExecutionOptions(options: ExecutionOptions): ExecutionSettings {
  return parseOptions(executionOptionsSchema(), options, 'execution options')
}
