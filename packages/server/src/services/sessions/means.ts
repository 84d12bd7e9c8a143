import type { SandboxSession } from 'agentchat-sandbox'
import type { CountedStore } from './counted-store.ts'
import type { ExecutionTurns } from './execution-turns.ts'
import type { KeptFolder } from './kept-folder.ts'
import type { OpenSessions } from './open-sessions.ts'

/** What the use cases of sessions work with. */
export interface Means {
  readonly place: KeptFolder
  /** Largest session at rest. */
  readonly maxBytes: number
  readonly store: CountedStore
  readonly open: OpenSessions
  /** Those that are open, by their identifiers. */
  readonly live: ReadonlyMap<string, SandboxSession>
  readonly turns: ExecutionTurns
}
