import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'

/** Turns of executions in the same session: only the one whose turn it is takes a place from others. */
export class ExecutionTurns {
  readonly #last = new Map<string, Promise<void>>()

  /** Waits until those that came before are over, or the signal is aborted; the turn lasts until it is disposed. */
  async enter(id: string, signal: AbortSignal): Promise<Disposable> {
    const before = this.#last.get(id) ?? Promise.resolve()
    const mine = deferred<void>()
    const over = before.then(() => mine.promise)
    this.#last.set(id, over)
    const end = () => {
      mine.resolve()
      void over.then(() => {
        if (this.#last.get(id) === over) this.#last.delete(id)
      })
    }
    // One that was aborted while it waited has a result all the same, which the session knows.
    await untilAborted(before, signal).catch(() => {})
    return { [Symbol.dispose]: end }
  }
}
