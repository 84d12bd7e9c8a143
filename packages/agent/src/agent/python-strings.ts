const SINGLE = "'"
const DOUBLE = '"'

/** Reads Python line by line and knows whether a string of three quotes is open, which may hold anything. */
export class PythonStrings {
  #open: string | null = null

  /** Is the next line the inside of a string? */
  get isOpen(): boolean {
    return this.#open !== null
  }

  /** Reads the next line. */
  read(line: string): void {
    let index = 0
    while (index < line.length) {
      index = this.#open === null ? this.#outside(line, index) : this.#inside(line, index, this.#open)
    }
  }

  #inside(line: string, index: number, quotes: string): number {
    if (line[index] === '\\') return index + 2
    if (!line.startsWith(quotes, index)) return index + 1
    this.#open = null
    return index + 3
  }

  #outside(line: string, index: number): number {
    const char = line[index]
    if (char === '#') return line.length
    if (char !== SINGLE && char !== DOUBLE) return index + 1
    const quotes = char.repeat(3)
    if (line.startsWith(quotes, index)) {
      this.#open = quotes
      return index + 3
    }
    let end = index + 1
    while (end < line.length && line[end] !== char) end += line[end] === '\\' ? 2 : 1
    return end + 1
  }
}
