import { type DatabasePlace, type OpenDatabase, openDatabase } from '../db/index.ts'
import { interruptAudit } from '../db/queries/audit.ts'
import { cpuMsSince, forgetIdempotencyKeysBefore, interruptExecutions } from '../db/queries/executions.ts'
import { resealTools } from '../db/queries/tools.ts'
import type { Logger } from '../logger.ts'
import { createNetGuard, type SandboxOptions } from '../sandbox/index.ts'
import type { ServiceContext } from './context.ts'
import { Quotas } from './executions/quotas.ts'
import { RunRegistry } from './executions/run-registry.ts'
import type { Policy } from './policy.ts'
import { ReadCache } from './read-cache.ts'
import { SandboxSet } from './sandbox-set.ts'
import { createSecretBox } from './secret-box.ts'
import { AttemptLimit } from './users/attempt-limit.ts'
import { KeyUse } from './users/key-use.ts'
import { createSignIn } from './users/sign-in.ts'

const IDEMPOTENCY_KEY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000

/** What the services are made of. */
export interface ServicesOptions {
  readonly database: DatabasePlace
  readonly logger: Logger
  /** A name that is this service's alone, and stays the same when it is started anew. */
  readonly instance: string
  /** 32 bytes that seal the secrets of tools and sign cookies. */
  readonly secretKey: Uint8Array
  /** The key before that one: what it sealed is sealed anew. */
  readonly previousSecretKey?: Uint8Array | undefined
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

/**
 * Opens the database and makes the services. Records the end of what the last run of this instance left open.
 * @throws FolderInUseError when another process has the embedded database open
 */
export async function createServices(options: ServicesOptions): Promise<Services> {
  const database = await openDatabase(options.database)
  try {
    const context = contextOf(options, database)
    await recover(context)
    await rotate(context, options.previousSecretKey)
    await forgetOld(context)
    const timer = setInterval(() => void forgetOld(context), HOUR_MS).unref()
    const close = async (graceMs: number) => {
      clearInterval(timer)
      await context.runs.close(graceMs)
      await context.keyUse.flush()
      await context.sandboxes[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    }
    return { context, close, [Symbol.asyncDispose]: () => close(0) }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

function contextOf(options: ServicesOptions, { db, kind }: OpenDatabase): ServiceContext {
  const { logger, instance, policy, publicUrl } = options
  const secrets = createSecretBox(options.secretKey)
  return {
    ...{ db, logger, instance, policy, secrets },
    keyUse: new KeyUse(db, logger),
    cache: new ReadCache(kind === 'embedded'),
    sandboxes: new SandboxSet(options.sandbox),
    signIn: createSignIn({ db, secret: secrets.derive('cookies'), publicUrl }),
    attempts: new AttemptLimit(),
    runs: new RunRegistry(),
    quotas: new Quotas(policy.quotas, (userId, since) => cpuMsSince(db, userId, since)),
    netGuard: createNetGuard({ allow: policy.allowNet }),
  }
}

async function recover({ db, instance, logger }: ServiceContext): Promise<void> {
  const executions = await interruptExecutions(db, instance)
  const entries = await interruptAudit(db, instance)
  if (executions + entries > 0) logger.warn({ executions, entries }, 'service.recovered')
}

/** All or nothing: broken off in the middle, it can be done again. */
async function rotate(
  { db, logger, secrets }: ServiceContext,
  previousKey: Uint8Array | undefined,
): Promise<void> {
  if (previousKey === undefined) return
  const previous = createSecretBox(previousKey)
  const tools = await resealTools(db, (sealed, toolId) =>
    secrets.sealed(sealed) ? sealed : secrets.seal(previous.open(sealed, toolId), toolId),
  )
  logger.info({ tools }, 'service.secrets-rotated')
}

async function forgetOld({ db, logger }: ServiceContext): Promise<void> {
  try {
    await forgetIdempotencyKeysBefore(db, new Date(Date.now() - IDEMPOTENCY_KEY_MS))
  } catch (error) {
    logger.warn({ error: String(error) }, 'service.forget-failed')
  }
}
