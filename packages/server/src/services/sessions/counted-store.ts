import {
  type SealedSession,
  type SessionClaim,
  type SessionMetadata,
  type SessionStore,
  SessionStoreError,
  type StoredSession,
} from 'agentchat-sandbox'
import type { Database } from '../../db/index.ts'
import { setSessionBytes } from '../../db/queries/sessions.ts'
import type { Logger } from '../../logger.ts'
import type { QuotaExceededError } from '../errors.ts'
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
export class CountedStore implements SessionStore {
  readonly #inner: SessionStore
  readonly #db: Database
  readonly #quotas: Quotas
  readonly #logger: Logger
  readonly #accounts = new Map<string, Account>()

  constructor(
    inner: SessionStore,
    { db, quotas, logger }: { readonly db: Database; readonly quotas: Quotas; readonly logger: Logger },
  ) {
    this.#inner = inner
    this.#db = db
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
    // Its row goes after its bytes, and then counts no more.
    account.bytes = 0
  }

  /** @throws SessionNotKeptError */
  async save(id: string, sessionBytes: Uint8Array, metadata: SessionMetadata): Promise<void> {
    const account = this.#accounts.get(id)
    if (account === undefined) throw new TypeError(`Cannot save the session "${id}": it is not open`)
    const before = account.bytes
    const more = sessionBytes.length - before
    // What is less counts when its use is noted.
    const refusal = more > 0 ? await this.#reserve(account, { id, more, bytes: sessionBytes.length }) : null
    if (refusal !== null) throw new SessionNotKeptError(refusal)
    try {
      await this.#inner.save(id, sessionBytes, metadata)
    } catch (error) {
      if (more > 0) await this.#giveBack(id, before)
      if (!(error instanceof SessionStoreError)) throw error
      this.#logger.error({ session: id, error: error.message }, 'session.not-saved')
      throw new SessionNotKeptError(error)
    }
    account.bytes = sessionBytes.length
    account.saved = metadata
  }

  async #reserve(
    { holders }: Account,
    { id, more, bytes }: { readonly id: string; readonly more: number; readonly bytes: number },
  ): Promise<QuotaExceededError | null> {
    return await this.#quotas.reserve(holders, more, { sessionId: id, bytes })
  }

  /** Where the database is away, the next save or note of a use counts anew. */
  async #giveBack(id: string, bytes: number): Promise<void> {
    await setSessionBytes(this.#db, id, bytes).catch((error: unknown) => {
      this.#logger.error({ session: id, error: String(error) }, 'session.bytes-not-noted')
    })
  }
}
