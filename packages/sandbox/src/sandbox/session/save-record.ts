import { draftMetadata, type SessionMetadata } from '../result/session-metadata.ts'
import type { Seal, SealedSession } from '../seal/seal.ts'
import type { StoredCopy } from '../store/open-copy.ts'
import type { GoodState } from './live-worker.ts'
import type { SessionSettings } from './session-options.ts'

/** What the records of a sandbox have in common. */
export interface RecordMeans {
  sealer(): Promise<Seal>
  /** The name of the exact image. */
  imageId(): Promise<string>
}

/** Whose a session is and what it has been through. */
type Lineage = Pick<SessionMetadata, 'owner' | 'created' | 'sequence'>

/** What the host knows of a session: whose it is, how often it was saved, and where it is kept. */
export class SaveRecord {
  readonly #means: RecordMeans
  readonly #settings: SessionSettings
  readonly #copy: StoredCopy | null
  #lineage: Lineage
  /** What the store holds. */
  #stored: GoodState = null
  /** What it was given to begin with. */
  #begun: { readonly state: GoodState } | null = null

  constructor(means: RecordMeans, settings: SessionSettings, copy: StoredCopy | null) {
    this.#means = means
    this.#settings = settings
    this.#copy = copy
    this.#lineage = { owner: settings.owner, created: new Date().toISOString(), sequence: 0 }
  }

  /** Under which the session is kept; null where it is not. */
  get id(): string | null {
    return this.#copy?.id ?? null
  }

  /**
   * What the session begins with: the bytes that were given, or what is kept of it.
   * @throws SessionRefusedError, SessionInUseError, SessionUnknownError, SessionExistsError, SessionStoreError
   */
  async open(): Promise<GoodState> {
    if (this.#begun !== null) return this.#begun.state
    const { sessionBytes, sessionMetadata, open } = this.#settings
    const given =
      sessionBytes === undefined || sessionMetadata === undefined ? null : { sessionBytes, sessionMetadata }
    const kept = (await this.#copy?.open(given === null ? open : 'new')) ?? null
    const sealed = given ?? kept
    if (sealed === null) return null
    try {
      const state = await this.#unseal(sealed)
      if (given === null) this.#stored = state
      return state
    } catch (error) {
      await this.#copy?.close()
      throw error
    }
  }

  /** Has a new session begin with this, which is in the store when this resolves. Throws as `open` and `store` do. */
  async begin(state: GoodState): Promise<void> {
    await this.#copy?.open('new')
    try {
      await this.store(state)
    } catch (error) {
      await this.#copy?.close()
      throw error
    }
    this.#begun = { state }
  }

  /** The session as bytes that can be given out of hand. */
  async seal({ content, report }: NonNullable<GoodState>): Promise<SealedSession> {
    const { owner, created, sequence } = this.#lineage
    this.#lineage = { owner, created, sequence: sequence + 1 }
    const imageId = await this.#means.imageId()
    const facts = { ...this.#lineage, imageId, lastModified: new Date().toISOString() }
    return (await this.#means.sealer()).seal(content, draftMetadata(facts, report))
  }

  /** Has the store hold this, where there is one. @throws SessionRefusedError, SessionStoreError, SessionClosedError */
  async store(state: GoodState): Promise<void> {
    if (this.#copy === null || state === this.#stored) return
    await this.#copy.write(state === null ? null : await this.seal(state))
    this.#stored = state
  }

  /** The same past for a session that goes its own way. */
  fork(copy: StoredCopy | null): SaveRecord {
    const { sessionBytes: _bytes, sessionMetadata: _metadata, ...settings } = this.#settings
    const fork = new SaveRecord(this.#means, { ...settings, open: 'new' }, copy)
    fork.#lineage = this.#lineage
    return fork
  }

  /** Lets others open the session. */
  async close(): Promise<void> {
    await this.#copy?.close()
  }

  async #unseal(sealed: SealedSession): Promise<NonNullable<GoodState>> {
    const { owner, minSequence } = this.#settings
    const expected = { imageId: await this.#means.imageId(), owner, minSequence }
    const { content, metadata } = (await this.#means.sealer()).open(sealed, expected)
    this.#lineage = { owner: metadata.owner, created: metadata.created, sequence: metadata.sequence }
    const { pythonVersion, packages, sizes, names, moreNames } = metadata
    const { heapBytes, fileBytes, files } = sizes
    return {
      content: [content],
      report: { pythonVersion, packages, heapBytes, fileBytes, files, names, moreNames },
    }
  }
}
