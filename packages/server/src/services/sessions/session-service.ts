import { FolderSessionStore, type SandboxOptions } from 'agentchat-sandbox'
import type { Database } from '../../db/index.ts'
import type { Logger } from '../../logger.ts'
import type { Quotas } from '../executions/quotas.ts'
import { SandboxSet } from '../sandbox-set.ts'
import type { Rights } from '../users/rights.ts'
import { CountedSessionStore } from './counted-session-store.ts'
import { OpenSessions } from './open-sessions.ts'
import { noteUse } from './session-lease.ts'
import type { SessionMeans } from './session-means.ts'
import type { SessionPlace } from './session-place.ts'
import { SessionTurns } from './session-turns.ts'

/** How sessions are kept. */
export interface SessionsOptions {
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
  { maxLive, maxBytes, idleSeconds }: SessionsOptions,
  parts: {
    readonly db: Database
    readonly logger: Logger
    readonly quotas: Quotas
    readonly place: SessionPlace
    readonly sandbox: SandboxOptions
    readonly rights: Rights
  },
): { readonly sandboxes: SandboxSet; readonly sessions: SessionMeans } {
  const { db, logger, quotas, place, sandbox, rights } = parts
  const inner = new FolderSessionStore(place.folder, { maxSessionBytes: maxBytes })
  const store = new CountedSessionStore(inner, { quotas, logger })
  const sandboxes = new SandboxSet({
    ...{ ...sandbox, maxSessionBytes: maxBytes, maxLiveSessions: maxLive },
    ...{ sessionStore: store, sessionKey: place.key },
  })
  const note = (id: string) => noteUse({ db, logger, sessions: { store } }, id)
  const open = new OpenSessions({ sandboxes, store, logger, maxLive, idleSeconds, note, rights })
  return { sandboxes, sessions: { place, store, open, turns: new SessionTurns() } }
}
