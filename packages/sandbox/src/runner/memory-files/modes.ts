import type { PyodideModule } from '../pyodide-module.ts'

/** What new files and folders are not open to: their mode is 644 or 755, as it mostly is on Linux. */
export const UMASK = 0o022

/** Takes the bits of the mask from the modes of new files and folders in memory, which Emscripten leaves. */
export function boundModes({ FS }: Pick<PyodideModule, 'FS'>): void {
  const { node } = FS.filesystems.MEMFS.ops_table.dir
  const { mknod } = node
  const { open } = FS
  const made = new Set<object>()
  node.mknod = (parent, name, mode, device) => {
    const added = mknod(parent, name, mode & ~UMASK, device)
    made.add(added)
    return added
  }
  // What it makes is given its mode once more.
  FS.open = (path, flags, mode) => {
    made.clear()
    const stream = open(path, flags, mode)
    if (made.has(stream.node)) stream.node.mode &= ~UMASK
    made.clear()
    return stream
  }
}
