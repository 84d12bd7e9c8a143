import { setTimeout as sleep } from 'node:timers/promises'
import type { PythonSession } from 'agentchat-sandbox'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { OverloadedError, QuotaExceededError } from '../errors.ts'
import type { LivePlace } from './live-places.ts'
import { wrappedSession } from './wrapped-session.ts'

/** Takes a place. `rest` puts the session to rest and gives the place back; it is called while nothing goes on in it. */
export type TakePlace = (rest: () => Promise<void>) => Promise<LivePlace>

/** A session that had a place tries again after so long. */
const AGAIN_MS = 1000
const NOTHING: Disposable = { [Symbol.dispose]: () => {} }

/**
 * The same session, which takes a place before it is first used and gives it back when it is closed, or when it is asked to
 * rest. For its next use it takes one again, however long that takes: only the first one may be refused.
 */
export function placedSession(inner: PythonSession, take: TakePlace): PythonSession {
  const seat = new Seat(inner, take)
  return wrappedSession(inner, {
    hold: (signal) => seat.hold(signal),
    close: async () => {
      seat.close()
      await inner.close()
      await seat.leave()
    },
  })
}

class Seat {
  readonly #inner: PythonSession
  readonly #take: TakePlace
  #place: Promise<LivePlace> | null = null
  #resting: Promise<void> | null = null
  #hadPlace = false
  readonly #closing = new AbortController()

  constructor(inner: PythonSession, take: TakePlace) {
    this.#inner = inner
    this.#take = take
  }

  /** Waits for a place, and keeps it until what this gives is disposed. What is closed or given up says so itself. */
  async hold(signal: AbortSignal | undefined): Promise<Disposable> {
    const over = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    while (!over.aborted) {
      await this.#resting
      this.#place ??= this.#taken()
      const taking = this.#place
      const place = await untilAborted(taking, over).catch((error: unknown) => {
        if (!over.aborted) throw error
      })
      // It may have been asked to rest a moment ago.
      if (place !== undefined && this.#place === taking && this.#resting === null) return place.use()
    }
    return NOTHING
  }

  close(): void {
    this.#closing.abort()
  }

  async leave(): Promise<void> {
    const held = this.#place
    this.#place = null
    const place = await held?.catch(() => null)
    place?.[Symbol.dispose]()
  }

  #taken(): Promise<LivePlace> {
    const taking = this.#hadPlace ? this.#takeAgain() : this.#take(this.#rest)
    taking.then(
      () => {
        this.#hadPlace = true
      },
      // One that was not to be had may be tried again.
      () => {
        if (this.#place === taking) this.#place = null
      },
    )
    return taking
  }

  async #takeAgain(): Promise<LivePlace> {
    for (;;) {
      try {
        return await this.#take(this.#rest)
      } catch (error) {
        const isBusy = error instanceof OverloadedError || error instanceof QuotaExceededError
        if (!isBusy || this.#closing.signal.aborted) throw error
      }
      await sleep(AGAIN_MS, undefined, { signal: this.#closing.signal })
    }
  }

  readonly #rest = async (): Promise<void> => {
    const resting = this.#inner.rest().then(() => this.leave())
    // The next use of the session waits for this, however it ends.
    this.#resting = resting
      .catch(() => {})
      .finally(() => {
        this.#resting = null
      })
    await resting
  }
}
