import type { EmscriptenFs, FileNode, PyodideModule } from '../pyodide-module.ts'

/** The files that an image adds to Python's file system: an index, and a file with their contents, back to back. */
export interface FileIndex {
  readonly folders: readonly string[]
  readonly files: readonly KeptFile[]
  readonly links: readonly { readonly path: string; readonly target: string }[]
}

interface KeptFile {
  readonly path: string
  readonly mode: number
  readonly size: number
  readonly offset: number
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
  const folders: string[] = []
  const files: KeptFile[] = []
  const links: { path: string; target: string }[] = []
  let offset = 0
  for (const { path: name, stat } of walk(fs, '/')) {
    if (before.get(name) === `${stat.mode} ${stat.size} ${+stat.mtime}`) continue
    if (fs.isLink(stat.mode)) links.push({ path: name, target: fs.readlink(name) })
    else if (fs.isDir(stat.mode)) before.has(name) || folders.push(name)
    else if (fs.isFile(stat.mode)) {
      const bytes = fs.readFile(name)
      for (let at = 0; at < bytes.length; ) at += output.writeSync(bytes.subarray(at))
      files.push({ path: name, mode: stat.mode, size: bytes.length, offset })
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
export function mountFiles({ FS, MEMFS }: PyodideModule, index: FileIndex, contents: FileContents): void {
  const parents = new Map<string, FileNode>()
  const parentOf = (path: string): FileNode => {
    const folder = path.slice(0, path.lastIndexOf('/'))
    let node = parents.get(folder)
    if (node === undefined) {
      node = FS.lookupPath(folder === '' ? '/' : folder).node
      parents.set(folder, node)
    }
    return node
  }
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
  for (const path of index.folders)
    parents.set(path, MEMFS.createNode(parentOf(path), nameOf(path), FOLDER, 0))
  for (const file of index.files) {
    if (FS.analyzePath(file.path).exists) FS.unlink(file.path)
    const node = MEMFS.createNode(parentOf(file.path), nameOf(file.path), file.mode, 0)
    if (file.size > 0) readLater(node as MemoryFile, file.size, () => contents.read(file))
  }
  for (const { path, target } of index.links) FS.symlink(target, path)
}

const FOLDER = 0o40777

interface MemoryFile extends FileNode {
  contents: Uint8Array
  usedBytes: number
}

function readLater(node: MemoryFile, size: number, read: () => Uint8Array): void {
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
