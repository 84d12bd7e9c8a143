import type { Database } from '../db/index.ts'
import { interruptAudit } from '../db/queries/audit.ts'
import { cpuMsSince, forgetIdempotencyKeysBefore, interruptExecutions } from '../db/queries/executions.ts'
import type { Logger } from '../logger.ts'
import { createNetGuard, type SandboxOptions } from '../sandbox/index.ts'
import type { ServiceContext } from './context.ts'
import { Quotas } from './executions/quotas.ts'
import { RunRegistry } from './executions/run-registry.ts'
import type { Policy } from './policy.ts'
import { SandboxSet } from './sandbox-set.ts'
import { createSecretBox } from './secret-box.ts'
import { AttemptLimit } from './users/attempt-limit.ts'
import { KeyUse } from './users/key-use.ts'
import { createSignIn } from './users/sign-in.ts'

const IDEMPOTENCY_KEY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000

/** What the services are made of. */
export interface ServicesOptions {
  readonly db: Database
  readonly logger: Logger
  /** A name that is this service's alone, and stays the same when it is started anew. */
  readonly instance: string
  /** 32 bytes that seal the secrets of tools and sign cookies. */
  readonly secretKey: Uint8Array
  /** Where users find the service. */
  readonly publicUrl: string
  readonly policy: Policy
  readonly sandbox: SandboxOptions
}

/** The services, running. */
export interface Services extends AsyncDisposable {
  readonly context: ServiceContext
  /** Takes no new work, gives what runs so much time, then ends and records it. */
  close(graceMs: number): Promise<void>
}

/** Makes the services, and records the end of what the last run of this instance left open. */
export async function createServices(options: ServicesOptions): Promise<Services> {
  const { db, logger, instance, policy } = options
  const secrets = createSecretBox(options.secretKey)
  const keyUse = new KeyUse(db, logger)
  const context: ServiceContext = {
    ...{ db, logger, instance, policy, secrets, keyUse },
    sandboxes: new SandboxSet(options.sandbox),
    signIn: createSignIn({ db, secret: secrets.derive('cookies'), publicUrl: options.publicUrl }),
    attempts: new AttemptLimit(),
    runs: new RunRegistry(),
    quotas: new Quotas(policy.quotas, (userId, since) => cpuMsSince(db, userId, since)),
    netGuard: createNetGuard({ allow: policy.allowNet }),
  }
  const [executions, entries] = [await interruptExecutions(db, instance), await interruptAudit(db, instance)]
  if (executions + entries > 0) logger.warn({ executions, entries }, 'service.recovered')
  const timer = setInterval(() => void forgetOld(context), HOUR_MS).unref()
  await forgetOld(context)
  const close = async (graceMs: number) => {
    clearInterval(timer)
    await context.runs.close(graceMs)
    await context.keyUse.flush()
    await context.sandboxes[Symbol.asyncDispose]()
  }
  return { context, close, [Symbol.asyncDispose]: () => close(0) }
}

async function forgetOld({ db, logger }: ServiceContext): Promise<void> {
  try {
    await forgetIdempotencyKeysBefore(db, new Date(Date.now() - IDEMPOTENCY_KEY_MS))
  } catch (error) {
    logger.warn({ error: String(error) }, 'service.forget-failed')
  }
}
