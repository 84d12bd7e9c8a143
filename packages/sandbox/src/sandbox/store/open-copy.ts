import { SessionClosedError, SessionExistsError, SessionUnknownError } from '../errors/errors.ts'
import type { SealedSession } from '../seal/seal.ts'
import { askStore } from './ask-store.ts'
import type { SessionClaim, SessionStore } from './session-store.ts'

/** What must be kept under the id of a session when it is opened. */
export const OPEN_MODES = ['existing', 'new', 'either'] as const
export type OpenMode = (typeof OPEN_MODES)[number]

/** What a session that is open is in its store, which nobody else opens meanwhile. */
export class StoredCopy {
  readonly id: string
  readonly #store: SessionStore
  #claim: SessionClaim | null = null
  /** The last write: a close waits for it. */
  #writing: Promise<void> = Promise.resolve()
  #closed = false

  constructor(id: string, store: SessionStore) {
    this.id = id
    this.#store = store
  }

  /**
   * Claims the session and gives what is kept of it, or null.
   * @throws SessionInUseError, SessionUnknownError, SessionExistsError, SessionStoreError, SessionRefusedError
   */
  async open(mode: OpenMode): Promise<SealedSession | null> {
    const claim = await askStore('claim', () => this.#store.claim(this.id))
    try {
      const kept = (await askStore('load', () => this.#store.load(this.id))) ?? null
      if (kept === null && mode === 'existing') throw new SessionUnknownError(this.id)
      if (kept !== null && mode === 'new') throw new SessionExistsError(this.id)
      if (this.#closed) throw new SessionClosedError()
      this.#claim = claim
      return kept
    } catch (error) {
      await claim[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Keeps this in the place of what was kept; null forgets it. @throws SessionClosedError, SessionStoreError */
  async write(sealed: SealedSession | null): Promise<void> {
    if (this.#claim === null || this.#closed) throw new SessionClosedError()
    const written =
      sealed === null
        ? askStore('remove', () => this.#store.remove(this.id))
        : askStore('save', () => this.#store.save(this.id, sealed.sessionBytes, sealed.sessionMetadata))
    this.#writing = written.catch(() => {})
    await written
  }

  /** Waits for what is being written, and lets others open the session. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#writing
    const claim = this.#claim
    this.#claim = null
    await claim?.[Symbol.asyncDispose]()
  }
}
