import { problemOfSecret } from 'agentchat-sandbox-base/redaction/known-secrets'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'

/** Secrets that are looked for at a time. */
const MAX_SECRETS = 1000

/** What is taken out of everything that comes back. */
export const redactionPolicySchema = late(() => z.enum(['off', 'known', 'known+patterns']))

export type RedactionPolicy = z.output<ReturnType<typeof redactionPolicySchema>>

/** Secrets that must not come back: the texts themselves, or the names of variables of the host that hold them. */
export const knownSecretsSchema = late(() =>
  z
    .array(
      z.union([
        z.string().superRefine((value, context) => {
          const message = problemOfSecret(value)
          if (message !== null) context.addIssue({ code: 'custom', message })
        }),
        z.strictObject({ env: z.string().min(1) }),
      ]),
    )
    .max(MAX_SECRETS),
)

export type KnownSecretOptions = z.output<ReturnType<typeof knownSecretsSchema>>

/**
 * The texts that are meant. A variable that is not set holds none; one that is too short is an error, for it would come
 * back.
 * @returns texts, and what is wrong, by the place in the list
 */
export function secretValues(
  secrets: KnownSecretOptions,
  env: Readonly<Record<string, string | undefined>>,
): { values: string[]; problems: { at: number; problem: string }[] } {
  const values: string[] = []
  const problems: { at: number; problem: string }[] = []
  for (const [at, secret] of secrets.entries()) {
    const value = typeof secret === 'string' ? secret : env[secret.env]
    if (value === undefined || value === '') continue
    const problem = problemOfSecret(value)
    if (problem === null) values.push(value)
    else
      problems.push({
        at,
        problem: `the value of ${typeof secret === 'string' ? 'it' : secret.env} ${problem}`,
      })
  }
  return { values, problems }
}
