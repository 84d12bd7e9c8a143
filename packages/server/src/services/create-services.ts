import { availableParallelism } from 'node:os'
import { createNetGuard, type SandboxOptions } from 'agentchat-sandbox'
import { DocumentGate } from 'agentchat-sandbox-base/gate/document-gate'
import { SchemaGate } from 'agentchat-sandbox-base/gate/schema-gate'
import { type DatabasePlace, type OpenDatabase, type OpeningWait, openDatabase } from '../db/index.ts'
import { isAnythingSealed } from '../db/queries/sealed.ts'
import { agentTokensSince } from '../db/queries/usage.ts'
import type { Logger } from '../logger.ts'
import { silentTracer, type Tracer } from '../tracing/tracer.ts'
import type { LiveAgentRun } from './agents/live-agent-run.ts'
import { TokenQuota } from './agents/token-quota.ts'
import { act } from './anomalies/act.ts'
import { type ActionPlan, NO_ACTIONS } from './anomalies/action-plan.ts'
import { AnomalyWatch } from './anomalies/anomaly-watch.ts'
import { type AuditLog, openAuditLog } from './audit/audit-log.ts'
import type { HeadPlaces } from './audit/head-publisher.ts'
import { Refusals } from './audit/refusals.ts'
import { recordOfService } from './audit/service-deeds.ts'
import type { NoteSigner } from './audit/tlog/signed-note.ts'
import type { LiveBatch } from './batches/live-batch.ts'
import type { ServiceContext } from './context.ts'
import { DeedLimit } from './deed-limit.ts'
import { DiskSpace } from './disk-space.ts'
import { DatabaseFileStore } from './executions/database-file-store.ts'
import { DisplayFrames } from './executions/display-frames.ts'
import { FairPlaces } from './executions/fair-places.ts'
import { type FileStore, FolderFileStore } from './executions/file-store.ts'
import type { Machines } from './executions/machines.ts'
import { Quotas } from './executions/quotas.ts'
import { ReaderPlaces } from './executions/reader-places.ts'
import { recountQuotas } from './executions/recount-quotas.ts'
import { RunRegistry } from './executions/run-registry.ts'
import { ListedSecrets } from './listed-secrets.ts'
import { forgetOld, recover, rotateSecrets } from './maintenance.ts'
import { Metrics } from './metrics/metrics.ts'
import { readGauges } from './metrics/read-gauges.ts'
import { type EnvironmentModel, keepEnvironmentModel } from './models/environment-model.ts'
import { LiveUsage } from './monitor/live-usage.ts'
import { RunSums } from './monitor/run-sums.ts'
import type { Policy } from './policy.ts'
import { ReadCache } from './read-cache.ts'
import { forgetRecords } from './retention.ts'
import { createSecretBox } from './secret-box.ts'
import { hasSealedSessions, openKeptFolder } from './sessions/kept-folder.ts'
import { type KeepingOptions, sessionMeans } from './sessions/session-service.ts'
import { SpaceKeeper } from './space-keeper.ts'
import { AttemptLimit } from './users/attempt-limit.ts'
import { KeyUse } from './users/key-use.ts'
import { createOpenId, type OpenIdProvider } from './users/open-id-provider.ts'
import { Rights } from './users/rights.ts'
import { createSignIn } from './users/sign-in.ts'
import { StartLimit } from './users/start-limit.ts'
import { sendWebhook } from './webhooks/send-webhook.ts'
import { WebhookSender } from './webhooks/webhook-sender.ts'
import { attemptRun, machineHealth, WorkerHealth } from './worker-health.ts'

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
  /** Notes what requests take; without it nothing does. */
  readonly tracer?: Tracer | undefined
  /** A name that is this service's alone, and stays the same when it is started anew. */
  readonly instance: string
  /** 32 bytes that seal the secrets of tools and sign cookies; or where to find them, told whether there are any. */
  readonly secretKey: Uint8Array | ((isAnythingSealed: boolean) => Uint8Array)
  /** The key before that one: what it sealed is sealed anew. */
  readonly previousSecretKey?: Uint8Array | undefined
  /** What signs the log of the audit; or where to find it, told which public key signs it now; null where none does. */
  readonly auditKey: NoteSigner | ((current: string | null) => NoteSigner)
  /** What is done about anomalies; without it they are logged. */
  readonly anomalies?: ActionPlan | undefined
  /** Where heads of that log are told. */
  readonly auditHeads?: HeadPlaces | undefined
  /** Where users find the service. */
  readonly publicUrl: string
  /** Where files of executions are kept; made when it is needed. Null: in the database, for several services. */
  readonly filesFolder: string | null
  readonly sessions: KeepingOptions
  /** The service of OpenID Connect that users may sign in with. */
  readonly openId?: OpenIdProvider | undefined
  /** A model that agents of everybody may use. */
  readonly model?: EnvironmentModel | undefined
  readonly policy: Policy
  /** Joins machines that run code in place of this process. */
  readonly joinMachines?: ((context: ServiceContext) => Promise<Machines>) | undefined
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
  let opened: AuditLog | null = null
  let joined: Machines | null = null
  try {
    const secretKey = await keyOf(options, database)
    const disk = new DiskSpace('folder' in options.database ? options.database.folder : null)
    const auditLog = await openAuditLog(options, database.db, disk)
    opened = auditLog
    const alone = contextOf({ ...options, secretKey, disk, auditLog }, database)
    await alone.listed.prepare()
    await recover(alone)
    await recountQuotas(alone)
    const machines = (await options.joinMachines?.(alone)) ?? null
    const context =
      machines === null
        ? alone
        : { ...alone, machines, workerHealth: machineHealth(options.logger, machines) }
    joined = machines
    // What holds from now on.
    await recordOfService(context, 'service.start', { policy: options.policy })
    await rotateSecrets(context, options.previousSecretKey)
    await keepEnvironmentModel(context, options.model)
    await forgetOld(context)
    context.webhooks.nudge()
    void forgetRecords(context)
    const timer = setInterval(() => {
      void forgetOld(context)
      void forgetRecords(context)
    }, HOUR_MS).unref()
    const close = async (graceMs: number) => {
      clearInterval(timer)
      context.space[Symbol.dispose]()
      const running = [context.agentRuns, context.batches, context.runs]
      await Promise.all(running.map((registry) => registry.close(graceMs)))
      await machines?.leave()
      await context.webhooks[Symbol.asyncDispose]()
      await context.anomalies.close()
      await context.sessions.open.close()
      context.rights[Symbol.dispose]()
      await Promise.all([context.keyUse.flush(), context.runSums.flush()])
      await context.sandboxes[Symbol.asyncDispose]()
      for (const gate of [context.schemas, context.documents]) gate[Symbol.dispose]()
      await context.refusals.flush()
      await context.quotas[Symbol.asyncDispose]()
      await recordOfService(context, 'service.stop')
      await auditLog.close()
      await database[Symbol.asyncDispose]()
      await context.tracer.close()
    }
    return { context, close, [Symbol.asyncDispose]: () => close(0) }
  } catch (error) {
    await joined?.leave().catch(() => {})
    opened?.stop()
    await database[Symbol.asyncDispose]()
    throw error
  }
}

