import { SessionUnknownError } from '../errors/errors.ts'
import { askStore } from './ask-store.ts'
import { parseSessionId } from './session-id.ts'
import type { SessionStore, StoredSession } from './session-store.ts'

/** Which sessions are meant: those of one owner (null: of nobody in particular), or all. */
export interface OwnerFilter {
  readonly owner?: string | null
}

/** The sessions that are kept in the store of a sandbox, whether they are open or not. */
export class StoredSessions {
  readonly #store: SessionStore

  /** Made by a sandbox. */
  constructor(store: SessionStore) {
    this.#store = store
  }

  /** By id, with what was saved last. Damaged ones have no metadata, and belong to nobody. @throws SessionStoreError */
  async list({ owner }: OwnerFilter = {}): Promise<readonly StoredSession[]> {
    const all = await askStore('list', () => this.#store.list())
    return owner === undefined ? all : all.filter((session) => isOf(session, owner))
  }

  /** One of them, or null. @throws InvalidOptionsError, SessionStoreError */
  async find(id: string, { owner }: OwnerFilter = {}): Promise<StoredSession | null> {
    const known = parseSessionId(id)
    const session = (await askStore('load', () => this.#store.inspect(known))) ?? null
    return session === null || (owner !== undefined && !isOf(session, owner)) ? null : session
  }

  /**
   * Removes one for ever.
   * @throws InvalidOptionsError
   * @throws SessionUnknownError when there is none, or none of this owner
   * @throws SessionInUseError when it is open somewhere: close it first
   * @throws SessionStoreError
   */
  async remove(id: string, filter: OwnerFilter = {}): Promise<void> {
    if ((await this.find(id, filter)) === null) throw new SessionUnknownError(id)
    await using _claim = await askStore('claim', () => this.#store.claim(id))
    await askStore('remove', () => this.#store.remove(id))
  }
}

function isOf({ metadata }: StoredSession, owner: string | null): boolean {
  return metadata !== null && metadata.owner === owner
}
