import { availableParallelism } from 'node:os'
import { createNetGuard, type SandboxOptions } from 'agentchat-sandbox'
import { DocumentGate } from 'agentchat-sandbox-base/gate/document-gate'
import { SchemaGate } from 'agentchat-sandbox-base/gate/schema-gate'
import { type DatabasePlace, type OpenDatabase, type OpeningWait, openDatabase } from '../db/index.ts'
import { isAnythingSealed } from '../db/queries/sealed.ts'
import { cpuMsSince, storedBytes } from '../db/queries/usage.ts'
import type { Logger } from '../logger.ts'
import { serviceLimits } from './actor.ts'
import type { LiveAgentRun } from './agents/live-agent-run.ts'
import type { ServiceContext } from './context.ts'
import { DeedLimit } from './deed-limit.ts'
import { DiskSpace } from './disk-space.ts'
import { FairPlaces } from './executions/fair-places.ts'
import { FileStore } from './executions/file-store.ts'
import { Quotas, SERVICE } from './executions/quotas.ts'
import { RunRegistry } from './executions/run-registry.ts'
import { forgetOld, recover, rotateSecrets } from './maintenance.ts'
import { type EnvironmentModel, keepEnvironmentModel } from './models/environment-model.ts'
import type { Policy } from './policy.ts'
import { ReadCache } from './read-cache.ts'
import { forgetRecords } from './retention.ts'
import { createSecretBox } from './secret-box.ts'
import { hasSealedSessions, openSessionPlace } from './sessions/session-place.ts'
import { type SessionsOptions, sessionMeans } from './sessions/session-service.ts'
import { SpaceKeeper } from './space-keeper.ts'
import { AttemptLimit } from './users/attempt-limit.ts'
import { KeyUse } from './users/key-use.ts'
import { createOpenId, type OpenIdProvider } from './users/open-id-provider.ts'
import { Rights } from './users/rights.ts'
import { createSignIn } from './users/sign-in.ts'
import { StartLimit } from './users/start-limit.ts'
import { sendWebhook } from './webhooks/send-webhook.ts'
import { WebhookSender } from './webhooks/webhook-sender.ts'
import { attemptRun, WorkerHealth } from './worker-health.ts'

const HOUR_MS = 3_600_000

const WAITS = {
  folder: { for: 'the data folder: a service of another container has it, or had it until a minute ago' },
  recovery: { for: 'the embedded database: it was not closed, and reads its log' },
} as const satisfies Record<OpeningWait, object>
const MAX_QUEUE = 200

