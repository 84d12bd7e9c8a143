import { z } from 'zod'
import { parseOptions } from '../parse-options.ts'
import { toolsSchema } from '../tools/tool.ts'
import { SESSION_ID } from './session-id.ts'
import { ownerSchema, type SessionMetadata } from './session-metadata.ts'

const DAY_SECONDS = 86_400

/** The name under which a session is kept. */
const idSchema = z.string().regex(SESSION_ID, 'must be 1 to 64 letters, digits, "-" or "_"')

const sessionOptionsSchema = z
  .strictObject({
    /** Keeps the session in the store of the sandbox under this name, and opens what is kept under it. */
    id: idSchema.optional(),
    /** What must be kept under `id` when the session is opened: something, nothing, or either. */
    open: z.enum(['existing', 'new', 'either']).default('either'),
    /** A session at rest that goes on; both or neither. The metadata is checked when the seal is opened. */
    sessionBytes: z.instanceof(Uint8Array).optional(),
    sessionMetadata: z
      .custom<SessionMetadata>((value) => typeof value === 'object' && value !== null)
      .optional(),
    /** Whose the session is: bytes of another owner are refused. */
    owner: ownerSchema.nullable().default(null),
    /** Saves older than this are refused, as replayed. */
    minSequence: z.int().min(0).default(0),
    /** After so long without an execution the session goes to rest and gives its worker back. */
    idleSeconds: z.number().positive().max(DAY_SECONDS).default(300),
    /** Keep the state after each execution, for `rewind`. */
    checkpoints: z.boolean().default(false),
    /** Functions of the host that its executions may call, beside those of the sandbox; of one name, these. */
    tools: toolsSchema.default([]),
  })
  .refine((options) => (options.sessionBytes === undefined) === (options.sessionMetadata === undefined), {
    error: 'must be given together with "sessionMetadata"',
    path: ['sessionBytes'],
  })
  .refine(({ open, id }) => open === 'either' || id !== undefined, {
    error: 'says what must be kept under "id", which must be given',
    path: ['open'],
  })
  .refine(({ open, sessionBytes }) => open !== 'existing' || sessionBytes === undefined, {
    error: 'must not be "existing" where "sessionBytes" begin a new session',
    path: ['open'],
  })

const forkOptionsSchema = z.strictObject({
  /** Keeps the fork in the store of the sandbox, at once, under this name, which must be new. */
  id: idSchema.optional(),
})

/** What a caller may pass to `sandbox.session()`. */
export type SessionOptions = z.input<typeof sessionOptionsSchema>
/** The same after parsing. */
export type SessionSettings = z.output<typeof sessionOptionsSchema>
/** What must be kept under the id of a session when it is opened. */
export type OpenMode = SessionSettings['open']
/** What a caller may pass to `session.fork()`. */
export type ForkOptions = z.input<typeof forkOptionsSchema>

/**
 * Checks the options of a session.
 * @throws InvalidOptionsError naming every option that is wrong
 */
export function parseSessionOptions(options: SessionOptions): SessionSettings {
  return parseOptions(sessionOptionsSchema, options, 'session options')
}

/** Checks the options of a fork. @throws InvalidOptionsError */
export function parseForkOptions(options: ForkOptions): z.output<typeof forkOptionsSchema> {
  return parseOptions(forkOptionsSchema, options, 'fork options')
}
