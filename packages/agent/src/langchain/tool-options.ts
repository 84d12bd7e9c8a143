import type { LangGraphRunnableConfig } from '@langchain/langgraph'
import {
  FolderSessionStore,
  type PythonExecutor,
  type SandboxOptions,
  type SessionStore,
} from 'agentchat-sandbox'
import { z } from 'zod'
import { shownProblem } from '../agent/agent-options.ts'
import { DEFAULT_STATE_BYTES } from './session-codec.ts'

const MAX_STATE_BYTES = 2 ** 26

export function objectWith<Value>(method: string, what: string) {
  return z.custom<Value>(
    (value) =>
      typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function',
    `must be ${what}`,
  )
}

const functionSchema = z.custom<(config: LangGraphRunnableConfig) => string | null>(
  (value) => typeof value === 'function',
  'must be a function',
)

/** How Python's state is kept in that of a graph. */
export const keepingShape = {
  /** Where sessions larger than `maxStateBytes` go, each save under an id of its own: a folder, or a store. */
  sessionStore: z.union([z.string().min(1), objectWith<SessionStore>('save', 'a SessionStore')]).optional(),
  /** Bytes of a session that go into the state of the graph themselves. */
  maxStateBytes: z.int().min(0).max(MAX_STATE_BYTES).default(DEFAULT_STATE_BYTES),
  /** Whose sessions they are: those of somebody else are refused. By default nobody's in particular. */
  owner: functionSchema.optional(),
}

const toolShape = {
  ...keepingShape,
  /** Does Python remember from call to call? It needs a graph with the keys of `sandboxState`. */
  stateful: z.boolean().default(false),
  /** What runs the code; by default a sandbox of its own, made with the other options. */
  sandbox: objectWith<PythonExecutor>('session', 'a PythonExecutor').optional(),
  /** Characters of what the model is told of one call. */
  maxChars: z.int().min(200).max(1_000_000).default(10_000),
  /** Bytes of displays and files in the artifact of one call. */
  maxArtifactBytes: z
    .int()
    .min(0)
    .max(2 ** 30)
    .default(2 ** 20),
}
const toolSchema = z.strictObject(toolShape)

/** What is said of the tool beside the options of its sandbox. */
export type ToolSettings = z.output<typeof toolSchema>

/** Options of the tool: its own, and those of the sandbox that it makes, or a sandbox that is there. */
export type PyodideSandboxToolOptions = z.input<typeof toolSchema> &
  Omit<SandboxOptions, 'stateful' | 'sessionStore'>

/** An option of the tool or of the agent is wrong; each problem says which. */
export class ToolOptionsError extends TypeError {
  override readonly name = 'ToolOptionsError'
  readonly problems: readonly { readonly path: string; readonly problem: string }[]
  constructor(problems: ToolOptionsError['problems']) {
    super(`Cannot use the options: ${problems.map(shownProblem).join('; ')}`)
    this.problems = problems
  }
}

/** The tool's own options, and those that are left for its sandbox. @throws ToolOptionsError */
export function parseToolOptions(options: PyodideSandboxToolOptions): {
  readonly settings: ToolSettings
  readonly sandboxOptions: SandboxOptions
} {
  const entries = Object.entries(options)
  const own = Object.fromEntries(entries.filter(([name]) => name in toolShape))
  const others = Object.fromEntries(entries.filter(([name]) => !(name in toolShape)))
  const settings = parsedBy(toolSchema, own)
  const [first] = Object.keys(others)
  if (settings.sandbox !== undefined && first !== undefined)
    throw new ToolOptionsError([
      { path: first, problem: 'is an option of the sandbox: give it to the one in "sandbox"' },
    ])
  return { settings, sandboxOptions: others }
}

/** @throws ToolOptionsError */
export function parsedBy<Schema extends z.ZodType>(schema: Schema, options: unknown): z.output<Schema> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  throw new ToolOptionsError(
    parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), problem: message })),
  )
}

/** The store that the option means; null where there is none. */
export function storeOf(option: string | SessionStore | undefined): SessionStore | null {
  return typeof option === 'string' ? new FolderSessionStore(option) : (option ?? null)
}
