import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../db/index.ts'
import { freePlace } from '../../db/queries/quota-usage.ts'

/** A place that something has until it is disposed: at once, or when the database knows of it. */
export interface HeldPlace extends Disposable, AsyncDisposable {}

const MAX_PAUSE_MS = 10_000

/** Frees places in the database, however often it is away; what is left of a service that ends is freed by its next start. */
export class PlaceKeeper implements AsyncDisposable {
  readonly #db: Database
  readonly #freeing = new Set<Promise<void>>()
  #closed = false

  constructor(db: Database) {
    this.#db = db
  }

  /** The place with this id. */
  held(id: string): HeldPlace {
    let freed: Promise<void> | null = null
    const free = () => {
      freed ??= this.#free(id)
      return freed
    }
    return { [Symbol.dispose]: () => void free(), [Symbol.asyncDispose]: free }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all(this.#freeing)
  }

  async #free(id: string): Promise<void> {
    const work = this.#tryToFree(id)
    this.#freeing.add(work)
    await work
    this.#freeing.delete(work)
  }

  async #tryToFree(id: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await freePlace(this.#db, id)
        return
      } catch {
        if (this.#closed) return
        await sleep(Math.min(100 * 2 ** attempt, MAX_PAUSE_MS), undefined, { ref: false })
      }
    }
  }
}
