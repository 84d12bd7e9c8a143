import { problemOfSecret } from 'agentchat-sandbox-base/redaction/known-secrets'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'

const MAX_SECRETS = 100
const NAME = /^[A-Za-z_]\w{0,99}$/
/** What a header may hold: no line end, which would begin another header. */
const HEADER_TEXT = /^[\x20-\x7e]*$/

/** Secrets that Python may use at some hosts and never sees, by the names of their variables. */
export const secretsSchema = late(() =>
  z
    .record(
      z.string().regex(NAME, 'must be a name of letters, digits and "_" that begins with a letter or "_"'),
      z.strictObject({
        value: z
          .string()
          .regex(HEADER_TEXT, 'must be of letters, digits and signs of ASCII')
          .superRefine((value, context) => {
            const message = problemOfSecret(value)
            if (message !== null) context.addIssue({ code: 'custom', message })
          }),
        hosts: z.array(z.string()).min(1, 'must name a host').max(100),
        places: z
          .array(z.enum(['headers', 'url', 'body']))
          .max(10)
          .min(1)
          .default(['headers']),
      }),
    )
    .refine((secrets) => Object.keys(secrets).length <= MAX_SECRETS, `must be at most ${MAX_SECRETS}`),
)

export type SecretOptions = z.output<ReturnType<typeof secretsSchema>>
/** Where in a request a secret may be put. */
export type SecretPlace = SecretOptions[string]['places'][number]
