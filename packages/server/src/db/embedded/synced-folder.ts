import { closeSync, fsync, fsyncSync, openSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** When what was written is on the disk itself: before it is answered, or a moment after. */
export type DatabaseSync = 'commit' | 'soon'

/** How long after a commit its log is synced at the latest. */
const SOON_MS = 50
const EIO = 29

/**
 * One process answers one query at a time, and the system keeps pages of files in memory anyway: what PostgreSQL takes
 * for a server of its own would be 120 MiB more.
 */
const SMALL = ['shared_buffers=16MB', 'wal_buffers=1MB', 'maintenance_work_mem=16MB', 'max_connections=5']

/** What is used of the file system below PGlite, and is not in its types. */
interface NodeFiles {
  readonly stream_ops: { fsync?: (stream: { readonly node: unknown; readonly nfd: number }) => number }
  realPath(node: unknown): string
}

/** How what was written to an open file is brought to the disk. */
export interface Disk {
  /** @throws Error */
  syncNow(descriptor: number): void
  sync(descriptor: number, done: (error: NodeJS.ErrnoException | null) => void): void
}

const DISK: Disk = { syncNow: fsyncSync, sync: fsync }

/** What else there is to say of a folder. */
export interface SyncedFolderOptions {
  readonly disk?: Disk
  /** The log goes on in another file, of 16 MB. */
  readonly onLogFile?: () => void
}

/** Files of an embedded database that come to rest on the disk. */
export interface SyncedFolder extends Disposable {
  readonly fs: NodeFS
  readonly startParams: string[]
}

/**
 * PGlite asks nobody to sync what it writes: it survives the end of its process, and not a power cut. With this it does.
 * The log of what was committed is synced, by `sync` before the commit returns or at most 50 ms after it, off the
 * thread; every other file at once, after the log.
 */
export function syncedFolder(
  folder: string,
  sync: DatabaseSync,
  { disk = DISK, onLogFile = () => {} }: SyncedFolderOptions = {},
): SyncedFolder {
  const fs = new NodeFS(folder)
  const log = new LogSync(disk)
  let logFile: string | null = null
  const init = fs.init.bind(fs)
  fs.init = async (...args) => {
    const made = await init(...args)
    const hook = ({ NODEFS: files }: { readonly NODEFS: unknown }) => {
      if (!isNodeFiles(files))
        throw new TypeError('Cannot sync the database: PGlite keeps its files otherwise now')
      files.stream_ops.fsync = (stream) => {
        const path = files.realPath(stream.node)
        const isLog = /[\\/]pg_wal[\\/][0-9A-F]{24}$/.test(path)
        if (isLog && path !== logFile) {
          if (logFile !== null) onLogFile()
          logFile = path
        }
        try {
          if (isLog && sync === 'soon') log.syncSoon(path)
          else {
            log.syncNow()
            disk.syncNow(stream.nfd)
          }
          return 0
        } catch {
          return EIO
        }
      }
    }
    made.emscriptenOpts.preRun = [...(made.emscriptenOpts.preRun ?? []), hook]
    return made
  }
  return {
    fs,
    // "-F" is what turns it off. The default way to sync the log is one that Emscripten knows nothing of.
    startParams: [
      ...PGlite.defaultStartParams.filter((each) => each !== '-F'),
      '-c',
      'wal_sync_method=fsync',
      ...SMALL.flatMap((setting) => ['-c', setting]),
    ],
    [Symbol.dispose]: () => log[Symbol.dispose](),
  }
}

function isNodeFiles(files: unknown): files is NodeFiles {
  if (typeof files !== 'object' || files === null || !('stream_ops' in files)) return false
  return 'realPath' in files && typeof files.realPath === 'function' && typeof files.stream_ops === 'object'
}

/** Syncs the newest file of the log, a moment after it was asked for. */
class LogSync implements Disposable {
  readonly #disk: Disk
  #path = ''
  #descriptor: number | null = null
  #timer: NodeJS.Timeout | null = null
  #failure: Error | null = null

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** @throws Error what a sync before this one failed with: what was promised is not kept */
  syncSoon(path: string): void {
    if (this.#failure !== null) throw this.#failure
    if (path !== this.#path) {
      this[Symbol.dispose]()
      // A descriptor of its own: the database closes its one when it likes.
      this.#descriptor = openSync(path, 'r+')
      this.#path = path
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      if (this.#descriptor !== null)
        this.#disk.sync(this.#descriptor, (error) => {
          if (error !== null && error.code !== 'EBADF') this.#failure = error
        })
    }, SOON_MS)
  }

  /** Syncs now what was to be synced soon. */
  syncNow(): void {
    if (this.#timer === null || this.#descriptor === null) return
    clearTimeout(this.#timer)
    this.#timer = null
    this.#disk.syncNow(this.#descriptor)
  }

  /** Syncs what is left, and lets go of the file. */
  [Symbol.dispose](): void {
    this.syncNow()
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
    this.#path = ''
  }
}
