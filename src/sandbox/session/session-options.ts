import { z } from 'zod'
import { parseOptions } from '../parse-options.ts'
import { ownerSchema, type SessionMetadata } from './session-metadata.ts'

const DAY_SECONDS = 86_400

const sessionOptionsSchema = z
  .strictObject({
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
  })
  .refine((options) => (options.sessionBytes === undefined) === (options.sessionMetadata === undefined), {
    error: 'must be given together with "sessionMetadata"',
    path: ['sessionBytes'],
  })

/** What a caller may pass to `sandbox.session()`. */
export type SessionOptions = z.input<typeof sessionOptionsSchema>
/** The same after parsing. */
export type SessionSettings = z.output<typeof sessionOptionsSchema>

/**
 * Checks the options of a session.
 * @throws InvalidOptionsError naming every option that is wrong
 */
export function parseSessionOptions(options: SessionOptions): SessionSettings {
  return parseOptions(sessionOptionsSchema, options, 'session options')
}
