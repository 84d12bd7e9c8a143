import type { AnsweredCalls } from './answered-calls.ts'

/** Beyond its limit: to wake its session, to have its packages, to look at what it left. */
const GRACE_MS = 120_000
/** What a machine may take to end what it was told to end. */
const CANCELLED_MS = 15_000

/** What an execution may take of a machine. */
export interface RunTime {
  readonly timeoutSeconds: number
  /** May it wait for lines of input? Its time stands still meanwhile. */
  readonly interactive: boolean
  /** Its calls of tools: while one is under way, its time stands still. */
  readonly calls?: Pick<AnsweredCalls, 'idleSince'> | undefined
}

/**
 * The time that a machine has for an execution: its own limit ends it there, and this one says when a machine that does not
 * keep to that is not waited for any longer.
 */
export class RunClock implements Disposable {
  readonly #over = new AbortController()
  readonly #mostMs: number
  readonly #interactive: boolean
  readonly #calls: RunTime['calls']
  #since = performance.now()
  /** Does it wait for a line of input? */
  #asks = false
  #timer: NodeJS.Timeout

  constructor({ timeoutSeconds, interactive, calls }: RunTime) {
    this.#interactive = interactive
    this.#mostMs = timeoutSeconds * 1000 + GRACE_MS
    this.#calls = calls
    this.#timer = this.#lookIn(this.#mostMs)
  }

  /** Aborted when its time is over. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** An event of it came. */
  saw(type: string): void {
    if (type === 'usage' || !this.#interactive) return
    if (this.#asks) this.#since = performance.now()
    this.#asks = type === 'input-request'
  }

  /** It was told to end. */
  cancel(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#over.abort(), CANCELLED_MS)
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const idleSince = this.#calls === undefined ? this.#since : this.#calls.idleSince
    const since = this.#asks || idleSince === null ? now : Math.max(this.#since, idleSince)
    const leftMs = since + this.#mostMs - now
    if (leftMs <= 0) this.#over.abort()
    else this.#timer = this.#lookIn(leftMs)
  }

  #lookIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#look(), Math.ceil(ms))
  }
}
