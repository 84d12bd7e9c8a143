import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { waitTurn } from '../places.ts'
import type { Worker } from '../worker/worker.ts'

/** Where sessions get their workers from. */
export interface WorkerSource {
  hold(signal: AbortSignal): Promise<Worker>
  drop(worker: Worker): void
}

/** A session that may hold a worker. */
export interface WorkerHolder {
  /** Gives its worker back, if it can be without one. Says whether it did. */
  rest(): Promise<boolean>
}

/** The workers of live sessions: at most so many at a time; who has not used its own for longest gives it back. */
export class SessionWorkers {
  readonly #source: WorkerSource
  readonly #max: number
  /** In the order of their last use. */
  readonly #holders = new Set<WorkerHolder>()
  readonly #waiting: Deferred<void>[] = []

  constructor(source: WorkerSource, max: number) {
    this.#source = source
    this.#max = max
  }

  /** Waits for room and a worker. Rejects with the reason of the signal when that is aborted first. */
  async hold(holder: WorkerHolder, signal: AbortSignal): Promise<Worker> {
    while (this.#holders.size >= this.#max) await this.#makeRoom(signal)
    this.#holders.add(holder)
    try {
      return await this.#source.hold(signal)
    } catch (error) {
      this.#left(holder)
      throw error
    }
  }

  /** It is used again: others go to rest before it. */
  touch(holder: WorkerHolder): void {
    if (this.#holders.delete(holder)) this.#holders.add(holder)
  }

  drop(holder: WorkerHolder, worker: Worker): void {
    this.#source.drop(worker)
    this.#left(holder)
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
      // Whoever is called and has gone meanwhile calls the next one.
      if (signal.aborted) this.settled()
    }
  }

  #left(holder: WorkerHolder): void {
    this.#holders.delete(holder)
    this.settled()
  }
}
