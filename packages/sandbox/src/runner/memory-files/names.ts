import type { EmscriptenFs, PyodideModule } from '../pyodide-module.ts'
import type { MemoryNode } from './memory-file-system.ts'

/** As on Linux, in bytes: a longer name could not be put on a disk of the host. */
const MAX_NAME_BYTES = 255
/** Emscripten's numbers of errors. */
const EBUSY = 10
const EEXIST = 20
const EINVAL = 28
const EISDIR = 31
const ENAMETOOLONG = 37
const ENOTEMPTY = 55

/** Refuses names of files, folders and links that Linux does not take either. */
export function boundNames({ FS }: Pick<PyodideModule, 'FS'>): void {
  const { node } = FS.filesystems.MEMFS.ops_table.dir
  const { lookup, mknod, symlink, rename } = node
  const encoder = new TextEncoder()
  const check = (fs: EmscriptenFs, name: string): string => {
    // No character has more than three bytes for each of its units.
    if (name.length * 3 > MAX_NAME_BYTES && encoder.encode(name).length > MAX_NAME_BYTES)
      throw new fs.ErrnoError(ENAMETOOLONG)
    return name
  }
  const checkNew = (fs: EmscriptenFs, name: string): string => {
    if (name === '.' || name === '..') throw new fs.ErrnoError(EEXIST)
    return check(fs, name)
  }
  node.lookup = (parent, name) => lookup(parent, check(FS, name))
  node.mknod = (parent, name, mode, device) => mknod(parent, checkNew(FS, name), mode, device)
  node.symlink = (parent, name, target) => symlink(parent, checkNew(FS, name), target)
  node.rename = (old: MemoryNode, folder: MemoryNode, name: string) => rename(old, folder, check(FS, name))
  boundOwnNames(FS)
}

/**
 * No folder is removed or renamed by the name that it has in itself, or in one of its own; Emscripten says that nothing is
 * there.
 */
function boundOwnNames(fs: EmscriptenFs): void {
  const { unlink, rmdir, rename } = fs
  fs.unlink = (path) => {
    if (/(?:^|\/)\.\.?$/.test(path)) throw new fs.ErrnoError(EISDIR)
    return unlink(path)
  }
  fs.rmdir = (path) => {
    if (/(?:^|\/)\.\.$/.test(path)) throw new fs.ErrnoError(ENOTEMPTY)
    if (/(?:^|\/)\.$/.test(path)) throw new fs.ErrnoError(EINVAL)
    return rmdir(path)
  }
  fs.rename = (from, to) => {
    for (const path of [from, to]) if (/(?:^|\/)\.\.?\/*$/.test(path)) throw new fs.ErrnoError(EBUSY)
    rename(from, to)
  }
}
