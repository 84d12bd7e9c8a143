import type { ServiceContext } from '../context.ts'
import { InvalidRequestError } from '../errors.ts'
import { hostProblems } from '../net-grants.ts'
import { openSecrets, type Secret } from '../secrets/sealed-secret.ts'
import { type Redaction, redactionProblems, strictest } from './redaction-policy.ts'
import type { RunRequest } from './run-request.ts'

/** What code uses and never sees, and what is taken out of what comes back, as the library takes it. */
export interface RunProtection {
  readonly secrets?: Record<string, Mutable<Secret>>
  readonly redaction: Redaction
}

type Mutable<Value> = {
  -readonly [name in keyof Value]: Value[name] extends readonly (infer Item)[] ? Item[] : Value[name]
}

/**
 * The secrets of the tool or the session with those of the request in front of them, and the strictest policy.
 * @throws InvalidRequestError when the request asks for a weaker one than holds anyway, or names hosts that are none
 * @throws SecretBoxError
 */
export async function protectionOf(
  context: ServiceContext,
  { tool, session, secrets: own = {}, redaction: asked }: RunRequest,
): Promise<RunProtection> {
  const floor = strictest(context.policy.redaction, tool?.redaction, session?.redaction)
  const problems = [
    ...redactionProblems(asked, floor),
    ...Object.entries(own).flatMap(([name, { hosts }]) => hostProblems(hosts, `secrets.${name}.hosts`)),
  ]
  if (problems.length > 0) throw new InvalidRequestError(problems)
  const ofTool = tool === undefined ? {} : await openSecrets(context, { toolId: tool.id })
  const ofSession = session === undefined ? {} : await openSecrets(context, { sessionId: session.id })
  const all = Object.entries({ ...ofTool, ...ofSession, ...own })
  const redaction = strictest(asked, floor)
  if (all.length === 0) return { redaction }
  const secrets = Object.fromEntries(
    all.map(([name, { value, hosts, places }]) => [name, { value, hosts: [...hosts], places: [...places] }]),
  )
  return { redaction, secrets }
}
