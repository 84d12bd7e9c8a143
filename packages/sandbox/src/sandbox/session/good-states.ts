import { SessionSaveError } from '../errors/errors.ts'
import type { SavedState } from '../worker/session-question.ts'
import type { GoodState, LiveWorker } from './live-worker.ts'

/** The last good state of a session, and those before it where they are wanted. */
export class GoodStates {
  readonly #keepsAll: boolean
  readonly #before: GoodState[]
  #last: GoodState = null

  /** @param before oldest first */
  constructor(keepsAll: boolean, before: readonly GoodState[]) {
    this.#keepsAll = keepsAll
    this.#before = [...before]
  }

  get last(): GoodState {
    return this.#last
  }

  get before(): readonly GoodState[] {
    return this.#before
  }

  /** The session begins with this state. */
  begin(state: GoodState): void {
    this.#last = state
  }

  /** Takes what was kept in the background. Gives null, or why nothing could be kept. */
  async take(live: LiveWorker | null): Promise<SessionSaveError | null> {
    const kept = (await live?.kept()) ?? null
    if (kept instanceof SessionSaveError) return kept
    if (kept !== null) this.#add(kept)
    return null
  }

  /** The same; what could not be kept is tried once more. @throws SessionSaveError */
  async takeCurrent(live: LiveWorker | null): Promise<void> {
    if ((await this.take(live)) === null || live?.worker.alive !== true) return
    live.keep()
    const failure = await this.take(live)
    if (failure !== null) throw failure
  }

  /** @throws RangeError when there are not so many */
  rewind(count: number): void {
    const kept = this.#before.length
    if (!Number.isInteger(count) || count < 1 || count > kept)
      throw new RangeError(`Cannot rewind by ${count}: ${kept} executions are kept`)
    this.#last = this.#before[kept - count] ?? null
    this.#before.length = kept - count
  }

  #add(state: SavedState): void {
    if (state === this.#last) return
    if (this.#keepsAll) this.#before.push(this.#last)
    this.#last = state
  }
}
