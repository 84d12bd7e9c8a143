import type { ExecutionOptions } from 'agentchat-sandbox'
import { z } from 'zod'
import { type FileUse, fileUseSchema, type GivenSession, givenSessionSchema } from './session-wire.ts'
import { workToolOf, workToolSchema } from './tool-wire.ts'

/** What a machine is given to run, and nothing else: it travels in the answer to a claim alone. */
export const workSchema = z.strictObject({
  code: z.string(),
  options: z.strictObject({
    timeoutSeconds: z.number().optional(),
    memoryLimitMb: z.number().optional(),
    cpuSeconds: z.number().optional(),
    globals: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    args: z.array(z.string()).optional(),
    stdin: z.string().optional(),
    redaction: z.enum(['off', 'known', 'known+patterns']).optional(),
    secrets: z.record(z.string(), z.unknown()).optional(),
  }),
  /** Contents by name, in base64 where they are no text. */
  files: z.array(z.tuple([z.string(), z.enum(['text', 'base64']), z.string()])),
  /** Does `input()` wait for lines that are given while it runs? */
  interactive: z.boolean(),
  allowNet: z.array(z.string()),
  /** What the code may call: the service answers. */
  tools: z.array(workToolSchema).max(200).optional(),
  /** In which it is run, in place of a fresh interpreter. */
  session: givenSessionSchema.optional(),
  /** What is to be done with the files of that session, in place of running code. */
  use: fileUseSchema.optional(),
})

/** What a machine is given to run. */
export type Work = z.infer<typeof workSchema>

const PASSED_ON = [
  'timeoutSeconds',
  'memoryLimitMb',
  'cpuSeconds',
  'globals',
  'args',
  'stdin',
  'redaction',
  'secrets',
] as const
/** What has no place there: `signal`, a function as `stdin` and tools are asked over the wire. */
const HANDLED = new Set<string>([...PASSED_ON, 'files', 'signal', 'tools'])

/**
 * Writes what is to be run on a machine.
 * @throws TypeError for an option that cannot be sent there, so that none is dropped silently
 */
export function workOf(
  code: string,
  options: ExecutionOptions,
  { allowNet }: { readonly allowNet: readonly string[] },
): Work {
  const unknown = Object.keys(options).filter(
    (name) => !HANDLED.has(name) && Reflect.get(options, name) !== undefined,
  )
  if (unknown.length > 0) throw new TypeError(`Cannot send to a machine: ${unknown.join(', ')}`)
  const interactive = typeof options.stdin === 'function'
  const { tools = [] } = options
  const passed = PASSED_ON.filter((name) => options[name] !== undefined && !(name === 'stdin' && interactive))
  return {
    code,
    options: Object.fromEntries(passed.map((name) => [name, options[name]])),
    files: Object.entries(options.files ?? {}).map(([name, content]) => fileOf(name, content)),
    interactive,
    allowNet: [...allowNet],
    ...(tools.length === 0 ? {} : { tools: tools.map(workToolOf) }),
  }
}

/** Writes what is to be done with the files of a session on a machine. */
export function fileWorkOf(
  session: GivenSession,
  use: FileUse,
  { allowNet }: { readonly allowNet: readonly string[] },
): Work {
  return { code: '', options: {}, files: [], interactive: false, allowNet: [...allowNet], session, use }
}

function fileOf(name: string, content: unknown): Work['files'][number] {
  if (typeof content === 'string') return [name, 'text', content]
  if (content instanceof Uint8Array) return [name, 'base64', Buffer.from(content).toString('base64')]
  throw new TypeError(
    `Cannot send the file ${JSON.stringify(name)} to a machine: it is neither text nor bytes`,
  )
}

/** The options of work, for the sandbox that runs it. */
export function optionsOf({ options, files }: Work): ExecutionOptions {
  const contents = files.map(([name, form, text]) => [
    name,
    form === 'text' ? text : Buffer.from(text, 'base64'),
  ])
  return {
    ...(options as ExecutionOptions),
    ...(files.length === 0 ? {} : { files: Object.fromEntries(contents) }),
  }
}
