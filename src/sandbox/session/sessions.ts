import type { ExecutionOptions } from '../execution-options.ts'
import type { FileKeeper } from '../files/file-keeper.ts'
import type { ExecutionRequest } from '../request.ts'
import type { GoodState } from './good-states.ts'
import { type SealedSession, SessionSeal } from './seal.ts'
import { SandboxSession } from './session.ts'
import { draftMetadata } from './session-metadata.ts'
import type { SessionSettings } from './session-options.ts'
import type { SessionLimits } from './session-state.ts'
import { SessionWorkers, type WorkerSource } from './session-workers.ts'

/** What the sessions of a sandbox have in common. */
export interface SessionsPlan {
  readonly source: WorkerSource
  readonly limits: SessionLimits
  readonly maxLiveSessions: number
  /** The name of the exact image. */
  imageId(): Promise<string>
  readonly keeper: FileKeeper
  key(): Promise<Uint8Array>
  request(code: string, options: ExecutionOptions): ExecutionRequest
}

/** Whose a session is and what it has been through. */
interface Lineage {
  readonly owner: string | null
  readonly created: string
  readonly sequence: number
}

/** The sessions of one sandbox. */
export class Sessions {
  readonly #plan: SessionsPlan
  readonly #workers: SessionWorkers
  readonly #open = new Set<SandboxSession>()
  #seal: Promise<SessionSeal> | null = null

  constructor(plan: SessionsPlan) {
    this.#plan = plan
    this.#workers = new SessionWorkers(plan.source, plan.maxLiveSessions)
  }

  /** A new session, or one that was at rest; its bytes are opened when it is first used. */
  session(settings: SessionSettings): SandboxSession {
    const { sessionBytes, sessionMetadata, owner, minSequence } = settings
    let lineage: Lineage = { owner, created: new Date().toISOString(), sequence: 0 }
    const open = async (): Promise<GoodState> => {
      if (sessionBytes === undefined || sessionMetadata === undefined) return null
      const seal = await this.#sealer()
      const expected = { imageId: await this.#plan.imageId(), owner, minSequence }
      const { content, metadata } = seal.open({ sessionBytes, sessionMetadata }, expected)
      lineage = metadata
      const { pythonVersion, packages, sizes, names, moreNames } = metadata
      const { heapBytes, fileBytes, files } = sizes
      const report = { pythonVersion, packages, heapBytes, fileBytes, files, names, moreNames }
      return { content: [content], report }
    }
    return this.#make(
      settings,
      () => lineage,
      (next) => (lineage = next),
      open,
    )
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((session) => session.close()))
  }

  #make(
    settings: SessionSettings,
    lineage: () => Lineage,
    advance: (next: Lineage) => void,
    open: () => Promise<GoodState>,
    history: readonly GoodState[] = [],
  ): SandboxSession {
    const { limits, request, keeper } = this.#plan
    const { idleSeconds, checkpoints } = settings
    const session: SandboxSession = new SandboxSession(
      {
        workers: this.#workers,
        limits,
        keeper,
        idleSeconds,
        checkpoints,
        request,
        open,
        seal: async (state) => {
          const next = { ...lineage(), sequence: lineage().sequence + 1 }
          advance(next)
          return await this.#sealState(state, next)
        },
        fork: (state, past) => {
          let own = lineage()
          return this.#make(
            settings,
            () => own,
            (next) => (own = next),
            async () => state,
            past,
          )
        },
        closed: (closed) => this.#open.delete(closed),
      },
      history,
    )
    this.#open.add(session)
    return session
  }

  async #sealState(state: NonNullable<GoodState>, lineage: Lineage): Promise<SealedSession> {
    const { owner, created, sequence } = lineage
    const facts = {
      imageId: await this.#plan.imageId(),
      owner,
      sequence,
      created,
      lastModified: new Date().toISOString(),
    }
    return (await this.#sealer()).seal(state.content, draftMetadata(facts, state.report))
  }

  #sealer(): Promise<SessionSeal> {
    const { maxSessionBytes } = this.#plan.limits
    this.#seal ??= this.#plan.key().then((key) => new SessionSeal({ key, maxSessionBytes }))
    this.#seal.catch(() => {
      this.#seal = null
    })
    return this.#seal
  }
}
