import { quotaError } from './quota-refusal.ts'
import type { QuotaHolder } from './quota-terms.ts'

/** Counts answers that are being read. They are connections of this service, so each service of a database counts its own. */
export class ReaderPlaces {
  readonly #taken = new Map<string, number>()

  /**
   * Takes a place, until it is disposed.
   * @throws QuotaExceededError
   */
  take(holders: readonly QuotaHolder[]): Disposable {
    for (const holder of holders)
      if (this.#countOf(holder) >= holder.limits.readers) throw quotaError(holder, 'readers', 1000)
    for (const holder of holders) this.#change(holder, 1)
    const held = [...holders]
    return {
      [Symbol.dispose]: () => {
        for (const holder of held.splice(0)) this.#change(holder, -1)
      },
    }
  }

  #countOf({ kind, id }: QuotaHolder): number {
    return this.#taken.get(`${kind} ${id}`) ?? 0
  }

  #change(holder: QuotaHolder, by: 1 | -1): void {
    const count = this.#countOf(holder) + by
    const key = `${holder.kind} ${holder.id}`
    if (count === 0) this.#taken.delete(key)
    else this.#taken.set(key, count)
  }
}
