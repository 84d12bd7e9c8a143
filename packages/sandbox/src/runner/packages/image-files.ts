import type { EmscriptenFs, FileNode, PyodideModule } from '../pyodide-module.ts'

/** The files that an image adds to Python's file system: an index, and a file with their contents, back to back. */
export interface FileIndex {
  /** Those that are new, or have new entries; each above what is in it. */
  readonly folders: readonly { readonly path: string; readonly mtime: number }[]
  readonly files: readonly KeptFile[]
  readonly links: readonly { readonly path: string; readonly target: string }[]
}

interface KeptFile {
  readonly path: string
  readonly mode: number
  readonly size: number
  readonly offset: number
  /** In milliseconds, the same in every worker. */
  readonly mtime: number
}

/** Made by Emscripten or by the runner at each start, or of no use later. */
const NOT_KEPT = new Set(['/dev', '/proc', '/tmp'])

/** The paths of everything in Python's file system, with a mark that changes with the contents. */
export function listFiles(fs: EmscriptenFs): Map<string, string> {
  const marks = new Map<string, string>()
  for (const { path, stat } of walk(fs, '/')) marks.set(path, `${stat.mode} ${stat.size} ${+stat.mtime}`)
  return marks
}

/** Writes the files that are new or changed since `before` to `path` and gives their index. */
export function writeFiles(fs: EmscriptenFs, before: ReadonlyMap<string, string>, path: string): FileIndex {
  using output = Deno.openSync(path, { write: true, createNew: true })
  const folders: { path: string; mtime: number }[] = []
  const files: KeptFile[] = []
  const links: { path: string; target: string }[] = []
  let offset = 0
  for (const { path: name, stat } of walk(fs, '/')) {
    if (before.get(name) === `${stat.mode} ${stat.size} ${+stat.mtime}`) continue
    if (fs.isLink(stat.mode)) links.push({ path: name, target: fs.readlink(name) })
    else if (fs.isDir(stat.mode)) folders.push({ path: name, mtime: +stat.mtime })
    else if (fs.isFile(stat.mode)) {
      const bytes = fs.readFile(name)
      for (let at = 0; at < bytes.length; ) at += output.writeSync(bytes.subarray(at))
      files.push({ path: name, mode: stat.mode, size: bytes.length, offset, mtime: +stat.mtime })
      offset += bytes.length
    }
  }
  return { folders, files, links }
}

function* walk(
  fs: EmscriptenFs,
  folder: string,
): Generator<{ path: string; stat: ReturnType<typeof fs.lstat> }> {
  for (const name of fs.readdir(folder)) {
    if (name === '.' || name === '..') continue
    const path = folder === '/' ? `/${name}` : `${folder}/${name}`
    if (NOT_KEPT.has(path)) continue
    const stat = fs.lstat(path)
    yield { path, stat }
    if (fs.isDir(stat.mode)) yield* walk(fs, path)
  }
}

/** Reads parts of the file that `writeFiles` wrote. Stays open as long as the worker lives. */
export class FileContents {
  readonly #file: Deno.FsFile

  constructor(path: string) {
    this.#file = Deno.openSync(path)
  }

  read({ offset, size }: { readonly offset: number; readonly size: number }): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size)
    this.#file.seekSync(offset, 0)
    for (let at = 0; at < size; ) {
      const count = this.#file.readSync(bytes.subarray(at))
      if (count === null) throw new Error('Cannot read a file of the image: it is cut')
      at += count
    }
    return bytes
  }
}

/** Puts the files into Python's file system. Contents are read when they are first asked for. */
export function mountFiles(module: PyodideModule, index: FileIndex, contents: FileContents): void {
  const { FS, MEMFS } = module
  const folders = new Map<string, MemoryNode>()
  const folderAt = (path: string): MemoryNode => {
    const known = folders.get(path)
    if (known !== undefined) return known
    FS.mkdirTree(path)
    const node = FS.lookupPath(path).node as MemoryNode
    folders.set(path, node)
    return node
  }
  for (const { path } of index.folders) folderAt(path)
  for (const file of index.files) {
    const cut = file.path.lastIndexOf('/')
    const [folder, name] = [folderAt(file.path.slice(0, cut) || '/'), file.path.slice(cut + 1)]
    if (Object.hasOwn(folder.contents, name)) FS.unlink(file.path)
    const node = MEMFS.createNode(folder, name, file.mode, 0) as MemoryNode
    setTime(node, file.mtime)
    if (file.size > 0) readLater(node, file.size, () => contents.read(file))
  }
  for (const { path, target } of index.links) FS.symlink(target, path)
  // Last: making something in a folder changes its time. Python compares it with what it has noted of the folder.
  for (const { path, mtime } of index.folders) setTime(folderAt(path), mtime)
}

function setTime(node: MemoryNode, time: number): void {
  node.atime = time
  node.mtime = time
  node.ctime = time
}

/** A file or a folder in memory; `contents` of a folder are its entries. */
interface MemoryNode extends FileNode {
  contents: object
  usedBytes: number
  atime: number
  mtime: number
  ctime: number
}

function readLater(node: MemoryNode, size: number, read: () => Uint8Array): void {
  node.usedBytes = size
  let contents: Uint8Array | null = null
  Object.defineProperty(node, 'contents', {
    configurable: true,
    enumerable: true,
    get: () => (contents ??= read()),
    set: (value: Uint8Array) => {
      contents = value
    },
  })
}
