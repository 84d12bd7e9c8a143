import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { waitTurn } from '../places.ts'
import type { Lease, WorkerPool } from './pool.ts'

/** A session that may have a lease. */
export interface LeaseHolder {
  /** Gives its worker back, if it can be without one. Says whether it did. */
  rest(): Promise<boolean>
}

/** The leases of live sessions: at most so many at a time. The least recently used session gives its own back first. */
export class LiveLeases {
  readonly #pool: Pick<WorkerPool, 'leaseWithoutPlace'>
  readonly #max: number
  /** In the order of their last use. */
  readonly #holders = new Set<LeaseHolder>()
  readonly #waiting: Deferred<void>[] = []

  constructor(pool: Pick<WorkerPool, 'leaseWithoutPlace'>, max: number) {
    this.#pool = pool
    this.#max = max
  }

  /** Waits for room and a worker. Rejects with the reason of the signal when that is aborted first. */
  async lease(holder: LeaseHolder, signal: AbortSignal): Promise<Lease> {
    while (this.#holders.size >= this.#max) await this.#makeRoom(signal)
    this.#holders.add(holder)
    try {
      const lease = await this.#pool.leaseWithoutPlace(signal)
      const giveBack = () => {
        lease[Symbol.dispose]()
        this.#left(holder)
      }
      return { ...lease, [Symbol.dispose]: giveBack }
    } catch (error) {
      this.#left(holder)
      throw error
    }
  }

  /** The session is used again: others go to rest before it. */
  touch(holder: LeaseHolder): void {
    if (this.#holders.delete(holder)) this.#holders.add(holder)
  }

  /** Something has ended: a session that could not rest a moment ago may be able to now. */
  settled(): void {
    this.#waiting.shift()?.resolve()
  }

  async #makeRoom(signal: AbortSignal): Promise<void> {
    for (const holder of [...this.#holders]) if (await untilAborted(holder.rest(), signal)) return
    if (this.#holders.size < this.#max) return
    const turn = deferred<void>()
    this.#waiting.push(turn)
    try {
      await waitTurn(this.#waiting, turn, signal)
    } finally {
      // A session that was called and has gone meanwhile calls the next one.
      if (signal.aborted) this.settled()
    }
  }

  #left(holder: LeaseHolder): void {
    this.#holders.delete(holder)
    this.settled()
  }
}
