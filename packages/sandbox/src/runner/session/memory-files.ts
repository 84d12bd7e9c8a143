import type { FileNode, PyodideModule } from '../pyodide-module.ts'

/** A node of the file system in memory. */
export interface MemoryNode extends FileNode {
  parent: MemoryNode
  atime: number
  mtime: number
  ctime: number
  /** Of a folder its entries, of a file its bytes (of which the first `usedBytes` count), with a sign or without. */
  contents?: Record<string, MemoryNode> | Uint8Array | Int8Array
  usedBytes?: number
  link?: string
}

/** A file, folder or link that differs from those of a fresh worker. */
export interface NodeRecord {
  /** Null for a file that is open and has no name any more. */
  readonly path: string | null
  readonly mode: number
  /** When it was read, written and changed, in milliseconds. */
  readonly times: readonly [number, number, number]
  /** Bytes of a file. */
  readonly size: number
  /** Where a link leads to. */
  readonly link: string | null
}

/** What stands in the file system in memory and is not what a fresh worker has. */
export interface FileRecords {
  readonly nodes: readonly NodeRecord[]
  /** What a fresh worker has and this one has not; folders after what was in them. */
  readonly removed: readonly string[]
}

interface Fact {
  readonly node: MemoryNode
  readonly contents: unknown
  readonly stamp: string
}

/** The nodes of a fresh worker, by path. */
export type FreshFiles = ReadonlyMap<string, Fact>

const KIND = 0o170000
const FOLDER = 0o040000
const FILE = 0o100000
const LINK = 0o120000

/** Notes what a worker has before code of a session runs. */
export function noteFiles(root: MemoryNode): FreshFiles {
  const facts = new Map<string, Fact>()
  for (const [path, node] of walk(root)) facts.set(path, factOf(node))
  return facts
}

/** Every node with its path, folders before what is in them; what is mounted is not entered. */
export function* walk(node: MemoryNode, path = '/'): Generator<[string, MemoryNode]> {
  yield [path, node]
  if (kindOf(node) !== FOLDER || node.mounted !== null) return
  for (const [name, child] of Object.entries(entriesOf(node)))
    yield* walk(child, path === '/' ? `/${name}` : `${path}/${name}`)
}

/** Is it a file whose bytes lie in JavaScript's memory? */
export function isMemoryFile(node: MemoryNode): boolean {
  return kindOf(node) === FILE && ArrayBuffer.isView(node.contents)
}

/**
 * Describes what is new, changed or gone, and gives the bytes of the files. `orphans` are open files without a name.
 * @throws Error naming what cannot be kept
 */
export function captureFiles(
  root: MemoryNode,
  fresh: FreshFiles,
  orphans: readonly MemoryNode[],
): { readonly records: FileRecords; readonly contents: Uint8Array[] } {
  const nodes: NodeRecord[] = []
  const contents: Uint8Array[] = []
  const add = (path: string | null, node: MemoryNode) => {
    const bytes = bytesOf(node)
    if (bytes !== null) contents.push(bytes)
    nodes.push(recordOf(path, node, bytes?.length ?? 0))
  }
  const seen = new Set<string>()
  for (const [path, node] of walk(root)) {
    seen.add(path)
    if (isUnchanged(fresh.get(path), node)) continue
    if (![FOLDER, FILE, LINK].includes(kindOf(node))) throw new Error(`the device "${path}"`)
    add(path, node)
  }
  for (const node of orphans) add(null, node)
  const removed = [...fresh.keys()].filter((path) => !seen.has(path)).reverse()
  return { records: { nodes, removed }, contents }
}

/** Makes the file system what it was. `contents` are the bytes of the files, in order. Gives the files without a name. */
export function restoreFiles(
  module: PyodideModule,
  { nodes, removed }: FileRecords,
  contents: readonly Uint8Array[],
): MemoryNode[] {
  const tree = new Tree(module)
  for (const path of removed) tree.remove(path)
  const made: [MemoryNode, NodeRecord][] = []
  const orphans: MemoryNode[] = []
  let file = 0
  for (const record of nodes) {
    const node = record.path === null ? tree.makeOrphan(record.mode) : tree.make(record.path, record.mode)
    const bytes = (record.mode & KIND) === FILE ? contents[file++] : undefined
    if (node === null) continue
    if (bytes !== undefined) Object.assign(node, { contents: bytes, usedBytes: bytes.length })
    if (record.link !== null) node.link = record.link
    if (record.path === null) orphans.push(node)
    made.push([node, record])
  }
  // Making a file changes its folder.
  for (const [node, { times }] of made) [node.atime, node.mtime, node.ctime] = times
  return orphans
}

