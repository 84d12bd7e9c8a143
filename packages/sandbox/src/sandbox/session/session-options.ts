import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { parseOptions } from '../parse-options.ts'
import { knownSecretsSchema, redactionPolicySchema } from '../redaction/redaction-options.ts'
import { ownerSchema, type SessionMetadata } from '../result/session-metadata.ts'
import { sessionKeySchema } from '../seal/host-key.ts'
import { secretsSchema } from '../secrets/secret-options.ts'
import { OPEN_MODES } from '../store/open-copy.ts'
import { SESSION_ID } from '../store/session-id.ts'
import { toolsSchema } from '../tools/tool.ts'

const DAY_SECONDS = 86_400

/** The name under which a session is kept. */
const idSchema = late(() => z.string().regex(SESSION_ID, 'must be 1 to 64 letters, digits, "-" or "_"'))

/** The descriptions are a table in `docs/options.md`: `npm run docs` writes it. */
export const sessionOptionsSchema = late(() =>
  z
    .strictObject({
      id: idSchema()
        .optional()
        .describe(
          'Keeps the session in `sessionStore` under this name, and opens what is kept under it. By default none.',
        ),
      open: z
        .enum(OPEN_MODES)
        .default('either')
        .describe('What must be kept under `id` when the session is opened: something, nothing, or either.'),
      sessionBytes: z
        .custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be a Uint8Array')
        .optional()
        .describe('A session at rest that goes on, given with `sessionMetadata`. By default none.'),
      sessionMetadata: z
        .custom<SessionMetadata>((value) => typeof value === 'object' && value !== null)
        .optional()
        .describe(
          'The metadata that came with `sessionBytes`; it is checked when the seal is opened. By default none.',
        ),
      owner: ownerSchema()
        .nullable()
        .default(null)
        .describe('Whom the session belongs to. Bytes of another owner are refused.'),
      minSequence: z.int().min(0).default(0).describe('Saves older than this one are refused as replayed.'),
      sessionKey: sessionKeySchema()
        .optional()
        .describe('Seals it in place of the key of the sandbox. By default that one.'),
      idleSeconds: z
        .number()
        .positive()
        .max(DAY_SECONDS)
        .default(300)
        .describe('Seconds without an execution after which the session rests and gives its worker back.'),
      checkpoints: z
        .union([
          z.boolean(),
          z.strictObject({
            max: z.int().min(1).max(1000),
            maxBytes: z
              .int()
              .min(0)
              .max(2 ** 40),
          }),
        ])
        .default(false)
        .describe(
          'Keeps the state after each execution, for `rewind`: all of them, or the last `max` within `maxBytes`.',
        ),
      secrets: secretsSchema()
        .optional()
        .describe('More of them than the sandbox has; they replace one of the same name. By default none.'),
      redaction: redactionPolicySchema()
        .optional()
        .describe('In place of the option of the sandbox. By default that one.'),
      knownSecrets: knownSecretsSchema().default([]).describe('More of them than the sandbox names.'),
      tools: toolsSchema()
        .default([])
        .describe(
          'Functions of the host beside those of the sandbox; they replace one of the same name. By default none.',
        ),
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
    }),
)

const forkOptionsSchema = late(() =>
  z.strictObject({
    /** Keeps the fork in the store of the sandbox, at once, under this name, which must be new. */
    id: idSchema().optional(),
  }),
)

/** What a caller may pass to `sandbox.session()`. */
export type SessionOptions = z.input<ReturnType<typeof sessionOptionsSchema>>
/** The same after parsing. */
export type SessionSettings = z.output<ReturnType<typeof sessionOptionsSchema>>
/** What a caller may pass to `session.fork()`. */
export type ForkOptions = z.input<ReturnType<typeof forkOptionsSchema>>

/**
 * Checks the options of a session.
 * @throws InvalidOptionsError naming every option that is wrong
 */
export function parseSessionOptions(options: SessionOptions): SessionSettings {
  return parseOptions(sessionOptionsSchema(), options, 'session options')
}

/** Checks the options of a fork. @throws InvalidOptionsError */
export function parseForkOptions(options: ForkOptions): z.output<ReturnType<typeof forkOptionsSchema>> {
  return parseOptions(forkOptionsSchema(), options, 'fork options')
}
