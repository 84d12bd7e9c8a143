import { resolve } from 'node:path'
import { z } from 'zod'
import { editDistance } from './edit-distance.ts'
import {
  address,
  amount,
  anomalyAction,
  choice,
  flag,
  folder,
  headerEntry,
  httpUrl,
  key,
  list,
  machineName,
  natsUrls,
  text,
  upTo,
  whole,
} from './setting-values.ts'

/** Something in the configuration cannot be used; each problem names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'invalid-config'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`Cannot use the configuration: ${problems.join('; ')}`)
    this.problems = problems
  }
}

/** One entry for each setting: where it comes from in the environment, and what it may be. */
const SETTINGS = {
  host: ['AGENTCHAT_HOST', z.string().min(1).default('127.0.0.1')],
  port: ['AGENTCHAT_PORT', whole(0, 65_535).default(8787)],
  publicUrl: ['AGENTCHAT_PUBLIC_URL', httpUrl.optional()],
  dataDir: ['AGENTCHAT_DATA_DIR', folder.default(() => resolve('data'))],
  databaseUrl: [
    'DATABASE_URL',
    z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional(),
  ],
  databaseConnections: ['AGENTCHAT_DATABASE_CONNECTIONS', whole(1, 200).default(10)],
  trustedProxies: ['AGENTCHAT_TRUSTED_PROXIES', list.pipe(z.array(address)).default([])],
  metricsToken: ['AGENTCHAT_METRICS_TOKEN', text(16, 500).optional()],
  tracesUrl: ['AGENTCHAT_TRACES_URL', httpUrl.optional()],
  tracesHeaders: ['AGENTCHAT_TRACES_HEADERS', list.pipe(z.array(headerEntry)).default([])],
  tracesRatio: ['AGENTCHAT_TRACES_RATIO', upTo(1).default(1)],
  nats: ['AGENTCHAT_NATS_URL', natsUrls.optional()],
  natsSeed: [
    'AGENTCHAT_NATS_SEED',
    z
      .string()
      .regex(/^SU[A-Z2-7]{56}$/, 'must be the seed of a user, as nats-config prints it')
      .optional(),
  ],
  natsCa: ['AGENTCHAT_NATS_CA', folder.optional()],
  machineName: ['AGENTCHAT_MACHINE_NAME', machineName.optional()],
  secretKey: ['AGENTCHAT_SECRET_KEY', key.optional()],
  previousSecretKey: ['AGENTCHAT_PREVIOUS_SECRET_KEY', key.optional()],
  auditKey: ['AGENTCHAT_AUDIT_KEY', text(60, 400).optional()],
  auditHeadFile: ['AGENTCHAT_AUDIT_HEAD_FILE', folder.optional()],
  auditHeadUrl: ['AGENTCHAT_AUDIT_HEAD_URL', httpUrl.optional()],
  auditHeadSecret: ['AGENTCHAT_AUDIT_HEAD_SECRET', text(30, 200).optional()],
  auditHeadSeconds: ['AGENTCHAT_AUDIT_HEAD_SECONDS', upTo(86_400).default(60)],
  anomalyActions: ['AGENTCHAT_ANOMALY_ACTIONS', list.pipe(z.array(anomalyAction)).default([])],
  anomalyThrottleSeconds: ['AGENTCHAT_ANOMALY_THROTTLE_SECONDS', amount(86_400).default(600)],
  anomalyUrl: ['AGENTCHAT_ANOMALY_URL', httpUrl.optional()],
  anomalySecret: ['AGENTCHAT_ANOMALY_SECRET', text(30, 200).optional()],
  adminEmail: [
    'AGENTCHAT_ADMIN_EMAIL',
    z.email('must be an e-mail address').default('admin@localhost.local'),
  ],
  adminPassword: ['AGENTCHAT_ADMIN_PASSWORD', text(12, 128).optional()],
  oidcIssuer: ['AGENTCHAT_OIDC_ISSUER', httpUrl.optional()],
  oidcClientId: ['AGENTCHAT_OIDC_CLIENT_ID', text(1, 500).optional()],
  oidcClientSecret: ['AGENTCHAT_OIDC_CLIENT_SECRET', text(1, 2000).optional()],
  oidcSignUp: ['AGENTCHAT_OIDC_SIGN_UP', flag.default(false)],
  databaseSync: ['AGENTCHAT_DATABASE_SYNC', choice(['commit', 'soon']).default('soon')],
  logLevel: ['AGENTCHAT_LOG_LEVEL', choice(['debug', 'info', 'warn', 'error', 'silent']).default('info')],
  corsOrigins: ['AGENTCHAT_CORS_ORIGINS', list.pipe(z.array(httpUrl)).default([])],
  graceSeconds: ['AGENTCHAT_GRACE_SECONDS', upTo(3600).default(10)],
  isolation: ['AGENTCHAT_ISOLATION', choice(['auto', 'os', 'deno']).optional()],
  image: ['AGENTCHAT_IMAGE', text(1, 100).default('base')],
  redaction: ['AGENTCHAT_REDACTION', choice(['off', 'known', 'known+patterns']).default('known')],
  knownSecretsFile: ['AGENTCHAT_KNOWN_SECRETS_FILE', folder.optional()],
  poolMin: ['AGENTCHAT_POOL_MIN', whole(0, 256).default(1)],
  poolMax: ['AGENTCHAT_POOL_MAX', whole(1, 256).optional()],
  poolMaxQueue: ['AGENTCHAT_POOL_MAX_QUEUE', whole(0, 100_000).default(200)],
  maxRequestBytes: ['AGENTCHAT_MAX_REQUEST_BYTES', whole(1024, 2 ** 30).default(4 * 2 ** 20)],
  maxTimeoutSeconds: ['AGENTCHAT_MAX_TIMEOUT_SECONDS', amount(86_400).default(60)],
  maxMemoryMb: ['AGENTCHAT_MAX_MEMORY_MB', whole(40, 4096).default(512)],
  allowNet: ['AGENTCHAT_TOOLS_ALLOW_NET', list.default([])],
  modelsAllowNet: ['AGENTCHAT_MODELS_ALLOW_NET', list.default([])],
  modelBaseUrl: ['AGENTCHAT_MODEL_BASE_URL', httpUrl.optional()],
  model: ['AGENTCHAT_MODEL', text(1, 200).optional()],
  modelApiKey: ['AGENTCHAT_MODEL_API_KEY', text(1, 8192).optional()],
  quotaConcurrent: ['AGENTCHAT_QUOTA_CONCURRENT', whole(1, 10_000).default(8)],
  quotaPerMinute: ['AGENTCHAT_QUOTA_PER_MINUTE', whole(1, 1_000_000).default(120)],
  quotaCpuSecondsPerDay: ['AGENTCHAT_QUOTA_CPU_SECONDS_PER_DAY', amount(1e9).default(3600)],
  quotaStorageMb: ['AGENTCHAT_QUOTA_STORAGE_MB', whole(0, 2 ** 30).default(1024)],
  quotaSessions: ['AGENTCHAT_QUOTA_SESSIONS', whole(0, 1_000_000).default(100)],
  quotaLiveSessions: ['AGENTCHAT_QUOTA_LIVE_SESSIONS', whole(1, 10_000).default(8)],
  quotaReaders: ['AGENTCHAT_QUOTA_READERS', whole(1, 100_000).default(64)],
  quotaTools: ['AGENTCHAT_QUOTA_TOOLS', whole(0, 1_000_000).default(200)],
  quotaToolVersions: ['AGENTCHAT_QUOTA_TOOL_VERSIONS', whole(1, 1_000_000).default(100)],
  quotaApiKeys: ['AGENTCHAT_QUOTA_API_KEYS', whole(0, 1_000_000).default(100)],
  quotaAgentRuns: ['AGENTCHAT_QUOTA_AGENT_RUNS', whole(0, 10_000).default(2)],
  quotaAgentTokens: ['AGENTCHAT_QUOTA_AGENT_TOKENS_PER_DAY', whole(0, 1e12).default(10_000_000)],
  totalStorageMb: ['AGENTCHAT_TOTAL_STORAGE_MB', whole(1, 2 ** 40).default(51_200)],
  maxConnections: ['AGENTCHAT_MAX_CONNECTIONS_PER_ADDRESS', whole(8, 100_000).default(512)],
  readerStallSeconds: ['AGENTCHAT_READER_STALL_SECONDS', amount(86_400).default(60)],
  filesDir: ['AGENTCHAT_FILES_DIR', folder.optional()],
  sessionsDir: ['AGENTCHAT_SESSIONS_DIR', folder.optional()],
  sessionIdleSeconds: ['AGENTCHAT_SESSION_IDLE_SECONDS', amount(86_400).default(300)],
  maxLiveSessions: ['AGENTCHAT_MAX_LIVE_SESSIONS', whole(1, 10_000).optional()],
  maxSessionMb: ['AGENTCHAT_MAX_SESSION_MB', whole(1, 2048).default(256)],
  keepFilesHours: ['AGENTCHAT_KEEP_FILES_HOURS', amount(24 * 3660).default(168)],
  keepExecutionsDays: ['AGENTCHAT_KEEP_EXECUTIONS_DAYS', amount(3660).default(90)],
  keepAuditDays: ['AGENTCHAT_KEEP_AUDIT_DAYS', amount(3660).default(365)],
} as const

