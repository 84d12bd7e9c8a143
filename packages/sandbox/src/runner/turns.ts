/** Turns of the event loop, each a message to ourselves: a timer would take a millisecond. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  readonly #own: MessagePort
  readonly #other: MessagePort

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.#own = port1
    this.#other = port2
    this.#own.onmessage = () => this.#waiting.shift()?.()
  }

  /** Has this called in a turn of its own, after what came before it. */
  take(action: () => void): void {
    this.#waiting.push(action)
    this.#other.postMessage(null)
  }

  /** Nothing that waits is called. */
  clear(): void {
    this.#waiting.length = 0
  }
}
