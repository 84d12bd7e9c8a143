import { createReadStream } from 'node:fs'
import { TILE_WIDTH } from '../tlog/right-edge.ts'
import type { EntryColumns } from '../verify/log-reader.ts'

/** Reads the columns of an export in their order, a bundle at a time: a log may be larger than memory. */
export class ColumnLines {
  readonly #path: string
  #parts: AsyncGenerator<EntryColumns[], void, void> | null = null
  #part: EntryColumns[] = []
  #at = 0
  #asked = 0

  constructor(path: string) {
    this.#path = path
  }

  /** The columns from an index on that are of one bundle; none at the end. Begins anew for an index before the last one. */
  async bundleFrom(index: number): Promise<EntryColumns[]> {
    if (this.#parts === null || index < this.#asked) {
      await this.#parts?.return()
      this.#parts = partsOf(this.#path)
      this.#part = []
    }
    this.#asked = index
    const found: EntryColumns[] = []
    for (let next = await this.#peek(); next !== null; next = this.#part[this.#at] ?? (await this.#peek())) {
      const [first = next] = found
      if (Math.floor(next.index / TILE_WIDTH) !== Math.floor(first.index / TILE_WIDTH)) break
      this.#at += 1
      if (next.index >= index) found.push(next)
    }
    return found
  }

  async #peek(): Promise<EntryColumns | null> {
    while (this.#at >= this.#part.length) {
      const { value, done } = (await this.#parts?.next()) ?? { value: undefined, done: true }
      if (done || value === undefined) return null
      this.#part = value
      this.#at = 0
    }
    return this.#part[this.#at] ?? null
  }
}

async function* partsOf(path: string): AsyncGenerator<EntryColumns[], void, void> {
  let rest = ''
  for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: 2 ** 17 })) {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    // What is no column of an entry is found when it is compared with what the entry says.
    yield lines.map((line) => JSON.parse(line) as EntryColumns)
  }
}
