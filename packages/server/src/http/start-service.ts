import { randomBytes, randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { SandboxOptions } from 'agentchat-sandbox'
import { makeFolderSync } from 'agentchat-sandbox-base/disk/make-folder'
import { makeFile } from 'agentchat-sandbox-base/disk/place-file'
import { type Logger, loggable } from '../logger.ts'
import type { ActionPlan } from '../services/anomalies/action-plan.ts'
import type { HeadPlaces } from '../services/audit/head-publisher.ts'
import { auditKeyOf, auditKeyOfFolder } from '../services/audit/log-key.ts'
import { createServices, type Services, type ServicesOptions } from '../services/create-services.ts'
import { forgetPreviousKey, keyOfFolder, previousKeyOfFolder } from '../services/key-file.ts'
import type { EnvironmentModel } from '../services/models/environment-model.ts'
import type { Policy } from '../services/policy.ts'
import type { KeepingOptions } from '../services/sessions/session-service.ts'
import type { OpenIdProvider } from '../services/users/open-id-provider.ts'
import { ensureAdministrator } from '../services/users/users.ts'
import type { App } from './api-routes.ts'
import { createApp } from './app.ts'
import { trustedProxies } from './client-address.ts'
import { KnownCallers } from './known-callers.ts'
import { type Listening, listen } from './listen.ts'
import { databaseRefusal, embeddedRefusal, type FolderSetting, folderRefusal } from './start-refusal.ts'

/** What a service is started with. */
export interface ServiceOptions {
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
  /** Where users find the service; without it where it listens. */
  readonly publicUrl?: string | undefined
  /** Where the service keeps its data; made when it is missing. */
  readonly dataDir: string
  /** Where files of executions are kept; without it in a folder of the data folder. */
  readonly filesDir?: string | undefined
  /** A PostgreSQL server; without it the database is embedded in the folder. */
  readonly database?: { readonly url: string; readonly maxConnections: number } | undefined
  /** When what the embedded database has committed is on the disk: before it is answered, or a moment after. */
  readonly databaseSync?: 'commit' | 'soon'
  /** The service of OpenID Connect that users may sign in with. */
  readonly openId?: OpenIdProvider | undefined
  /** 32 bytes; without them a file in the folder holds the key. */
  readonly secretKey?: Uint8Array | undefined
  /** The key before that one; what it sealed is sealed anew at the start. */
  readonly previousSecretKey?: Uint8Array | undefined
  /** The text of the key that signs the audit log; without it a file in the folder holds it. */
  readonly auditKey?: string | undefined
  /** What is done about anomalies; without it they are logged. */
  readonly anomalies?: ActionPlan | undefined
  /** Where heads of that log are told. */
  readonly auditHeads?: HeadPlaces | undefined
  readonly administrator: { readonly email: string; readonly password: string | undefined }
  readonly corsOrigins: readonly string[]
  readonly maxRequestBytes: number
  /** Addresses and ranges of proxies whose `X-Forwarded-For` counts. */
  readonly trustedProxies?: readonly string[]
  /** Lets a program read `/metrics`. */
  readonly metricsToken?: string | undefined
  /** How many connections one address may have. */
  readonly maxConnections?: number | undefined
  /** After so long without taking anything of its answer a reader is ended. */
  readonly readerStallMs?: number
  /** How sessions are kept: without a folder in one of the data folder, without a number twice as many as cores. */
  readonly sessions: Pick<KeepingOptions, 'idleSeconds' | 'maxBytes'> & {
    readonly folder?: string | undefined
    readonly maxLive?: number | undefined
  }
  /** A model that agents of everybody may use. */
  readonly model?: EnvironmentModel | undefined
  readonly policy: Policy
  readonly sandbox: SandboxOptions
  /** Joins machines that run code in place of this process; the database is then a server that several services share. */
  readonly joinMachines?: ServicesOptions['joinMachines']
  readonly logger: Logger
  readonly tracer?: ServicesOptions['tracer']
  readonly version: string
  /** The settings that hold, with secrets masked, for administrators to read. */
  readonly configuration?: Readonly<Record<string, unknown>> | undefined
}

/** A service that answers. */
export interface Service {
  readonly url: string
  readonly app: App
  /** Told once, when the service has just made its first user. */
  readonly newAdministrator: { readonly email: string; readonly password: string } | null
  /** Takes no new work, gives what runs so much time, ends and records it, and closes the database. */
  close(graceMs: number): Promise<void>
}

/**
 * Starts the whole service.
 * @throws FolderInUseError when another service uses the folder
 * @throws PortInUseError when something else listens there
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { dataDir, logger, host, port } = options
  prepareFolders(options)
  const publicUrl = options.publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const services = await createServices({
    ...{
      logger,
      tracer: options.tracer,
      publicUrl,
      policy: options.policy,
      sandbox: options.sandbox,
      model: options.model,
    },
    database: options.database ?? { folder: dataDir, sync: options.databaseSync ?? 'soon' },
    openId: options.openId,
    sessions: {
      ...options.sessions,
      folder: options.sessions.folder ?? join(dataDir, 'sessions'),
      maxLive: options.sessions.maxLive ?? 2 * availableParallelism(),
    },
    filesFolder: options.joinMachines === undefined ? (options.filesDir ?? join(dataDir, 'files')) : null,
    joinMachines: options.joinMachines,
    // Only now that nobody else has the folder; a server as the database does not guard it.
    instance: options.joinMachines === undefined ? instanceNameOf(dataDir) : newInstanceName(),
    secretKey: options.secretKey ?? ((sealed) => keyOfFolder(dataDir, sealed)),
    previousSecretKey: options.previousSecretKey ?? previousOf(options),
    auditKey: (current) =>
      options.auditKey === undefined ? auditKeyOfFolder(dataDir, current) : auditKeyOf(options.auditKey),
    auditHeads: options.auditHeads,
    anomalies: options.anomalies,
  }).catch((error: unknown) => {
    throw refusalOf(options, error)
  })
  if (options.secretKey === undefined) forgetPreviousKey(dataDir)
  try {
    const { metrics } = services.context
    metrics.addProcess()
    metrics.set('build_info', { version: options.version, node: process.version }, 1)
    const callers = new KnownCallers()
    const isTrustedProxy = trustedProxies(options.trustedProxies ?? [])
    const app = createApp({
      ...{ services: services.context, logger, version: options.version, publicUrl },
      ...{ corsOrigins: options.corsOrigins, maxRequestBytes: options.maxRequestBytes },
      ...{
        callers,
        isTrustedProxy,
        metricsToken: options.metricsToken,
        configuration: options.configuration,
      },
    })
    const listening = await listen(app.fetch, {
      ...{ host, port, callers, isTrustedProxy },
      ...{ readerStallMs: options.readerStallMs, maxConnections: options.maxConnections },
    })
    try {
      // Only now: its password is told once, by a service that has started.
      const newAdministrator = await ensureAdministrator(services.context, options.administrator)
      if (services.context.machines === null) warm(services, logger)
      const url = options.publicUrl ?? publicUrl.replace(/:\d+$/, `:${listening.port}`)
      return { url, app, newAdministrator, close: (graceMs) => close(services, listening, graceMs) }
    } catch (error) {
      listening.destroy()
      throw error
    }
  } catch (error) {
    await services.close(0)
    throw error
  }
}

/** Folders first: what is wrong with them is told best before anything uses them. @throws StartRefusedError */
function prepareFolders({ dataDir, filesDir, sessions, database }: ServiceOptions): void {
  const data = dataFolder(dataDir)
  prepareFolder(data)
  if (filesDir !== undefined) prepareFolder({ path: filesDir, variable: 'AGENTCHAT_FILES_DIR' })
  const { folder } = sessions
  if (folder !== undefined) prepareFolder({ path: folder, variable: 'AGENTCHAT_SESSIONS_DIR' })
  if (database === undefined && !existsSync(join(dataDir, 'postgres'))) demandRoomForDatabase(data)
}

function dataFolder(path: string): FolderSetting {
  return { path, variable: 'AGENTCHAT_DATA_DIR', flag: '--data-dir' }
}

/** What was thrown by the start, with words for what the operator can mend. */
function refusalOf({ database, dataDir }: ServiceOptions, error: unknown): unknown {
  if (database !== undefined) return databaseRefusal(database.url, error) ?? error
  const isOfDisk = error instanceof Error && 'code' in error && 'syscall' in error
  return isOfDisk || !(error instanceof Error) || 'errno' in error
    ? embeddedRefusal(dataFolder(dataDir), error)
    : error
}

/** What a change of the key in the folder has left to do. */
function previousOf({ secretKey, dataDir }: ServiceOptions): Uint8Array | undefined {
  return secretKey === undefined ? previousKeyOfFolder(dataDir) : undefined
}

/** The first execution waits for a worker anyway; until then the service can do everything else. */
function warm({ context }: Services, logger: Logger): void {
  context.sandboxes.start().then(
    () => logger.info({}, 'sandbox.warm'),
    (error: unknown) => {
      if (!context.runs.closing) logger.error({ error: loggable(error) }, 'sandbox.not-warm')
    },
  )
}

async function close(services: Services, listening: Listening, graceMs: number): Promise<void> {
  const stopped = listening.stop()
  await services.close(graceMs)
  const timer = setTimeout(() => listening.destroy(), 1000)
  await stopped
  clearTimeout(timer)
}

/** What the embedded database takes when it is made, and some for what comes first. */
const NEW_DATABASE_BYTES = 96 * 2 ** 20

/** Makes a folder of the service, and sees whether it can be written to. @throws StartRefusedError */
function prepareFolder(folder: FolderSetting): void {
  try {
    makeFolderSync(folder.path)
    if (!statSync(folder.path).isDirectory()) throw failure('ENOTDIR')
    accessSync(folder.path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw folderRefusal(folder, error)
  }
}

/** Sees whether a new embedded database has room. @throws StartRefusedError */
function demandRoomForDatabase(folder: FolderSetting): void {
  const { bavail, bsize } = statfsSync(folder.path)
  if (bavail * bsize < NEW_DATABASE_BYTES) throw folderRefusal(folder, failure('ENOSPC'))
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** One of several services: what it leaves behind when it is killed is ended by the others, and by none of the same name. */
function newInstanceName(): string {
  return `srv-${randomBytes(8).toString('hex')}`
}

/** The name of the service that lives in this folder: made once, and kept. */
function instanceNameOf(folder: string): string {
  const path = join(folder, 'instance')
  makeFile(path, randomUUID())
  return readFileSync(path, 'utf8').trim()
}
