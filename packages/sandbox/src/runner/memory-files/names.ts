import type { EmscriptenFs, PyodideModule } from '../pyodide-module.ts'
import type { MemoryNode } from './memory-file-system.ts'

/** As on Linux, in bytes: a longer name could not be put on a disk of the host. */
const MAX_NAME_BYTES = 255
/** Emscripten's number of ENAMETOOLONG. */
const ENAMETOOLONG = 37

/** Refuses names of files, folders and links that Linux does not take either. */
export function boundNames({ FS }: Pick<PyodideModule, 'FS'>): void {
  const { node } = FS.filesystems.MEMFS.ops_table.dir
  const { mknod, symlink, rename } = node
  const encoder = new TextEncoder()
  const check = (fs: EmscriptenFs, name: string): string => {
    // No character has more than three bytes for each of its units.
    if (name.length * 3 > MAX_NAME_BYTES && encoder.encode(name).length > MAX_NAME_BYTES)
      throw new fs.ErrnoError(ENAMETOOLONG)
    return name
  }
  node.mknod = (parent, name, mode, device) => mknod(parent, check(FS, name), mode, device)
  node.symlink = (parent, name, target) => symlink(parent, check(FS, name), target)
  node.rename = (old: MemoryNode, folder: MemoryNode, name: string) => rename(old, folder, check(FS, name))
}
