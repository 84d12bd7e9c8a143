import { Annotation, ReducedValue, StateSchema } from '@langchain/langgraph'
import type { SessionMetadata } from 'agentchat-sandbox'
import { z } from 'zod'
import { isReplaced } from './replaced-states.ts'

/** The keys of a graph's state in which Python's state is kept. */
export const STATE_KEYS = ['session_bytes', 'session_metadata'] as const

/** Python at rest, as a graph holds it. Both are null before the first execution. */
export interface SandboxState {
  /** The sealed session as base64 text, or `generation:` and the id under which a store holds it. */
  readonly session_bytes: string | null
  /** What is in it, for people; it must be given back as it is. */
  readonly session_metadata: SessionMetadata | null
}

export const NO_SESSION: SandboxState = { session_bytes: null, session_metadata: null }

const bytesSchema = z.string().nullable()
const metadataSchema = z.record(z.string(), z.unknown()).nullable()
type Metadata = Record<string, unknown> | null

/** Of several updates in one step the one that came last, in the order in which the calls ran, wins. */
function latest<Value>(current: Value, next: Value | undefined): Value {
  return next === undefined || isReplaced(next, current) ? current : next
}

/** The fields of a `StateSchema` for a graph whose tools or nodes keep Python's state. */
export const sandboxState = {
  // An input that is left out is no update: with a default it would forget the session at each turn.
  session_bytes: new ReducedValue<string | null, string | null | undefined>(bytesSchema.default(null), {
    inputSchema: bytesSchema.optional(),
    reducer: latest,
  }),
  session_metadata: new ReducedValue<Metadata, Metadata | undefined>(metadataSchema.default(null), {
    inputSchema: metadataSchema.optional(),
    reducer: latest,
  }),
}

/** The same for `Annotation.Root`: `Annotation.Root({ ...MessagesAnnotation.spec, ...sandboxAnnotation.spec })`. */
export const sandboxAnnotation = Annotation.Root({
  session_bytes: Annotation<string | null>({ reducer: latest, default: () => null }),
  session_metadata: Annotation<Metadata>({ reducer: latest, default: () => null }),
})

/** The same as a `StateSchema` of its own, for a middleware. */
export const sandboxStateSchema = new StateSchema(sandboxState)

/** The graph does not have the keys in which Python's state is kept. */
export class MissingStateError extends Error {
  override readonly name = 'MissingStateError'
  readonly keys: readonly string[]
  constructor(keys: readonly string[]) {
    super(
      `Cannot keep Python's state: the graph's state has no ${keys.map((key) => `"${key}"`).join(' and no ')}; ` +
        'add ...sandboxState to its StateSchema, ...sandboxAnnotation.spec to its Annotation.Root, ' +
        'or the middleware pythonSandbox() to createAgent',
    )
    this.keys = keys
  }
}

/** The state of a graph is what somebody else may have stored: nothing of it is believed but its form. */
const heldSchema = z.looseObject({
  session_bytes: z.string().nullable(),
  session_metadata: z.custom<SessionMetadata | null>((value) => typeof value === 'object'),
})

/** Python's state in the state of a graph. @throws MissingStateError naming the keys that are not there */
export function sandboxStateOf(state: unknown): SandboxState {
  const has = (key: string) => typeof state === 'object' && state !== null && key in state
  const missing = STATE_KEYS.filter((key) => !has(key))
  if (missing.length > 0) throw new MissingStateError(missing)
  const { session_bytes, session_metadata } = heldSchema.parse(state)
  return { session_bytes, session_metadata }
}