async function keyOf({ secretKey, sessions }: ServicesOptions, { db }: OpenDatabase): Promise<Uint8Array> {
  if (typeof secretKey !== 'function') return secretKey
  return secretKey(hasSealedSessions(sessions.folder) || (await isAnythingSealed(db)))
}

/** What is made before the rest. */
interface Made {
  readonly secretKey: Uint8Array
  readonly disk: DiskSpace
  readonly auditLog: AuditLog
}

function contextOf(
  options: Omit<ServicesOptions, 'secretKey'> & Made,
  { db, kind, connections }: OpenDatabase,
): ServiceContext {
  const { logger, instance, policy, publicUrl, disk, auditLog } = options
  const secrets = createSecretBox(options.secretKey)
  const { totalStorageBytes, keepFilesHours } = policy
  const quotas = new Quotas({ db, instance, totalStorageBytes, keepFilesHours })
  const agentTokens = new TokenQuota((holder, since) => agentTokensSince(db, holder, since))
  const { previousSecretKey } = options
  const before = previousSecretKey === undefined ? null : createSecretBox(previousSecretKey)
  const place = openKeptFolder(options.sessions.folder, { now: secrets, before })
  const sandbox = { ...options.sandbox, memoryLimitMb: policy.maxMemoryMb }
  const rights = new Rights(db, logger)
  const metrics = new Metrics()
  const parts = { db, logger, quotas, place, sandbox, rights, metrics }
  const { sandboxes, sessions } = sessionMeans(options.sessions, parts)
  const signIn = { db, secret: secrets.derive('cookies'), publicUrl }
  const [runs, listed] = [new RunRegistry(), new ListedSecrets(options.sandbox.knownSecrets)]
  const context: ServiceContext = {
    ...{ db, connections, logger, instance, policy, secrets, publicUrl },
    tracer: options.tracer ?? silentTracer,
    keyUse: new KeyUse(db, logger),
    cache: new ReadCache(kind === 'embedded'),
    ...{ sandboxes, quotas, agentTokens, readerPlaces: new ReaderPlaces(), sessions },
    signIn: createSignIn(signIn),
    openId: options.openId === undefined ? null : createOpenId(signIn, options.openId),
    attempts: new AttemptLimit(db, secrets.derive('attempts')),
    starts: new StartLimit(),
    ...{ deeds: new DeedLimit(), auditLog },
    refusals: new Refusals({ db, instance, listed, auditLog, logger }),
    ...{ runs, live: new LiveUsage(), metrics, runSums: new RunSums(db, logger) },
    anomalies: new AnomalyWatch({
      ...{ db, logger, metrics, listed },
      act: (anomaly, run, times) => act(context, options.anomalies ?? NO_ACTIONS, { anomaly, run, times }),
    }),
    ...{ agentRuns: new RunRegistry<LiveAgentRun>(), batches: new RunRegistry<LiveBatch>() },
    workerHealth: new WorkerHealth({
      attempt: (signal) => attemptRun(sandboxes.for({ allowNet: [] }), signal, () => runs.active > 0),
      logger,
    }),
    ...{ rights, machines: null, listed },
    places: placesOf(options.sandbox),
    netGuard: createNetGuard({ allow: policy.allowNet }),
    modelGuard: createNetGuard({ allow: policy.modelsAllowNet }),
    schemas: new SchemaGate(),
    documents: new DocumentGate(),
    ...{ fileStore: fileStoreOf(options.filesFolder, db), frames: new DisplayFrames(), disk },
    space: new SpaceKeeper({ db: kind === 'embedded' ? db : null, disk, logger }),
    webhooks: new WebhookSender({
      ...{ db, logger },
      send: (delivery, signal) => sendWebhook(context, delivery, signal),
      ...(options.webhookPauseMs === undefined ? {} : { unit: options.webhookPauseMs }),
    }),
  }
  metrics.onRead(() => readGauges(context))
  return context
}

function fileStoreOf(folder: string | null, db: OpenDatabase['db']): FileStore {
  return folder === null ? new DatabaseFileStore(db) : new FolderFileStore(folder)
}

/** As many as workers may be at work, whatever these may do; and as many in line as may wait for one. */
function placesOf({ pool = {} }: SandboxOptions): FairPlaces {
  return new FairPlaces({ max: pool.max ?? availableParallelism(), maxQueue: pool.maxQueue ?? MAX_QUEUE })
}
