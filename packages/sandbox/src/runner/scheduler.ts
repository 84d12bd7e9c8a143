import { beginComputing, endComputing } from './cpu-clock.ts'
import { clearTimer, setTimer } from './timers.ts'
import { Turns } from './turns.ts'

/** What Python wants called: a promise where Python may wait on the way. */
type Callback = () => unknown

/** Calls back for Python's event loop, in place of Pyodide's function for that, which cannot forget what it has to call. */
export class Scheduler {
  readonly #turns = new Turns()
  readonly #timers = new Set<number>()
  #running = 0

  /** How many callbacks have begun and not ended: Python may wait in one of them, or be about to be called. */
  get running(): number {
    return this.#running
  }

  /** Bound, for Python to call. Without a delay it takes one turn of the event loop, which a timer does not. */
  readonly schedule = (callback: Callback, delayMs = 0): void => {
    if (delayMs <= 0) {
      this.#turns.take(() => this.#call(callback))
      return
    }
    // What is due comes after what is ready already, as in asyncio.
    const timer = setTimer(() => {
      this.#timers.delete(timer)
      this.schedule(callback)
    }, delayMs)
    this.#timers.add(timer)
  }

  #call(callback: Callback): void {
    beginComputing()
    const ending = callback()
    if (!(ending instanceof Promise)) {
      endComputing()
      return
    }
    this.#running += 1
    // Where it fails, this one fails too, which ends the process as before.
    void ending.finally(() => {
      this.#running -= 1
      endComputing()
    })
  }

  /** Nothing that was scheduled until now is called. */
  clear(): void {
    this.#turns.clear()
    for (const timer of this.#timers) clearTimer(timer)
    this.#timers.clear()
  }
}
