import type { PyodideModule } from './pyodide-module.ts'

const SIGINT = 2

/** How many times Python passes a border between instructions from one question to the next: its own choice, and ours. */
const FEWEST_BORDERS = 50
const MOST_BORDERS = 400
/** Milliseconds between two questions that are often enough for a person, and that come so fast that they cost. */
const RARE_MS = 5
const FREQUENT_MS = 0.5

// Taken before user code runs: it may replace what it can reach.
const now = performance.now.bind(performance)

/**
 * Lets the host raise KeyboardInterrupt in code that is running. Python asks for signals at every fiftieth loop or call by
 * reading element 0 of a buffer; here that element is a question to the channel. That is 5 % of the time of a tight loop,
 * so Python is told to ask less often where its loops are short. While Python waits for a promise
 * instead, the message arrives through the event loop and `raiseWhileWaiting` wakes it.
 */
export class Interrupts {
  readonly #hostHasSpoken: () => boolean
  readonly #raiseWhileWaiting: () => void
  #armed = false
  #borders = FEWEST_BORDERS
  #askedAt = 0

  constructor(hostHasSpoken: () => boolean, raiseWhileWaiting: () => void) {
    this.#hostHasSpoken = hostHasSpoken
    this.#raiseWhileWaiting = raiseWhileWaiting
  }

  install(module: PyodideModule): void {
    const clock = module.__Py_emscripten_signal_clock >>> 2
    const poll = (): number => {
      this.#adapt()
      module.HEAPU32[clock] = this.#borders
      if (!this.#armed || !this.#hostHasSpoken()) return 0
      this.#armed = false
      return SIGINT
    }
    module.Py_EmscriptenSignalBuffer = {
      get 0() {
        return poll()
      },
      set 0(_value: number) {},
    }
    module.HEAP8[module._Py_EMSCRIPTEN_SIGNAL_HANDLING] = 1
  }

  /** A longer gap means that questions are rare: Python then asks more often. */
  #adapt(): void {
    const askedAt = now()
    const elapsed = askedAt - this.#askedAt
    this.#askedAt = askedAt
    if (elapsed > RARE_MS) this.#borders = FEWEST_BORDERS
    else if (elapsed < FREQUENT_MS) this.#borders = Math.min(MOST_BORDERS, this.#borders * 2)
  }

  /** A run begins: the next thing that the host says is an interrupt. */
  arm(): void {
    this.#armed = true
  }

  /** The run has ended: an interrupt that comes now is too late and is ignored. */
  disarm(): void {
    this.#armed = false
  }

  /** The interrupt has come through the event loop, so Python is waiting. Does nothing when it was seen before. */
  deliver(): void {
    if (!this.#armed) return
    this.#armed = false
    this.#raiseWhileWaiting()
  }
}
