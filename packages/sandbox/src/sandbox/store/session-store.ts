import type { SessionMetadata } from '../result/session-metadata.ts'
import type { SealedSession } from '../seal/seal.ts'

/** One session in a store. */
export interface StoredSession {
  readonly id: string
  /** As it was saved and not yet authentic: for people. Null when it is damaged; `load` says how. */
  readonly metadata: SessionMetadata | null
}

/** A session that nobody else may open until this is disposed, or the process ends in whatever way. */
export interface SessionClaim extends AsyncDisposable {
  readonly id: string
}

/**
 * Where sessions at rest are kept. It is trusted with nothing: what it gives back is opened by a `Seal`, which
 * refuses what was changed. It must never give back half of what was saved, or one save's bytes with another's metadata.
 * An id is 1 to 64 letters, digits, `-` and `_`.
 */
export interface SessionStore {
  /** Takes a session, which need not exist, for one user. @throws SessionInUseError when somebody has it */
  claim(id: string): Promise<SessionClaim>
  /** Keeps a session in the place of what was under this id. When it fails, that is still there. */
  save(id: string, sessionBytes: Uint8Array, metadata: SessionMetadata): Promise<void>
  /** What was saved last, or null when there is none. */
  load(id: string): Promise<SealedSession | null>
  /** One session, without its bytes, or null when there is none. */
  inspect(id: string): Promise<StoredSession | null>
  /** All sessions, by id. */
  list(): Promise<StoredSession[]>
  /** Forgets a session; it need not exist. */
  remove(id: string): Promise<void>
}