/** Changes the file system in memory without asking anybody: what is mounted into it is never touched. */
class Tree {
  readonly #module: PyodideModule
  readonly #root: MemoryNode

  constructor(module: PyodideModule) {
    this.#module = module
    this.#root = module.FS.root as MemoryNode
  }

  remove(path: string): void {
    const [parent, name] = this.#lookUp(path)
    if (parent === null || !Object.hasOwn(entriesOf(parent), name)) return
    const node = entriesOf(parent)[name] as MemoryNode
    if (node.mounted !== null || (kindOf(node) === FOLDER && Object.keys(entriesOf(node)).length > 0)) return
    this.#module.FS.hashRemoveNode(node)
    delete entriesOf(parent)[name]
  }

  /** Null where the files of the host lie now. */
  make(path: string, mode: number): MemoryNode | null {
    if (path === '/') return this.#root
    const [parent, name] = this.#lookUp(path)
    if (parent === null) return null
    const before = Object.hasOwn(entriesOf(parent), name) ? entriesOf(parent)[name] : undefined
    if (before !== undefined && before.mounted !== null) return null
    if (before !== undefined && kindOf(before) === (mode & KIND)) {
      before.mode = mode
      return before
    }
    if (before !== undefined) this.remove(path)
    return this.#module.MEMFS.createNode(parent, name, mode, 0) as MemoryNode
  }

  makeOrphan(mode: number): MemoryNode {
    const node = this.#module.MEMFS.createNode(this.#root, '.unnamed', mode, 0) as MemoryNode
    this.#module.FS.hashRemoveNode(node)
    delete entriesOf(this.#root)['.unnamed']
    return node
  }

  #lookUp(path: string): [MemoryNode | null, string] {
    const names = path.split('/').slice(1)
    const name = names.pop() ?? ''
    if (!path.startsWith('/') || [...names, name].some((each) => ['', '.', '..', '__proto__'].includes(each)))
      throw new Error(`there can be no file "${path}"`)
    let node: MemoryNode | null = this.#root
    for (const each of names) {
      const next: MemoryNode | undefined = Object.hasOwn(entriesOf(node), each)
        ? entriesOf(node)[each]
        : undefined
      if (next === undefined) throw new Error(`there is no folder for "${path}"`)
      if (next.mounted !== null) return [null, name]
      if (kindOf(next) !== FOLDER) throw new Error(`there is no folder for "${path}"`)
      node = next
    }
    return [node, name]
  }
}

function kindOf({ mode }: FileNode): number {
  return mode & KIND
}

function entriesOf(node: MemoryNode): Record<string, MemoryNode> {
  const { contents } = node
  return contents === undefined || ArrayBuffer.isView(contents) ? {} : contents
}

function bytesOf(node: MemoryNode): Uint8Array | null {
  if (kindOf(node) !== FILE) return null
  const { contents, usedBytes = 0 } = node
  if (!ArrayBuffer.isView(contents)) return new Uint8Array()
  return new Uint8Array(contents.buffer, contents.byteOffset, usedBytes).slice()
}

/** What writing, renaming and changing modes leave behind; reading does not. */
function factOf(node: MemoryNode): Fact {
  const { mode, mtime, ctime, usedBytes, link } = node
  const stamp = [mode, Number(mtime), Number(ctime), usedBytes, link].join(' ')
  return { node, contents: identityOf(node), stamp }
}

/** Changes when the bytes are replaced. Files of an image are read lazily, on first use; this code must not trigger that. */
function identityOf(node: MemoryNode): unknown {
  const own = Object.getOwnPropertyDescriptor(node, 'contents')
  if (own?.get !== undefined) return own.get
  return ArrayBuffer.isView(own?.value) ? own.value : null
}

function isUnchanged(before: Fact | undefined, node: MemoryNode): boolean {
  if (before === undefined) return false
  const now = factOf(node)
  return before.node === node && before.contents === now.contents && before.stamp === now.stamp
}

function recordOf(path: string | null, node: MemoryNode, size: number): NodeRecord {
  const { mode, atime, mtime, ctime, link } = node
  return { path, mode, times: [Number(atime), Number(mtime), Number(ctime)], size, link: link ?? null }
}
