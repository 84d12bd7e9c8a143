import type { HostChannel } from './host-channel.ts'
import type { SetBack, SetBackParts } from './set-back/set-back.ts'

/** Holds what the interpreter of a worker is set back to between the programs of a batch. Loaded with the first batch. */
export class BatchHost {
  readonly #parts: SetBackParts
  readonly #channel: HostChannel
  readonly #warmUp: () => Promise<void>
  #setBack: Promise<SetBack> | null = null

  constructor(parts: SetBackParts, channel: HostChannel, warmUp: () => Promise<void>) {
    this.#parts = parts
    this.#channel = channel
    this.#warmUp = warmUp
  }

  /** The runs from here on are programs of one batch. */
  begin(): void {
    this.#setBack ??= this.#begin()
  }

  /** Does something when the batch has begun: at once where there is none. */
  whenBegun(action: () => void): void {
    if (this.#setBack === null) action()
    else void this.#setBack.then(action)
  }

  /** Sets the interpreter back and tells the host, or why it cannot be done. */
  restore(): void {
    void this.#setBack?.then(async (setBack) => {
      const reason = await problemOf(setBack.restore())
      this.#channel.send(JSON.stringify({ type: 'set-back', error: reason }))
    })
  }

  async #begin(): Promise<SetBack> {
    const loaded = await import('./set-back/set-back.ts')
    // Functions that were optimised during the warm-up stay optimised in every program.
    await this.#warmUp()
    return new loaded.SetBack(this.#parts)
  }
}

async function problemOf(work: Promise<void>): Promise<string | null> {
  try {
    await work
    return null
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, 2000)
  }
}