/** What the services are made of. */
export interface ServicesOptions {
  readonly database: DatabasePlace
  readonly logger: Logger
  /** A name that is this service's alone, and stays the same when it is started anew. */
  readonly instance: string
  /** 32 bytes that seal the secrets of tools and sign cookies; or where to find them, told whether there are any. */
  readonly secretKey: Uint8Array | ((isAnythingSealed: boolean) => Uint8Array)
  /** The key before that one: what it sealed is sealed anew. */
  readonly previousSecretKey?: Uint8Array | undefined
  /** Where users find the service. */
  readonly publicUrl: string
  /** Where files of executions are kept; made when it is needed. */
  readonly filesFolder: string
  readonly sessions: SessionsOptions
  /** The service of OpenID Connect that users may sign in with. */
  readonly openId?: OpenIdProvider | undefined
  /** A model that agents of everybody may use. */
  readonly model?: EnvironmentModel | undefined
  readonly policy: Policy
  /** For tests: the length of a second in the pauses between attempts to deliver a webhook, in milliseconds. */
  readonly webhookPauseMs?: number
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
  const database = await openDatabase(options.database, (why) =>
    options.logger.warn(WAITS[why], 'database.waiting'),
  )
  try {
    const secretKey = await keyOf(options, database)
    const context = contextOf({ ...options, secretKey }, database)
    await recover(context)
    await rotateSecrets(context, options.previousSecretKey)
    await keepEnvironmentModel(context, options.model)
    await forgetOld(context)
    await context.quotas.charge([{ kind: 'service', id: SERVICE, limits: serviceLimits(options.policy) }], 0)
    context.webhooks.nudge()
    void forgetRecords(context)
    const timer = setInterval(() => {
      void forgetOld(context)
      void forgetRecords(context)
    }, HOUR_MS).unref()
    const close = async (graceMs: number) => {
      clearInterval(timer)
      context.space[Symbol.dispose]()
      await Promise.all([context.agentRuns.close(graceMs), context.runs.close(graceMs)])
      await context.webhooks[Symbol.asyncDispose]()
      await context.sessions.open.close()
      context.rights[Symbol.dispose]()
      await context.keyUse.flush()
      await context.sandboxes[Symbol.asyncDispose]()
      context.schemas[Symbol.dispose]()
      context.documents[Symbol.dispose]()
      await database[Symbol.asyncDispose]()
    }
    return { context, close, [Symbol.asyncDispose]: () => close(0) }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

async function keyOf({ secretKey, sessions }: ServicesOptions, { db }: OpenDatabase): Promise<Uint8Array> {
  if (typeof secretKey !== 'function') return secretKey
  return secretKey(hasSealedSessions(sessions.folder) || (await isAnythingSealed(db)))
}

function contextOf(
  options: ServicesOptions & { readonly secretKey: Uint8Array },
  { db, kind }: OpenDatabase,
): ServiceContext {
  const { logger, instance, policy, publicUrl } = options
  const secrets = createSecretBox(options.secretKey)
  const quotas = new Quotas({
    cpuMsSince: (holder, since) => cpuMsSince(db, holder, since),
    async stored(holder) {
      const { bytes, oldest } = await storedBytes(db, holder)
      return { bytes, freeAt: oldest && new Date(oldest.getTime() + policy.keepFilesHours * HOUR_MS) }
    },
  })
  const { previousSecretKey } = options
  const before = previousSecretKey === undefined ? null : createSecretBox(previousSecretKey)
  const place = openSessionPlace(options.sessions.folder, { now: secrets, before })
  const sandbox = { ...options.sandbox, memoryLimitMb: policy.maxMemoryMb }
  const rights = new Rights(db, logger)
  const { sandboxes, sessions } = sessionMeans(options.sessions, {
    db,
    logger,
    quotas,
    place,
    sandbox,
    rights,
  })
  const signIn = { db, secret: secrets.derive('cookies'), publicUrl }
  const runs = new RunRegistry()
  const disk = new DiskSpace('folder' in options.database ? options.database.folder : null)
  const context: ServiceContext = {
    ...{ db, logger, instance, policy, secrets, publicUrl },
    keyUse: new KeyUse(db, logger),
    cache: new ReadCache(kind === 'embedded'),
    ...{ sandboxes, quotas, sessions },
    signIn: createSignIn(signIn),
    openId: options.openId === undefined ? null : createOpenId(signIn, options.openId),
    attempts: new AttemptLimit(),
    starts: new StartLimit(),
    deeds: new DeedLimit(),
    ...{ runs, agentRuns: new RunRegistry<LiveAgentRun>() },
    workerHealth: new WorkerHealth({
      attempt: (signal) => attemptRun(sandboxes.for({ allowNet: [] }), signal, () => runs.active > 0),
      logger,
    }),
    rights,
    places: placesOf(options.sandbox),
    netGuard: createNetGuard({ allow: policy.allowNet }),
    modelGuard: createNetGuard({ allow: policy.modelsAllowNet }),
    schemas: new SchemaGate(),
    documents: new DocumentGate(),
    fileStore: new FileStore(options.filesFolder),
    disk,
    space: new SpaceKeeper({ db: kind === 'embedded' ? db : null, disk, logger }),
    webhooks: new WebhookSender({
      ...{ db, logger },
      send: (delivery, signal) => sendWebhook(context, delivery, signal),
      ...(options.webhookPauseMs === undefined ? {} : { unit: options.webhookPauseMs }),
    }),
  }
  return context
}

/** As many as workers may be at work, whatever these may do; and as many in line as may wait for one. */
function placesOf({ pool = {} }: SandboxOptions): FairPlaces {
  return new FairPlaces({ max: pool.max ?? availableParallelism(), maxQueue: pool.maxQueue ?? MAX_QUEUE })
}
