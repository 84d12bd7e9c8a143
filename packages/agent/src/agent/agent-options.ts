import type { PythonRunner, Tool } from 'agentchat-sandbox'
import { z } from 'zod'
import type { ChatModel } from './chat-model.ts'
import { toolsOption } from './tools-option.ts'

const DAY_SECONDS = 86_400

/** Limits of a run of the agent. */
export const limitsSchema = z.strictObject({
  /** Turns of the model. */
  maxSteps: z.int().min(1).max(1000).default(20),
  /** Wall clock of the whole, in seconds. */
  maxSeconds: z.number().positive().max(DAY_SECONDS).default(600),
  /** Of what is sent to the model and what comes from it, together; where the endpoint tells none, four characters are one. */
  maxTokens: z.int().min(1).optional(),
  /** Wall clock of one piece of code, in seconds; by default that of the sandbox. */
  stepSeconds: z.number().positive().max(DAY_SECONDS).optional(),
  /** Characters of what the model is told of one execution. */
  observationChars: z.int().min(200).max(1_000_000).default(8000),
})

/** What the loop is told, in whatever form it runs. */
export const loopShape = {
  tools: toolsOption,
  /** Python packages that the session has beside the standard library: the model is told of them. */
  packages: z.array(z.string().min(1).max(200)).max(200).default([]),
  /** Files that lie in its working folder: the model is told of them. */
  files: z.array(z.string().min(1).max(1000)).max(1000).default([]),
  /** In place of the prompt of ours: what the model is told first. */
  systemPrompt: z.string().max(1_000_000).optional(),
  /** Other marks of code than fences, such as `execute` for `<execute>`. */
  tags: z
    .array(z.string().regex(/^[A-Za-z][\w-]{0,40}$/))
    .max(5)
    .default([]),
  limits: limitsSchema.prefault({}),
}

const objectWith = (method: string, name: string) =>
  z.custom<unknown>(
    (value) =>
      typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function',
    `must be ${name}`,
  )

const agentOptionsSchema = z.strictObject({
  ...loopShape,
  model: objectWith('stream', 'a ChatModel').transform((value) => value as ChatModel),
  /** Where the code runs: a session, in which variables stay. */
  session: objectWith('stream', 'a session').transform((value) => value as PythonRunner),
  task: z.string().min(1).max(1_000_000),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal').optional(),
})

/** What a run of the agent is given. */
export interface AgentOptions
  extends Omit<z.input<typeof agentOptionsSchema>, 'model' | 'session' | 'tools'> {
  readonly model: ChatModel
  readonly session: PythonRunner
  readonly tools?: readonly Tool[]
}

/** The same with every default filled in. */
export type AgentSettings = z.output<typeof agentOptionsSchema>

/** An option of the agent is wrong; each problem says which. */
export class AgentOptionsError extends TypeError {
  override readonly name = 'AgentOptionsError'
  readonly problems: readonly { readonly path: string; readonly problem: string }[]
  constructor(problems: AgentOptionsError['problems']) {
    super(`Cannot use the options: ${problems.map(shownProblem).join('; ')}`)
    this.problems = problems
  }
}

/** One problem with an option; one with all of them has no path. */
export function shownProblem({ path, problem }: { readonly path: string; readonly problem: string }): string {
  return path === '' ? problem : `${path}: ${problem}`
}

/** Checks the options. @throws AgentOptionsError */
export function parseAgentOptions(options: AgentOptions): AgentSettings {
  const parsed = agentOptionsSchema.safeParse(options)
  if (parsed.success) return parsed.data
  throw new AgentOptionsError(
    parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), problem: message })),
  )
}
