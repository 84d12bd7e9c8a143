import {
  type SealedSession,
  type SessionClaim,
  type SessionMetadata,
  type SessionStore,
  SessionStoreError,
  type StoredSession,
} from 'agentchat-sandbox'
import type { Logger } from '../../logger.ts'
import type { QuotaHolder, Quotas } from '../executions/quotas.ts'
import { SessionNotKeptError } from './session-errors.ts'

/** What is known of a session while it is open here. */
interface Account {
  readonly holders: readonly QuotaHolder[]
  bytes: number
  /** What was saved last and is not in the database yet. */
  saved: SessionMetadata | null
}

/**
 * The store of the sessions of a service: whatever is saved must have room in the quotas of the owner, and is noted so
 * that it can be told to the database. A session is saved only while it has an account.
 */
export class CountedSessionStore implements SessionStore {
  readonly #inner: SessionStore
  readonly #quotas: Quotas
  readonly #logger: Logger
  readonly #accounts = new Map<string, Account>()

  constructor(inner: SessionStore, { quotas, logger }: { readonly quotas: Quotas; readonly logger: Logger }) {
    this.#inner = inner
    this.#quotas = quotas
    this.#logger = logger
  }

  /** Opens the account of a session that has so many bytes. */
  account(id: string, bytes: number, holders: readonly QuotaHolder[]): void {
    this.#accounts.set(id, { holders, bytes, saved: null })
  }

  /** Closes it. */
  forget(id: string): void {
    this.#accounts.delete(id)
  }

  /** What was saved since the last time that it was taken from here. */
  takeSaved(id: string): SessionMetadata | null {
    const account = this.#accounts.get(id)
    const saved = account?.saved ?? null
    if (account !== undefined) account.saved = null
    return saved
  }

  /** Gives back what was taken and could not be told; what was saved meanwhile counts. */
  putBack(id: string, saved: SessionMetadata): void {
    const account = this.#accounts.get(id)
    if (account !== undefined) account.saved ??= saved
  }

  claim(id: string): Promise<SessionClaim> {
    return this.#inner.claim(id)
  }

  load(id: string): Promise<SealedSession | null> {
    return this.#inner.load(id)
  }

  inspect(id: string): Promise<StoredSession | null> {
    return this.#inner.inspect(id)
  }

  list(): Promise<StoredSession[]> {
    return this.#inner.list()
  }

  async remove(id: string): Promise<void> {
    await this.#inner.remove(id)
    const account = this.#accounts.get(id)
    if (account === undefined) return
    this.#quotas.unkeep(account.holders, account.bytes)
    account.bytes = 0
  }

  /** @throws SessionNotKeptError */
  async save(id: string, sessionBytes: Uint8Array, metadata: SessionMetadata): Promise<void> {
    const account = this.#accounts.get(id)
    if (account === undefined) throw new TypeError(`Cannot save the session "${id}": it is not open`)
    const more = sessionBytes.length - account.bytes
    const refusal = more > 0 ? await this.#quotas.keep(account.holders, more) : null
    if (refusal !== null) throw new SessionNotKeptError(refusal)
    try {
      await this.#inner.save(id, sessionBytes, metadata)
    } catch (error) {
      if (more > 0) this.#quotas.unkeep(account.holders, more)
      if (!(error instanceof SessionStoreError)) throw error
      this.#logger.error({ session: id, error: error.message }, 'session.not-saved')
      throw new SessionNotKeptError(error)
    }
    if (more < 0) this.#quotas.unkeep(account.holders, -more)
    account.bytes = sessionBytes.length
    account.saved = metadata
  }
}
