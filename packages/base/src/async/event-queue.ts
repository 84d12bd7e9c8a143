import { type Deferred, deferred } from './deferred.ts'

/**
 * Hands values from a producer that is called to a consumer that loops. The producer is told when the queue holds more
 * than it should (`push` gives false) and learns through `drained` when it may go on.
 */
export class EventQueue<Value> {
  readonly #high: number
  readonly #weigh: (value: Value) => number
  readonly #values: Value[] = []
  #weight = 0
  #closed = false
  #failure: { readonly error: unknown } | null = null
  #waiting: Deferred<void> | null = null
  #drained: Deferred<void> | null = null

  /** `high` is the weight at which the producer should pause; `weigh` tells what a value counts. */
  constructor(high: number, weigh: (value: Value) => number) {
    this.#high = high
    this.#weigh = weigh
  }

  /** Adds a value. False asks the producer to wait for `drained`. Values pushed after the end are dropped. */
  push(value: Value): boolean {
    if (this.#closed) return true
    this.#values.push(value)
    this.#weight += this.#weigh(value)
    this.#wake()
    return this.#weight < this.#high
  }

  /** Has the consumer taken everything? */
  get empty(): boolean {
    return this.#values.length === 0
  }

  /** Resolves when the consumer has taken enough for the producer to go on. */
  get drained(): Promise<void> {
    if (this.#weight < this.#high) return Promise.resolve()
    this.#drained ??= deferred()
    return this.#drained.promise
  }

  /** No more values will come; the consumer gets what is there and then ends. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  /** The consumer gets what is there and then this error. */
  fail(error: unknown): void {
    if (this.#closed) return
    this.#failure = { error }
    this.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value, void, void> {
    for (;;) {
      const value = this.#values.shift()
      if (value !== undefined) {
        this.#weight -= this.#weigh(value)
        if (this.#weight < this.#high) this.#release()
        yield value
      } else if (this.#failure !== null) {
        throw this.#failure.error
      } else if (this.#closed) {
        return
      } else {
        this.#waiting = deferred()
        await this.#waiting.promise
      }
    }
  }

  #wake(): void {
    this.#waiting?.resolve()
    this.#waiting = null
  }

  #release(): void {
    this.#drained?.resolve()
    this.#drained = null
  }
}
