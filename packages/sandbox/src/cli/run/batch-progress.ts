import { isTerminal } from 'agentchat-sandbox-base/command/terminal'
import { say } from '../say.ts'

const INTERVAL_MS = 200

/** Tells on standard error how far a batch is: on a terminal while it lasts, and once at its end. */
export class BatchProgress implements Disposable {
  readonly #begun = performance.now()
  readonly #live = isTerminal(process.stderr) && !process.env.CI && !isTerminal(process.stdout)
  #shownAt = 0
  #programs = 0
  /** Programs that did not come to their end. */
  failed = 0

  /** A program has ended. */
  add(succeeded: boolean): void {
    this.#programs += 1
    if (!succeeded) this.failed += 1
    const now = performance.now()
    if (!this.#live || now - this.#shownAt < INTERVAL_MS) return
    this.#shownAt = now
    process.stderr.write(`\r\x1b[K${this.#text()}`)
  }

  /** Says the sums. */
  end(): void {
    this[Symbol.dispose]()
    say(this.#text())
  }

  /** Nothing of what was shown stays on the screen. */
  [Symbol.dispose](): void {
    if (this.#shownAt > 0) process.stderr.write('\r\x1b[K')
    this.#shownAt = 0
  }

  #text(): string {
    const seconds = (performance.now() - this.#begun) / 1000
    const rate = seconds > 0 ? (this.#programs / seconds).toFixed(1) : '0'
    return `${this.#programs} programs, ${this.failed} failed, ${seconds.toFixed(1)} s (${rate} a second)`
  }
}
