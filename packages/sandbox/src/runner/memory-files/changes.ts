import type { FileChange } from '../../protocol/runner-messages.ts'
import type { EmscriptenFs } from '../pyodide-module.ts'
import type { MemoryNode } from './memory-file-system.ts'
import { fileAt, filesBelow, kindOf, nodeAt, sizeOf } from './memory-node.ts'

/** Longest path that is reported, the most changes, and the length of all their paths together: what the host takes. */
const MAX_PATH_CHARS = 5000
const MAX_CHANGES = 10_000
const MAX_ALL_CHARS = 300_000

/** What became of files, as far as the host takes it, and how many changes are left out. */
export interface FoundChanges {
  readonly files: readonly FileChange[]
  readonly dropped: number
}

/** Finds out what became of the files of the working folder while code ran. */
export class Changes {
  readonly #fs: EmscriptenFs
  readonly #folder: string
  readonly #before = new Map<string, { readonly id: number; readonly size: number }>()
  #begun = 0

  constructor(fs: EmscriptenFs, folder: string) {
    this.#fs = fs
    this.#folder = folder
  }

  /** A run begins. */
  begin(): void {
    this.#begun = Date.now()
    this.#before.clear()
    for (const [path, node] of this.#files()) {
      this.#before.set(path, { id: node.id, size: sizeOf(node) })
      // A write in this very millisecond must be seen.
      if (node.ctime >= this.#begun) node.ctime = this.#begun - 1
    }
  }

  /** What was created, changed and deleted since. */
  find(): FoundChanges {
    const changes: FileChange[] = []
    const gone = new Set(this.#before.keys())
    for (const [path, node] of this.#files()) {
      gone.delete(path)
      const before = this.#before.get(path)
      const size = sizeOf(node)
      if (before === undefined) changes.push({ path, size, change: 'created' })
      else if (before.id !== node.id || before.size !== size || node.ctime >= this.#begun) {
        changes.push({ path, size, change: 'changed' })
      }
    }
    for (const path of gone) changes.push({ path, size: 0, change: 'deleted' })
    return within(changes)
  }

  *#files(): Generator<[string, MemoryNode]> {
    let folder: MemoryNode
    try {
      folder = nodeAt(this.#fs, this.#folder)
    } catch {
      // The code removed the folder itself.
      return
    }
    for (const [path, node] of filesBelow(folder)) {
      const file = kindOf(node) === 'link' ? this.#behind(`${this.#folder}/${path}`) : node
      if (file !== null && kindOf(file) === 'file') yield [path, file]
    }
  }

  /** What a link leads to, as far as it lies in memory. */
  #behind(path: string): MemoryNode | null {
    try {
      const node = fileAt(this.#fs, path)
      return ArrayBuffer.isView(node.contents) ? node : null
    } catch {
      // It leads nowhere, or in a circle.
      return null
    }
  }
}

function within(changes: readonly FileChange[]): FoundChanges {
  let left = MAX_ALL_CHARS
  const files = changes.slice(0, MAX_CHANGES).filter(({ path }) => {
    if (path.length > MAX_PATH_CHARS) return false
    left -= path.length
    return left >= 0
  })
  return { files, dropped: changes.length - files.length }
}
