import { closeAll } from 'agentchat-sandbox-base/async/close-all'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { InvalidOptionsError } from '../errors/errors.ts'
import type { ExecutionOptions } from '../execution/execution-options.ts'
import type { FileKeeper } from '../execution/file-keeper.ts'
import type { ImportPackages } from '../execution/on-demand/import-packages.ts'
import type { ExecutionRequest } from '../execution/request.ts'
import { type RedactionPlan, withValues } from '../redaction/redaction-plan.ts'
import { Seal } from '../seal/seal.ts'
import type { SecretGrants } from '../secrets/secret-grants.ts'
import { StoredCopy } from '../store/open-copy.ts'
import type { SessionStore } from '../store/session-store.ts'
import { LiveLeases } from '../workers/live-leases.ts'
import type { WorkerPool } from '../workers/pool.ts'
import type { GoodState, StateLimits } from './live-worker.ts'
import { SaveRecord } from './save-record.ts'
import { SandboxSession } from './session.ts'
import type { SessionSettings } from './session-options.ts'
import type { FindWheels } from './session-parts.ts'

/** What the sessions of a sandbox have in common. */
interface SessionsPlan {
  /** Where sessions get their workers from. */
  readonly pool: WorkerPool
  readonly limits: StateLimits
  readonly maxLiveSessions: number
  /** Where sessions with an id are kept. */
  readonly store: SessionStore | null
  /** The name of the exact image. */
  imageId(): Promise<string>
  readonly keeper: FileKeeper
  key(): Promise<Uint8Array>
  request(code: string, options: ExecutionOptions, manner: Manner): ExecutionRequest
  /** That of the sandbox. */
  readonly redaction: RedactionPlan
  readonly secrets: SecretGrants
  findWheels: FindWheels
  readonly imports: ImportPackages
}

/** How sessions of one kind are made. */
export interface Manner extends Pick<SessionSettings, 'idleSeconds' | 'checkpoints' | 'tools'> {
  readonly redaction: RedactionPlan
  readonly secrets: SecretGrants
}

/** The sessions of one sandbox. */
export class Sessions {
  readonly #plan: SessionsPlan
  readonly #leases: LiveLeases
  readonly #open = new Set<SandboxSession>()
  #seal: Promise<Seal> | null = null
  #closed = false

  constructor(plan: SessionsPlan) {
    this.#plan = plan
    this.#leases = new LiveLeases(plan.pool, plan.maxLiveSessions)
  }

  /** A new session, or one that was at rest; it is opened when it is first used. */
  session(settings: SessionSettings): SandboxSession {
    const sealer = this.#sealerOf(settings.sessionKey)
    const means = { sealer, imageId: () => this.#plan.imageId() }
    const record = new SaveRecord(means, settings, this.#copyOf(settings.id, 'session options'))
    const what = 'session options'
    const redaction = this.#plan.redaction.with(withValues(settings), what)
    const secrets = this.#plan.secrets.with(settings.secrets, what)
    return this.#make({ ...settings, redaction, secrets }, record)
  }

  /** Ends all of them, and each that is made from now on. */
  async close(): Promise<void> {
    this.#closed = true
    const closing = [...this.#open].map((session) => session.close())
    await closeAll(...closing.map((each) => () => each))
  }

  #make(manner: Manner, record: SaveRecord, history: readonly GoodState[] = []): SandboxSession {
    const { limits, request, keeper, findWheels, imports } = this.#plan
    const { idleSeconds, checkpoints } = manner
    const session: SandboxSession = new SandboxSession(
      {
        leases: this.#leases,
        limits,
        keeper,
        idleSeconds,
        checkpoints,
        record,
        request: (code, options) => request(code, options, manner),
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

  /** With a key of the session's own, or that of the sandbox, which is asked for when it is needed. */
  #sealerOf(key: Uint8Array | undefined): () => Promise<Seal> {
    if (key === undefined) return () => this.#sealer()
    const seal = Promise.resolve(new Seal({ key, maxSessionBytes: this.#plan.limits.maxSessionBytes }))
    return () => seal
  }

  #sealer(): Promise<Seal> {
    const { maxSessionBytes } = this.#plan.limits
    this.#seal ??= this.#plan.key().then((key) => new Seal({ key, maxSessionBytes }))
    this.#seal.catch(() => {
      this.#seal = null
    })
    return this.#seal
  }
}
