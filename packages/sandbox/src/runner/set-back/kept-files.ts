import type { EmscriptenFs, PyodideModule } from '../pyodide-module.ts'
import { type MemoryNode, walk } from '../session/memory-files.ts'
import { captureOpenFiles, type OpenFiles, restoreOpenFiles } from '../session/open-files.ts'

const KIND = 0o170000
const FILE = 0o100000

/** One file, folder, link or device as it was. */
interface KeptNode {
  readonly node: MemoryNode
  readonly parent: MemoryNode
  readonly name: string
  readonly mode: number
  readonly times: readonly [number, number, number]
  readonly link: string | undefined
  /** The entries of a folder. */
  readonly entries: Readonly<Record<string, MemoryNode>> | null
  /** What stands for the bytes of a file: themselves, or what reads them when they are asked for. */
  readonly contents: unknown
  readonly usedBytes: number | undefined
}

/** A node in the table in which Emscripten finds a name again. */
interface NamedNode extends MemoryNode {
  name_next?: NamedNode | undefined
}

/** The files in memory, and which of them are open. */
export class KeptFiles {
  readonly #module: PyodideModule
  readonly #nodes: readonly KeptNode[]
  readonly #open: OpenFiles
  readonly #nextInode: number

  constructor(module: PyodideModule) {
    this.#module = module
    this.#nodes = [...walk(module.FS.root as MemoryNode)].map(([, node]) => keptOf(node))
    this.#open = captureOpenFiles(module, [])
    this.#nextInode = module.FS.nextInode
  }

  /** Why the files cannot be set back; null where they can. */
  problem(): string | null {
    const changed = this.#nodes.find(({ node, contents, usedBytes, times }) => {
      if ((node.mode & KIND) !== FILE || node.mounted !== null) return false
      return identityOf(node) !== contents || node.usedBytes !== usedBytes || Number(node.ctime) !== times[2]
    })
    return changed === undefined ? null : `the file "${changed.name}" of the image, which was written to`
  }

  restore(): void {
    const { FS } = this.#module
    for (const stream of [...FS.streams]) if (stream) close(FS, stream)
    for (const { node, parent, name, mode, times, link, entries } of this.#nodes) {
      node.parent = parent
      node.name = name
      node.mode = mode
      ;[node.atime, node.mtime, node.ctime] = times
      if (link !== undefined) node.link = link
      if (entries !== null) node.contents = { ...entries }
    }
    this.#restoreNames()
    restoreOpenFiles(this.#module, this.#open, [])
    FS.nextInode = this.#nextInode
  }

  /** Names of other file systems stay in the table as they are. */
  #restoreNames(): void {
    const { FS } = this.#module
    const { mount } = FS.root
    for (let index = 0; index < FS.nameTable.length; index++) {
      const others: NamedNode[] = []
      for (let node = FS.nameTable[index] as NamedNode | undefined; node; node = node.name_next)
        if (node.mount !== mount) others.push(node)
      FS.nameTable[index] = undefined
      for (const node of others) FS.hashAddNode(node)
    }
    for (const { node } of this.#nodes) if (node !== FS.root) FS.hashAddNode(node)
  }
}

function keptOf(node: MemoryNode): KeptNode {
  const { parent, name, mode, atime, mtime, ctime, link, usedBytes } = node
  const contents = identityOf(node)
  const isFolder = node.mounted === null && typeof contents === 'object' && !ArrayBuffer.isView(contents)
  return {
    node,
    parent,
    name,
    mode,
    times: [Number(atime), Number(mtime), Number(ctime)],
    link,
    entries: isFolder && contents !== null ? { ...(contents as Record<string, MemoryNode>) } : null,
    contents,
    usedBytes,
  }
}

/** Files of an image are read lazily, on first use; this code must not trigger that. */
function identityOf(node: MemoryNode): unknown {
  const own = Object.getOwnPropertyDescriptor(node, 'contents')
  return own?.get ?? own?.value
}

/** Files of the host too, which would stay open there. */
function close(FS: EmscriptenFs, stream: EmscriptenFs['streams'][number] & object): void {
  try {
    FS.close(stream)
  } catch {
    // What could not be closed is let go of.
  }
}
