import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { type Config, maskedConfig, unknownSettings } from '../config.ts'
import type { Service } from '../http/index.ts'
import { createLogger, loggable } from '../logger.ts'
import { type ActionPlan, ActionPlanError, parseActions } from '../services/anomalies/action-plan.ts'
import { webhookKey } from '../services/webhooks/webhook-request.ts'
import { chooseIsolation } from './choose-isolation.ts'
import { type CommandConfig, configOf, unlogged } from './command-config.ts'
import { openTracer } from './open-tracer.ts'
import { say } from './say.ts'
import type { ServeFlags } from './serve-flags.ts'
import { readVersion } from './version.ts'

/**
 * Serves until a signal ends it; gives the exit code.
 * @throws UsageError when the configuration cannot be used, or another service has the folder or the port
 */
export async function serve(flags: ServeFlags): Promise<number> {
  const config = configOf(flags)
  for (const { name, nearest } of unknownSettings(process.env))
    say(`there is no setting ${name}; did you mean ${nearest}?`)
  if (flags.printConfig) {
    process.stdout.write(`${JSON.stringify(maskedConfig(config), null, 2)}\n`)
    return EXIT_SUCCESS
  }
  const tracer = await openTracer(config, (reason) =>
    logger.warn({ error: loggable(reason) }, 'trace.spans-lost'),
  )
  const logger = createLogger(config.logLevel, unlogged(config), tracer.current)
  const isolation = config.nats === undefined ? await isolationOf(config) : config.isolation
  const joinMachines = await machinesOf(config)
  const { startService } = await import('../http/index.ts')
  const service = await startService({
    ...optionsOf({ ...config, isolation }),
    logger,
    tracer,
    joinMachines,
    version: readVersion(),
    configuration: maskedConfig({ ...config, isolation }),
  }).catch(toUsageError)
  // Not before: until then a signal ends the process as it ends any other, however busy the start is.
  const end = endOfService()
  tellAdministrator(service, config)
  process.stdout.write(
    `agentchat-sandbox-server listens on ${service.url} (documentation: ${service.url}/api/docs)\n`,
  )
  const exitCode = await end
  say(`ending within ${config.graceSeconds} s; press Ctrl-C again to end at once`)
  logger.info({ graceSeconds: config.graceSeconds }, 'service.ending')
  await service.close(config.graceSeconds * 1000)
  logger.info({}, 'service.ended')
  return exitCode
}

async function isolationOf(config: Config): Promise<Config['isolation']> {
  const { isolation, told } = await chooseIsolation(config.isolation)
  say(told)
  return isolation
}

/** What joins the machines, where there are to be some. @throws UsageError when several services could not share the rest */
async function machinesOf(config: Config) {
  const { nats: url, natsSeed: seed, natsCa: caFile, poolMaxQueue: maxQueue } = config
  if (url === undefined) return undefined
  const missing = [
    ...(config.databaseUrl === undefined ? ['DATABASE_URL'] : []),
    ...(config.secretKey === undefined ? ['AGENTCHAT_SECRET_KEY'] : []),
    ...(config.auditKey === undefined ? ['AGENTCHAT_AUDIT_KEY'] : []),
  ]
  if (missing.length > 0)
    throw new UsageError(`--nats needs what all services have in common: set ${missing.join(', ')}`)
  const { joinMachines } = await import('../machines/index.ts')
  return (context: Parameters<typeof joinMachines>[1]) =>
    joinMachines({ nats: { url, seed, caFile }, maxQueue }, context)
}

/** Says how to sign in, when that is new. */
export function tellAdministrator({ newAdministrator }: Service, { adminPassword }: Config): void {
  if (newAdministrator === null) return
  say(`made the administrator; this is told only now:
  e-mail:   ${newAdministrator.email}
  password: ${adminPassword === undefined ? newAdministrator.password : '(that of AGENTCHAT_ADMIN_PASSWORD)'}`)
}

