import { FolderSessionStore, type SandboxOptions, type SandboxSession } from 'agentchat-sandbox'
import type { Database } from '../../db/index.ts'
import type { Logger } from '../../logger.ts'
import type { Quotas } from '../executions/quotas.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { SandboxSet } from '../sandbox-set.ts'
import type { Rights } from '../users/rights.ts'
import { CountedStore } from './counted-store.ts'
import { ExecutionTurns } from './execution-turns.ts'
import type { KeptFolder } from './kept-folder.ts'
import type { Means } from './means.ts'
import { OpenSessions } from './open-sessions.ts'
import { noteUse } from './session-lease.ts'

/** How sessions are kept. */
export interface KeepingOptions {
  /** The folder in which they are; made when it is needed. */
  readonly folder: string
  /** Sessions with a worker at a time. */
  readonly maxLive: number
  /** After so long without use a session goes to rest. */
  readonly idleSeconds: number
  /** Largest session at rest. */
  readonly maxBytes: number
}

/** Makes the sandboxes of a service, whose sessions are kept, and what its sessions need. */
export function sessionMeans(
  { maxLive, maxBytes, idleSeconds }: KeepingOptions,
  parts: {
    readonly db: Database
    readonly logger: Logger
    readonly quotas: Quotas
    readonly place: KeptFolder
    readonly sandbox: SandboxOptions
    readonly rights: Rights
    readonly metrics: Metrics
  },
): { readonly sandboxes: SandboxSet; readonly sessions: Means } {
  const { db, logger, quotas, place, sandbox, rights, metrics } = parts
  const inner = new FolderSessionStore(place.folder, { maxSessionBytes: maxBytes })
  const store = new CountedStore(inner, { db, quotas, logger })
  const sandboxes = new SandboxSet({
    ...{ ...sandbox, maxSessionBytes: maxBytes, maxLiveSessions: maxLive },
    ...{ sessionStore: store, sessionKey: place.key },
  })
  const note = (id: string) => noteUse({ db, logger, sessions: { store } }, id)
  const live = new Map<string, SandboxSession>()
  const means = { sandboxes, store, logger, maxLive, idleSeconds, note, rights, live, metrics }
  const open = new OpenSessions(means)
  return { sandboxes, sessions: { place, maxBytes, store, open, live, turns: new ExecutionTurns() } }
}
