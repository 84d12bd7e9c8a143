/**
 * V8 optimises in the background what the first warm-up has made hot, and the next call pays for the change: the second
 * warm-up comes when that is over.
 */
const SECOND_MS = 300

/** Lets a worker that is idle prepare for its first run. */
export class WarmUps {
  readonly #send: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(send: () => void) {
    this.#send = send
  }

  begin(): void {
    this.#send()
    this.#timer = setTimeout(this.#send, SECOND_MS).unref()
  }

  /** There is something to do, or nobody to do it. */
  end(): void {
    clearTimeout(this.#timer)
  }
}
