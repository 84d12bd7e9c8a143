/**
 * V8 optimises in the background what the first warm-up has made hot, and the next call pays for the change: the second
 * warm-up comes when that is over.
 */
const SECOND_MS = 300
/** When the second is over, also on a slow machine. */
const REST_MS = 600

/** Lets a worker that is idle prepare for its first run. */
export class WarmUps {
  readonly #send: () => void
  readonly #rest: () => void
  #timers: NodeJS.Timeout[] = []

  /** `rest` is called when the worker has prepared all it can. */
  constructor(send: () => void, rest: () => void) {
    this.#send = send
    this.#rest = rest
  }

  begin(): void {
    this.#send()
    this.#timers = [setTimeout(this.#send, SECOND_MS).unref(), setTimeout(this.#rest, REST_MS).unref()]
  }

  /** There is something to do, or nobody to do it. */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