type Name = keyof typeof SETTINGS

/** Every setting of the service, with its defaults filled in. */
export type Config = { readonly [name in Name]: z.output<(typeof SETTINGS)[name][1]> }

const SECRET: ReadonlySet<Name> = new Set<Name>([
  ...(['secretKey', 'previousSecretKey', 'adminPassword', 'oidcClientSecret', 'metricsToken'] as const),
  ...(['modelApiKey', 'auditKey', 'auditHeadSecret', 'anomalySecret', 'natsSeed', 'tracesHeaders'] as const),
])

/** Settings of which one is nothing without the other. */
const TOGETHER: readonly (readonly [Name, Name])[] = [
  ['oidcIssuer', 'oidcClientId'],
  ['modelBaseUrl', 'model'],
  ['auditHeadUrl', 'auditHeadSecret'],
  ['anomalyUrl', 'anomalySecret'],
]

/**
 * Reads the configuration: a flag wins over a variable, a variable over the default. An empty variable counts as none.
 * @throws ConfigError naming every variable that is wrong, and any of ours that does not exist
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Partial<Record<Name, string>>> = {},
): Config {
  const problems: string[] = []
  const entries = (Object.keys(SETTINGS) as Name[]).map((name) => {
    const [variable, schema] = SETTINGS[name]
    const value = flags[name] ?? (env[variable] === '' ? undefined : env[variable])
    const parsed = schema.safeParse(value)
    if (!parsed.success) {
      const shown = SECRET.has(name) || name === 'databaseUrl' ? '' : ` (${JSON.stringify(value)})`
      problems.push(`${variable}${shown}: ${parsed.error.issues.map(({ message }) => message).join(', ')}`)
    }
    return [name, parsed.data]
  })
  const values = Object.fromEntries(entries)
  for (const [one, other] of TOGETHER)
    if ((values[one] === undefined) !== (values[other] === undefined))
      problems.push(`${SETTINGS[one][0]}, ${SETTINGS[other][0]}: one needs the other`)
  if (problems.length > 0) throw new ConfigError(problems)
  // Each name stands with the output of its own schema.
  return Object.fromEntries(entries) as Config
}

/** Values of the configuration that no log may hold. */
export function secretsIn(config: Config): string[] {
  const password = config.databaseUrl === undefined ? '' : new URL(config.databaseUrl).password
  return [...SECRET]
    .map((name) => config[name])
    .concat(decodeURIComponent(password), config.tracesHeaders.map(headerValue))
    .filter((value) => typeof value === 'string')
}

