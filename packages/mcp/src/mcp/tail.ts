/** Most characters that are kept of each end. */
const HEAD_CHARS = 2000
const TAIL_CHARS = 4000

/** Head and tail of output that goes on: what a reader wants to see of it while it is not yet whole. */
export class Tail {
  #head = ''
  #tail = ''
  #chars = 0

  /** Takes the next piece. */
  add(text: string): void {
    this.#chars += text.length
    const room = HEAD_CHARS - this.#head.length
    this.#head += text.slice(0, room)
    if (text.length > room) this.#tail = (this.#tail + text.slice(room)).slice(-TAIL_CHARS)
  }

  /** All of it, or both ends with how much is between them. */
  text(): string {
    const cut = this.#chars - this.#head.length - this.#tail.length
    return cut === 0 ? this.#head + this.#tail : `${this.#head}\n[... ${cut} characters ...]\n${this.#tail}`
  }

  /** The last line that is not empty, at most `chars` characters of it. */
  lastLine(chars: number): string {
    const lines = (this.#tail || this.#head).split(/[\r\n]/)
    return (lines.findLast((line) => line.trim() !== '') ?? '').slice(0, chars)
  }
}
