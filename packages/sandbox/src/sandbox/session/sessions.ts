import { closeAll } from 'agentchat-sandbox-base/async/close-all'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { InvalidOptionsError } from '../errors/errors.ts'
import type { ExecutionOptions } from '../execution/execution-options.ts'
import type { FileKeeper } from '../execution/file-keeper.ts'
import type { ImportPackages } from '../execution/on-demand/import-packages.ts'
import type { ExecutionRequest } from '../execution/request.ts'
import { SessionSeal } from '../seal/seal.ts'
import { StoredCopy } from '../store/open-copy.ts'
import type { SessionStore } from '../store/session-store.ts'
import type { WorkerPool } from '../workers/pool.ts'
import { SessionLeases } from '../workers/session-leases.ts'
import type { GoodState, SessionLimits } from './live-worker.ts'
import { SandboxSession } from './session.ts'
import type { SessionSettings } from './session-options.ts'
import type { FindWheels } from './session-parts.ts'
import { SessionRecord } from './session-record.ts'

/** What the sessions of a sandbox have in common. */
export interface SessionsPlan {
  /** Where sessions get their workers from. */
  readonly pool: WorkerPool
  readonly limits: SessionLimits
  readonly maxLiveSessions: number
  /** Where sessions with an id are kept. */
  readonly store: SessionStore | null
  /** The name of the exact image. */
  imageId(): Promise<string>
  readonly keeper: FileKeeper
  key(): Promise<Uint8Array>
  /** `tools` are those of the session. */
  request(code: string, options: ExecutionOptions, tools: SessionSettings['tools']): ExecutionRequest
  findWheels: FindWheels
  readonly imports: ImportPackages
}

/** How sessions of one kind are made. */
type SessionManner = Pick<SessionSettings, 'idleSeconds' | 'checkpoints' | 'tools'>

/** The sessions of one sandbox. */
export class Sessions {
  readonly #plan: SessionsPlan
  readonly #leases: SessionLeases
  readonly #open = new Set<SandboxSession>()
  #seal: Promise<SessionSeal> | null = null
  #closed = false

  constructor(plan: SessionsPlan) {
    this.#plan = plan
    this.#leases = new SessionLeases(plan.pool, plan.maxLiveSessions)
  }

  /** A new session, or one that was at rest; it is opened when it is first used. */
  session(settings: SessionSettings): SandboxSession {
    const means = { sealer: () => this.#sealer(), imageId: () => this.#plan.imageId() }
    const record = new SessionRecord(means, settings, this.#copyOf(settings.id, 'session options'))
    return this.#make(settings, record)
  }

  /** Ends all of them, and each that is made from now on. */
  async close(): Promise<void> {
    this.#closed = true
    const closing = [...this.#open].map((session) => session.close())
    await closeAll(...closing.map((each) => () => each))
  }

  #make(manner: SessionManner, record: SessionRecord, history: readonly GoodState[] = []): SandboxSession {
    const { limits, request, keeper, findWheels, imports } = this.#plan
    const { idleSeconds, checkpoints, tools } = manner
    const session: SandboxSession = new SandboxSession(
      {
        leases: this.#leases,
        limits,
        keeper,
        idleSeconds,
        checkpoints,
        record,
        request: (code, options) => request(code, options, tools),
        findWheels,
        imports,
        fork: async (state, past, { id }) => {
          const fork = record.fork(this.#copyOf(id, 'fork options'))
          await fork.begin(state)
          return this.#make(manner, fork, past)
        },
        closed: (closed) => this.#open.delete(closed),
      },
      history,
    )
    this.#open.add(session)
    if (this.#closed) inBackground(session.close())
    return session
  }

  #copyOf(id: string | undefined, what: string): StoredCopy | null {
    if (id === undefined) return null
    const { store } = this.#plan
    if (store !== null) return new StoredCopy(id, store)
    throw new InvalidOptionsError(what, [{ path: 'id', problem: 'needs a sandbox with "sessionStore"' }])
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
