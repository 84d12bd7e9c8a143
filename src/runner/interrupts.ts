import type { PyodideModule } from './pyodide-module.ts'

const SIGINT = 2

/**
 * Lets the host raise KeyboardInterrupt in code that is running. Python asks for signals every few dozen bytecodes by
 * reading element 0 of a buffer; here that element is a question to the channel. While Python waits for a promise
 * instead, the message arrives through the event loop and `raiseWhileWaiting` wakes it.
 */
export class Interrupts {
  readonly #hostHasSpoken: () => boolean
  readonly #raiseWhileWaiting: () => void
  #armed = false

  constructor(hostHasSpoken: () => boolean, raiseWhileWaiting: () => void) {
    this.#hostHasSpoken = hostHasSpoken
    this.#raiseWhileWaiting = raiseWhileWaiting
  }

  install(module: PyodideModule): void {
    const poll = (): number => {
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
