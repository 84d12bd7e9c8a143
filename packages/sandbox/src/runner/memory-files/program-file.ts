import type { EmscriptenFs, FileNode, PyodideModule } from '../pyodide-module.ts'
import type { MemoryNode } from './memory-file-system.ts'

const FILE = 0o100644

interface FolderOperations {
  lookup(parent: FileNode, name: string): FileNode
}

/**
 * The file in which a program is said to stand. It is made when somebody looks it up by its name, so that a program that
 * does not ask for it finds an empty folder, and is gone after the run, unless the program has changed it.
 */
export class ProgramFile {
  readonly #fs: EmscriptenFs
  readonly #memory: PyodideModule['MEMFS']
  readonly #path: string
  #name: string | null = null
  #source = ''
  #made: { readonly node: MemoryNode; readonly changed: number } | null = null

  constructor({ FS, MEMFS }: Pick<PyodideModule, 'FS' | 'MEMFS'>, folder: string) {
    this.#fs = FS
    this.#memory = MEMFS
    this.#path = folder
    this.#watch()
  }

  /** A run of this source begins, whose file has no name yet. */
  begin(source: string): void {
    this.#source = source
  }

  /** Gives the file this name, or another one where there is such a file. */
  place(wanted: string): string {
    const [stem] = wanted.split('.')
    let name = wanted
    for (let number = 1; this.#fs.analyzePath(`${this.#path}/${name}`).exists; number += 1) {
      name = `${stem}_${number}.py`
    }
    this.#name = name
    return name
  }

  /** The run has ended. */
  end(): void {
    const made = this.#made
    this.#name = null
    this.#source = ''
    this.#made = null
    if (made === null || made.node.ctime !== made.changed) return
    const { parent, name } = made.node as unknown as FileNode
    const { contents } = parent as unknown as MemoryNode
    if (contents === undefined || ArrayBuffer.isView(contents) || contents[name] !== made.node) return
    this.#fs.hashRemoveNode(made.node as unknown as FileNode)
    delete contents[name]
  }

  #watch(): void {
    const { node } = this.#fs.lookupPath(this.#path)
    // Files of the host lie there, if it is granted: nothing may be put among them.
    if ((node as unknown as MemoryNode).contents === undefined) return
    const operations = node.node_ops as FolderOperations
    node.node_ops = {
      ...operations,
      lookup: (parent: FileNode, name: string) =>
        parent === node && name === this.#name ? this.#make(parent, name) : operations.lookup(parent, name),
    }
  }

  #make(parent: FileNode, name: string): FileNode {
    this.#name = null
    const node = this.#memory.createNode(parent, name, FILE, 0)
    const contents = new TextEncoder().encode(this.#source)
    // A write in this very millisecond must be seen.
    const changed = Date.now() - 1
    const file = Object.assign(node as unknown as MemoryNode, {
      contents,
      usedBytes: contents.length,
      ctime: changed,
    })
    this.#made = { node: file, changed }
    return node
  }
}
