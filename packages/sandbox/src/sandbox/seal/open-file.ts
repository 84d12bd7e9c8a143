import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { hasCode } from 'agentchat-sandbox-base/disk/error-code'

/** A file that is open for reading. */
export interface OpenFile extends AsyncDisposable {
  readonly handle: FileHandle
  /** In bytes, when it was opened. */
  readonly size: number
}

/**
 * Opens a file for reading, and only a file: a link that somebody put in its place is not followed, and a pipe does not
 * make us wait. Null when there is something else; throws what the file system throws.
 */
export async function openFile(path: string): Promise<OpenFile | null> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  let handle: FileHandle
  try {
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    // EMLINK: what FreeBSD says of a link.
    if (hasCode(error, 'ELOOP', 'EMLINK', 'EISDIR', 'ENXIO')) return null
    throw error
  }
  const stats = await handle.stat()
  if (stats.isFile()) return { handle, size: stats.size, [Symbol.asyncDispose]: () => handle.close() }
  await handle.close()
  return null
}