/** What the service is started with. */
export function optionsOf(config: CommandConfig) {
  const { host, port, publicUrl, dataDir, databaseUrl, secretKey, corsOrigins, maxRequestBytes } = config
  const { poolMin: min, poolMax: max, poolMaxQueue: maxQueue, isolation } = config
  return {
    ...{ host, port, publicUrl, dataDir, corsOrigins, maxRequestBytes, filesDir: config.filesDir },
    ...{ trustedProxies: config.trustedProxies, metricsToken: config.metricsToken },
    readerStallMs: config.readerStallSeconds * 1000,
    maxConnections: config.maxConnections,
    database:
      databaseUrl === undefined
        ? undefined
        : { url: databaseUrl, maxConnections: config.databaseConnections },
    secretKey: bytesOf(secretKey),
    previousSecretKey: bytesOf(config.previousSecretKey),
    auditKey: config.auditKey,
    auditHeads: auditHeadsOf(config),
    anomalies: anomaliesOf(config),
    databaseSync: config.databaseSync,
    openId: openIdOf(config),
    model: modelOf(config),
    administrator: { email: config.adminEmail, password: config.adminPassword },
    sandbox: {
      pool: { min, max, maxQueue },
      image: config.image,
      redaction: config.redaction,
      knownSecrets: [...config.knownSecrets],
      ...(isolation === undefined ? {} : { isolation }),
    },
    sessions: {
      folder: config.sessionsDir,
      maxLive: config.maxLiveSessions,
      idleSeconds: config.sessionIdleSeconds,
      maxBytes: config.maxSessionMb * 2 ** 20,
    },
    policy: {
      maxTimeoutSeconds: config.maxTimeoutSeconds,
      maxMemoryMb: config.maxMemoryMb,
      allowNet: config.allowNet,
      redaction: config.redaction,
      modelsAllowNet: modelHosts(config),
      keepFilesHours: config.keepFilesHours,
      keepExecutionsDays: config.keepExecutionsDays,
      keepAuditDays: config.keepAuditDays,
      quotas: {
        concurrent: config.quotaConcurrent,
        perMinute: config.quotaPerMinute,
        cpuSecondsPerDay: config.quotaCpuSecondsPerDay,
        storageBytes: config.quotaStorageMb * 2 ** 20,
        sessions: config.quotaSessions,
        liveSessions: config.quotaLiveSessions,
        readers: config.quotaReaders,
        tools: config.quotaTools,
        toolVersions: config.quotaToolVersions,
        apiKeys: config.quotaApiKeys,
        agentRuns: config.quotaAgentRuns,
        agentTokensPerDay: config.quotaAgentTokens,
      },
      totalStorageBytes: config.totalStorageMb * 2 ** 20,
    },
  }
}

/** Where heads of the audit log are told. @throws UsageError when the secret is none */
export function auditHeadsOf({ auditHeadFile: file, auditHeadUrl: url, ...config }: Config) {
  const key = config.auditHeadSecret === undefined ? null : webhookKey(config.auditHeadSecret)
  if (url !== undefined && key === null)
    throw new UsageError('AGENTCHAT_AUDIT_HEAD_SECRET must be "whsec_" and 24 to 64 bytes in base64')
  const webhook = url === undefined || key === null ? undefined : { url, key }
  return { file, webhook, everySeconds: config.auditHeadSeconds }
}

/** What is done about anomalies. @throws UsageError when an entry, or the secret, is none */
function anomaliesOf({
  anomalyActions,
  anomalyThrottleSeconds: throttleSeconds,
  ...config
}: Config): ActionPlan {
  const { anomalyUrl: url, anomalySecret: secret } = config
  const key = secret === undefined ? null : webhookKey(secret)
  if (url !== undefined && key === null)
    throw new UsageError('AGENTCHAT_ANOMALY_SECRET must be "whsec_" and 24 to 64 bytes in base64')
  const webhook = url === undefined || key === null ? undefined : { url, key }
  try {
    return { actions: parseActions(anomalyActions), throttleSeconds, webhook }
  } catch (error) {
    if (error instanceof ActionPlanError) throw new UsageError(`AGENTCHAT_ANOMALY_ACTIONS: ${error.message}`)
    throw error
  }
}

function openIdOf({ oidcIssuer, oidcClientId, oidcClientSecret, oidcSignUp }: Config) {
  if (oidcIssuer === undefined || oidcClientId === undefined) return undefined
  return {
    ...{ issuer: oidcIssuer, clientId: oidcClientId, clientSecret: oidcClientSecret },
    allowSignUp: oidcSignUp,
  }
}

/** The one model that the environment describes. */
function modelOf({ modelBaseUrl: baseUrl, model, modelApiKey: apiKey }: Config) {
  return baseUrl === undefined || model === undefined ? undefined : { baseUrl, model, apiKey }
}

/** Hosts that models may be at though they are not public: an administrator who sets the address of one means its host. */
function modelHosts({ modelsAllowNet, modelBaseUrl }: Config): string[] {
  return modelBaseUrl === undefined ? modelsAllowNet : [...modelsAllowNet, new URL(modelBaseUrl).host]
}

function bytesOf(key: string | undefined): Uint8Array | undefined {
  return key === undefined ? undefined : Buffer.from(key, 'base64')
}

const MENDABLE = new Set<unknown>([
  'folder-in-use',
  'secret-unusable',
  'port-in-use',
  'start-refused',
  'image-unknown',
])

/** What the operator can mend is told in a line, without a stack. */
export function toUsageError(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (error instanceof Error && MENDABLE.has(code)) throw new UsageError(error.message, { cause: error })
  throw error
}

const KILLED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
/** npm sends the signal of a Ctrl-C on, which the terminal has sent to this process too: one repetition is npm's. */
const NPM_REPEATS_WITHIN_MS = 5000

/** Resolves with the exit code when the first signal comes; the second ends this process at once. */
export function endOfService(): Promise<number> {
  return new Promise((resolve) => {
    let first: number | null = null
    let fromNpm = process.env.npm_lifecycle_event === undefined ? 0 : 1
    for (const name of Object.keys(KILLED) as (keyof typeof KILLED)[]) {
      process.on(name, () => {
        const isFirst = first === null
        first ??= performance.now()
        if (isFirst) resolve(0)
        else if (performance.now() - first > NPM_REPEATS_WITHIN_MS || fromNpm-- <= 0)
          process.exit(KILLED[name])
      })
    }
  })
}
