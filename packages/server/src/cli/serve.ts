import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { type Config, ConfigError, maskedConfig, readConfig, unknownSettings } from '../config.ts'
import type { Service } from '../http/index.ts'
import { createLogger } from '../logger.ts'
import { chooseIsolation } from './choose-isolation.ts'
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
  const logger = createLogger(config.logLevel)
  const { isolation, told } = await chooseIsolation(config.isolation)
  say(told)
  const { startService } = await import('../http/index.ts')
  const service = await startService({
    ...optionsOf({ ...config, isolation }),
    logger,
    version: readVersion(),
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

/** Says how to sign in, when that is new. */
export function tellAdministrator({ newAdministrator }: Service, { adminPassword }: Config): void {
  if (newAdministrator === null) return
  say(`made the administrator; this is told only now:
  e-mail:   ${newAdministrator.email}
  password: ${adminPassword === undefined ? newAdministrator.password : '(that of AGENTCHAT_ADMIN_PASSWORD)'}`)
}

/** @throws UsageError */
export function configOf({ printConfig: _print, rotateKey: _rotate, ...settings }: ServeFlags): Config {
  try {
    return readConfig(process.env, settings)
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

/** What the service is started with. */
export function optionsOf(config: Config) {
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
    databaseSync: config.databaseSync,
    openId: openIdOf(config),
    model: modelOf(config),
    administrator: { email: config.adminEmail, password: config.adminPassword },
    sandbox: { pool: { min, max, maxQueue }, ...(isolation === undefined ? {} : { isolation }) },
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
      },
      totalStorageBytes: config.totalStorageMb * 2 ** 20,
    },
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

const MENDABLE = new Set<unknown>(['folder-in-use', 'secret-unusable', 'port-in-use', 'start-refused'])

/** What the operator can mend is told in a line, without a stack. */
export function toUsageError(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (error instanceof Error && MENDABLE.has(code)) throw new UsageError(error.message, { cause: error })
  throw error
}

const KILLED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
/** npm passes on a Ctrl-C that the terminal has sent to this process too: so soon, it is the same one. */
const SAME_MS = 500

/** Resolves with the exit code when the first signal comes; the second ends this process at once. */
function endOfService(): Promise<number> {
  return new Promise((resolve) => {
    let first: number | null = null
    for (const name of Object.keys(KILLED) as (keyof typeof KILLED)[]) {
      process.on(name, () => {
        if (first !== null && performance.now() - first > SAME_MS) process.exit(KILLED[name])
        first ??= performance.now()
        resolve(0)
      })
    }
  })
}
