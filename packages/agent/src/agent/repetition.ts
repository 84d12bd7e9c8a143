import { createHash } from 'node:crypto'

/** The same again is told at the second time, and ends the run at the third. */
const TOLD_AT = 2
const ENDS_AT = 3

/** What was noted so far, as plain data. */
export interface RepetitionState {
  /** Digests of code and outcome of what failed, each with how often it did. */
  readonly failures: Readonly<Record<string, number>>
  readonly last: string
  readonly inARow: number
}

/** Notices a model that does the same again and again. */
export class Repetition {
  readonly #failures: Map<string, number>
  #last: string
  #inARow: number

  /** Goes on from what was noted before. */
  constructor({ failures, last, inARow }: RepetitionState = { failures: {}, last: '', inARow: 0 }) {
    this.#failures = new Map(Object.entries(failures))
    this.#last = last
    this.#inARow = inARow
  }

  get state(): RepetitionState {
    return { failures: Object.fromEntries(this.#failures), last: this.#last, inARow: this.#inARow }
  }

  /**
   * Notes what code came to. Failures count over the whole run, so that two mistakes by turns are noticed; what worked
   * counts only in a row.
   */
  note(code: string, outcome: { readonly failed: boolean; readonly text: string }): 'new' | 'told' | 'ends' {
    const same = JSON.stringify([code.replace(/\s+/g, ' ').trim(), outcome.text])
    const key = createHash('sha256').update(same).digest('base64url')
    this.#inARow = key === this.#last ? this.#inARow + 1 : 1
    this.#last = key
    let times = this.#inARow
    if (outcome.failed) {
      times = (this.#failures.get(key) ?? 0) + 1
      this.#failures.set(key, times)
    }
    if (times >= ENDS_AT) return 'ends'
    return times >= TOLD_AT ? 'told' : 'new'
  }
}
