import { existsSync, readFileSync } from 'node:fs'
import { type Checkpoint, notesIn } from '../tlog/checkpoint.ts'
import type { KeyRing } from '../tlog/key-ring.ts'
import type { RightEdge } from '../tlog/right-edge.ts'
import type { Problem } from './log-reader.ts'

/** Heads that were told to the outside earlier, which the log must still agree with. */
export class RememberedHeads {
  readonly problems: Problem[] = []
  /** How many were found in the log. */
  matched = 0
  readonly #rest: Checkpoint[]

  constructor(notes: readonly string[], keys: Pick<KeyRing, 'open'>) {
    const heads = notes.map((note) => keys.open(note))
    const unsigned = heads.filter((head) => head === null).length
    if (unsigned > 0)
      this.problems.push({
        index: null,
        problem: `${unsigned} remembered heads are not signed with the key of their time`,
      })
    this.#rest = heads.flatMap((head) => head ?? []).sort((one, other) => one.size - other.size)
  }

  /** Leaves are about to be appended: looks at the heads of the sizes on the way. */
  check(before: RightEdge, leaves: readonly Buffer[]): void {
    const end = before.size + leaves.length
    let edge: RightEdge | null = null
    for (let head = this.#rest[0]; head !== undefined && head.size <= end; head = this.#rest[0]) {
      this.#rest.shift()
      if (head.size < before.size) continue
      edge ??= before.copy()
      edge.append(leaves.slice(edge.size - before.size, head.size - before.size))
      if (edge.root().equals(head.root)) this.matched += 1
      else
        this.problems.push({
          index: head.size,
          problem: `the first ${head.size} entries are not those of a head that was told earlier`,
        })
    }
  }

  /** The log ends here: heads that are left over are of entries that are gone. */
  end(size: number): void {
    for (const head of this.#rest.splice(0))
      this.problems.push({
        index: size,
        problem: `it ends after ${size} entries, and a head that was told earlier has ${head.size}`,
      })
  }
}

/** Heads in a file that they were told to; none where there is no file. */
export function headsIn(file: string | undefined): string[] {
  return file !== undefined && existsSync(file) ? notesIn(readFileSync(file, 'utf8')) : []
}