/** The value in an entry of `AGENTCHAT_TRACES_HEADERS`, escaped as in a URL. */
export function headerValue(entry: string): string {
  return decodeURIComponent(entry.slice(entry.indexOf('=') + 1))
}

/** The configuration as it may be shown: secrets masked, each setting under the name of its variable. */
export function maskedConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    (Object.keys(SETTINGS) as Name[]).map((name) => [
      SETTINGS[name][0],
      maskedValue(name, config[name]) ?? null,
    ]),
  )
}

function maskedValue(name: Name, value: unknown): unknown {
  if (value === undefined) return null
  if (SECRET.has(name)) return '[masked]'
  if (name !== 'databaseUrl') return value
  const url = new URL(String(value))
  if (url.password !== '') url.password = 'masked'
  for (const key of [...url.searchParams.keys()]) if (/pass/i.test(key)) url.searchParams.set(key, 'masked')
  return url.href
}

/** Variables of the library and of other commands that are not settings of the service. */
const OF_OTHERS = ['AGENTCHAT_CACHE_DIR', 'AGENTCHAT_OFFLINE', 'AGENTCHAT_URL', 'AGENTCHAT_API_KEY']

/** Variables that look like settings and are none, each with the setting whose name is nearest. */
export function unknownSettings(
  env: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly nearest: string }[] {
  const known = [...Object.values(SETTINGS).map(([variable]) => variable), ...OF_OTHERS]
  return Object.keys(env)
    .filter((name) => /^AGENTCHAT_(?!TEST_)/.test(name) && !known.includes(name))
    .map((name) => {
      const far = known.map((each) => ({ each, distance: editDistance(name.slice(0, 100), each) }))
      const [first] = far.sort((one, other) => one.distance - other.distance)
      return { name, nearest: first?.each ?? '' }
    })
}
