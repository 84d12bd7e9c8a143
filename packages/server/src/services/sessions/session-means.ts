import type { CountedSessionStore } from './counted-session-store.ts'
import type { OpenSessions } from './open-sessions.ts'
import type { SessionPlace } from './session-place.ts'
import type { SessionTurns } from './session-turns.ts'

/** What the use cases of sessions work with. */
export interface SessionMeans {
  readonly place: SessionPlace
  readonly store: CountedSessionStore
  readonly open: OpenSessions
  readonly turns: SessionTurns
}
