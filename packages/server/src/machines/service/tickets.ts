import { randomBytes } from 'node:crypto'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { Lease } from '../../db/queries/members.ts'
import { RunInterruptedError } from '../../services/executions/machines.ts'
import type { Work } from '../work.ts'

/** An execution, or what is recorded as none, that waits for a machine. */
export class Ticket {
  readonly id: string
  /** The session that it is in; null for none. */
  readonly session: string | null
  /** May it call tools? */
  readonly calls: boolean
  readonly openedAt = performance.now()
  readonly #claimed: Deferred<Lease | null> = deferred()
  #work: Work | null
  #isBeingClaimed = false
  #isGivenUp = false

  constructor(id: string, work: Work) {
    this.id = id
    this.session = work.session?.id ?? null
    this.calls = work.tools !== undefined
    this.#work = work
    this.#claimed.promise.catch(() => {})
  }

  /** Otherwise it is recorded nowhere. */
  get isExecution(): boolean {
    return this.id.startsWith('exe_')
  }

  /** Does it still wait? */
  get isWaiting(): boolean {
    return this.#work !== null && !this.#isBeingClaimed
  }

  /** A machine asks for it: true for one at a time. */
  beginClaim(): boolean {
    if (!this.isWaiting || this.#isGivenUp) return false
    this.#isBeingClaimed = true
    return true
  }

  /** The database has given it to this machine: here is the work, once. */
  granted(machine: Lease): Work {
    const work = this.#work
    if (work === null) throw new TypeError(`Cannot grant "${this.id}": it was granted`)
    this.#work = null
    this.#claimed.resolve(machine)
    return work
  }

  /** The database has not given it, and it waits on. */
  refused(): void {
    this.#isBeingClaimed = false
    if (this.#isGivenUp) this.#claimed.resolve(null)
  }

  /** Nobody will have it: it has ended, or nobody knows who has it. */
  lost(why: string): void {
    this.#work = null
    this.#claimed.reject(new RunInterruptedError(why))
  }

  /** Waits for a machine. Null when the signal is aborted before one has it. */
  async claimed(signal: AbortSignal | undefined): Promise<Lease | null> {
    const giveUp = () => {
      this.#isGivenUp = true
      // In the middle of a claim it is known in a moment.
      if (!this.#isBeingClaimed) this.#claimed.resolve(null)
    }
    if (signal?.aborted) giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      return await this.#claimed.promise
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }
}

/** Large works that machines fetch in pieces, by tokens that nobody can guess. */
export class Parcels {
  readonly #parcels = new Map<string, Buffer>()

  /** Keeps one for a minute. */
  add(bytes: Buffer): string {
    const token = randomBytes(16).toString('hex')
    this.#parcels.set(token, bytes)
    setTimeout(() => this.#parcels.delete(token), 60_000).unref()
    return token
  }

  /** Null where there is none. */
  get(token: string): Buffer | null {
    return this.#parcels.get(token) ?? null
  }
}
