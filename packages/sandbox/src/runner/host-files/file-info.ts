import { denoFiles, SEEK_END } from './deno-files.ts'
import { errno } from './errno.ts'
import type { FileErrors } from './file-errors.ts'
import type { Place, Places } from './places.ts'

const S_IFDIR = 0o040000
const S_IFREG = 0o100000
const S_IFLNK = 0o120000

/** What `stat` answers, as Emscripten writes it to Python's memory. */
export interface FileAttributes {
  readonly dev: number
  readonly ino: number
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly rdev: number
  readonly size: number
  readonly atime: Date
  readonly mtime: Date
  readonly ctime: Date
  readonly blksize: number
  readonly blocks: number
}

/** Says what lies at a place. A link is described itself. What is neither file, folder nor link does not exist here. */
export class FileInfo {
  readonly #places: Places
  readonly #errors: FileErrors

  constructor(places: Places, errors: FileErrors) {
    this.#places = places
    this.#errors = errors
  }

  at(place: Place): FileAttributes {
    if (this.#places.isReadable(place.host)) {
      return this.#errors.turning('allowRead', place.python, () => this.of(denoFiles.lstatSync(place.host)))
    }
    return this.#probe(place)
  }

  of(info: Deno.FileInfo): FileAttributes {
    const mtime = info.mtime ?? new Date(0)
    return {
      dev: info.dev,
      ino: info.ino ?? 0,
      mode: this.#typeOf(info) | ((info.mode ?? 0o755) & 0o777),
      nlink: info.nlink ?? 1,
      uid: 0,
      gid: 0,
      rdev: 0,
      size: info.size,
      atime: info.atime ?? mtime,
      mtime,
      ctime: info.ctime ?? mtime,
      blksize: info.blksize ?? 4096,
      blocks: info.blocks ?? Math.ceil(info.size / 512),
    }
  }

  /** Of a file that may be written and not read: only its size is known. */
  ofSize(size: number): FileAttributes {
    return { ...UNKNOWN, mode: S_IFREG | 0o222, size, blocks: Math.ceil(size / 512) }
  }

  #typeOf(info: Deno.FileInfo): number {
    if (info.isDirectory) return S_IFDIR
    if (info.isFile) return S_IFREG
    if (info.isSymlink) return S_IFLNK
    // Emscripten leaves it out of lists. Opening a pipe would wait for ever.
    throw this.#errors.make(errno('EINVAL'))
  }

  /**
   * What lies where nothing may be read. Deno opens a file that it truncates without following a link at the end, and
   * this length is refused after that and before anything is changed: each kind of thing has its own error.
   */
  #probe(place: Place): FileAttributes {
    try {
      denoFiles.truncateSync(place.host, 2 ** 63)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EISDIR') return { ...UNKNOWN, mode: S_IFDIR | 0o333, size: 4096, blocks: 8 }
      if (code === 'ELOOP') throw this.#errors.refuse('allowRead', place.python)
      if (code !== 'EINVAL') throw this.#errors.turned(error, 'allowWrite', place.python)
    }
    return this.#errors.turning('allowWrite', place.python, () => {
      using file = denoFiles.openSync(place.host, { write: true })
      return this.ofSize(file.seekSync(0, SEEK_END))
    })
  }
}

const EPOCH = new Date(0)
const UNKNOWN = {
  dev: 1,
  ino: 0,
  nlink: 1,
  uid: 0,
  gid: 0,
  rdev: 0,
  atime: EPOCH,
  mtime: EPOCH,
  ctime: EPOCH,
  blksize: 4096,
} as const
