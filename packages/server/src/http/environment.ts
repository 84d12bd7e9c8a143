import type { createMcpServer } from 'agentchat-sandbox-mcp'
import type { Logger } from '../logger.ts'
import type { Actor } from '../services/actor.ts'
import type { ServiceContext } from '../services/context.ts'
import type { TrustedProxies } from './client-address.ts'
import type { KnownCallers } from './known-callers.ts'

/** What every route may use. */
export interface AppDeps {
  readonly services: ServiceContext
  readonly logger: Logger
  readonly version: string
  /** Where users find the service; requests with a cookie must come from there. */
  readonly publicUrl: string
  /** Origins of other sites that may call it from a browser, with API keys. */
  readonly corsOrigins: readonly string[]
  /** Whose word on where a request comes from counts; without it nobody's. */
  readonly isTrustedProxy?: TrustedProxies
  /** Lets a program read `/metrics`, beside administrators. */
  readonly metricsToken?: string | undefined
  readonly maxRequestBytes: number
  /** The settings that hold, with secrets masked, for administrators to read. */
  readonly configuration?: Readonly<Record<string, unknown>> | undefined
  /** Makes the server of the Model Context Protocol, in place of ours. */
  readonly createMcpServer?: typeof createMcpServer
  /** Told whose credentials are good. */
  readonly callers?: KnownCallers
}

/** What the middleware leaves for the routes. */
export interface AppEnv {
  Variables: { deps: AppDeps; requestId: string; actor: Actor }
}
