import { SessionSaveError } from '../errors/errors.ts'
import type { SavedState } from '../worker/session-questions.ts'
import type { GoodState, LiveWorker } from './live-worker.ts'

/** How many states before the last one are kept: none, all, or so many within so many bytes beside the last one. */
export type Checkpoints = boolean | { readonly max: number; readonly maxBytes: number }

/** The last good state of a session, and those before it where they are wanted. */
export class GoodStates {
  readonly #checkpoints: Checkpoints
  readonly #before: GoodState[]
  #last: GoodState = null

  /** @param before oldest first */
  constructor(checkpoints: Checkpoints, before: readonly GoodState[]) {
    this.#checkpoints = checkpoints
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
    if (this.#checkpoints !== false) this.#before.push(this.#last)
    this.#last = state
    if (typeof this.#checkpoints === 'object') this.#forget(state, this.#checkpoints)
  }

  /** Lets the oldest go that are too many. Chunks that several states have in common count once. */
  #forget(last: SavedState, { max, maxBytes }: Exclude<Checkpoints, boolean>): void {
    const counted = new Set(last.content)
    let bytes = 0
    let kept = 0
    for (const state of this.#before.toReversed()) {
      for (const chunk of state?.content ?? []) {
        if (!counted.has(chunk)) bytes += chunk.length
        counted.add(chunk)
      }
      if (kept === max || bytes > maxBytes) break
      kept += 1
    }
    this.#before.splice(0, this.#before.length - kept)
  }
}
