import type { ServiceContext } from '../context.ts'
import type { RunRoom } from '../executions/keep-files.ts'
import type { QuotaHolder } from '../executions/quota-terms.ts'

/** The room for what is recorded of a batch. Files of its programs are not kept: there may be ten thousand of these. */
export class BatchRoom implements RunRoom {
  readonly #quotas: ServiceContext['quotas']
  readonly #holders: readonly QuotaHolder[]
  #bytes: number

  /** @param known how many bytes may be kept, as it was admitted */
  constructor({ quotas }: ServiceContext, holders: readonly QuotaHolder[], known: number) {
    this.#quotas = quotas
    this.#holders = holders
    this.#bytes = known
  }

  async bytes(): Promise<number> {
    return this.#bytes
  }

  async reserve(): Promise<boolean> {
    return false
  }

  /** So many bytes are about to be recorded. */
  use(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes)
  }

  /** Asks how much room there is now; gives it. */
  async look(): Promise<number> {
    this.#bytes = await this.#quotas.roomOf(this.#holders)
    return this.#bytes
  }
}
