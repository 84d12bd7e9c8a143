import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LockHeldError, nameOf, takeLockWhenKnown } from 'agentchat-sandbox-base/disk/lock'

/** Another process has this data folder open. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  readonly code = 'folder-in-use'
  readonly folder: string
  readonly pid: number | null
  constructor(folder: string, pid: number | null) {
    super(
      `Cannot use the data folder "${folder}": ${nameOf(pid)} has it open; end that one, ` +
        'or set AGENTCHAT_DATA_DIR to another folder',
    )
    this.folder = folder
    this.pid = pid
  }
}

/**
 * Makes a folder, and takes it for this process until it is disposed or the process ends. Waits, for a minute at most,
 * while nobody can tell whether the process of another container that has it still lives.
 * @throws FolderInUseError
 */
export async function takeDataFolder(folder: string, onWait: () => void): Promise<Disposable> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    return await takeLockWhenKnown(join(folder, 'service.lock'), onWait)
  } catch (error) {
    if (error instanceof LockHeldError) throw new FolderInUseError(folder, error.pid)
    throw error
  }
}
