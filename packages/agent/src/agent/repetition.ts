/** The same again is told at the second time, and ends the run at the third. */
const TOLD_AT = 2
const ENDS_AT = 3

/** Notices a model that does the same again and again. */
export class Repetition {
  readonly #failures = new Map<string, number>()
  #last = ''
  #inARow = 0

  /**
   * Notes what code came to. Failures count over the whole run, so that two mistakes by turns are noticed; what worked
   * counts only in a row.
   */
  note(code: string, outcome: { readonly failed: boolean; readonly text: string }): 'new' | 'told' | 'ends' {
    const key = JSON.stringify([code.replace(/\s+/g, ' ').trim(), outcome.text])
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
