import type { EmscriptenFs, PyodideModule } from '../pyodide-module.ts'
import type { MemoryFileSystem, MemoryNode } from './memory-file-system.ts'
import { filesBelow, nodeAt, reserve, sizeOf } from './memory-node.ts'

/** Emscripten's number of ENOSPC. */
const ENOSPC = 51
/** Addresses that are set aside for one large file, in which it can grow without being copied. */
const MAX_RESERVED_BYTES = 2 ** 30

/** Files and how much is in them. */
export interface FileCount {
  readonly bytes: number
  readonly files: number
}

/**
 * Bounds what Python keeps in files in memory, which its own memory limit does not see: past it a write fails with "No
 * space left on device". Hardening, as everything in the worker; the host's watch of the process is what holds.
 */
export class FileQuota {
  readonly #fs: EmscriptenFs
  /** What there is that does not count: files of the image, and of packages that were installed. */
  #exempt: FileCount
  readonly #image: FileCount
  #maxBytes = Number.POSITIVE_INFINITY
  #maxFiles = Number.POSITIVE_INFINITY
  #bytes = 0
  #files = 0

  constructor({ FS }: PyodideModule) {
    this.#fs = FS
    this.#exempt = this.#count()
    this.#image = this.#exempt
    this.#install(FS.filesystems.MEMFS.ops_table)
  }

  /** Limits from now on. */
  set(maxBytes: number, maxFiles: number): void {
    this.#maxBytes = maxBytes
    this.#maxFiles = maxFiles
  }

  /** What is not counted beside the image: it goes with a session from worker to worker. */
  get exempt(): FileCount {
    return { bytes: this.#exempt.bytes - this.#image.bytes, files: this.#exempt.files - this.#image.files }
  }

  set exempt({ bytes, files }: FileCount) {
    this.#exempt = { bytes: this.#image.bytes + bytes, files: this.#image.files + files }
    this.recount()
  }

  /** What is made meanwhile is neither counted nor bounded. */
  without<Value>(action: () => Value): Value {
    const [maxBytes, maxFiles, before] = [this.#maxBytes, this.#maxFiles, this.#count()]
    this.set(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
    try {
      return action()
    } finally {
      const after = this.#count()
      const { bytes, files } = this.#exempt
      this.#exempt = { bytes: bytes + after.bytes - before.bytes, files: files + after.files - before.files }
      this.recount()
      this.set(maxBytes, maxFiles)
    }
  }

  #install({ file, dir }: MemoryFileSystem['ops_table']): void {
    const { write } = file.stream
    file.stream.write = (stream, buffer, offset, length, position, canOwn) => {
      this.#grow(position + length - stream.node.usedBytes)
      this.#reserve(stream.node, position + length)
      return write(stream, buffer, offset, length, position, canOwn)
    }
    const { setattr } = file.node
    file.node.setattr = (node, attributes) => {
      if (attributes.size !== undefined) this.#grow(attributes.size - node.usedBytes)
      setattr(node, attributes)
    }
    const { mknod, symlink } = dir.node
    dir.node.mknod = (parent, name, mode, device) => {
      this.#addFile()
      return mknod(parent, name, mode, device)
    }
    dir.node.symlink = (parent, name, target) => {
      this.#addFile()
      return symlink(parent, name, target)
    }
  }

  #reserve(node: MemoryNode, size: number): void {
    try {
      reserve(node, size, Math.min(this.#maxBytes, MAX_RESERVED_BYTES))
    } catch {
      throw new this.#fs.ErrnoError(ENOSPC)
    }
  }

  #grow(bytes: number): void {
    if (bytes <= 0) return
    if (this.#bytes + bytes > this.#maxBytes) this.recount()
    if (this.#bytes + bytes > this.#maxBytes) throw new this.#fs.ErrnoError(ENOSPC)
    this.#bytes += bytes
  }

  #addFile(): void {
    if (this.#files + 1 > this.#maxFiles) this.recount()
    if (this.#files + 1 > this.#maxFiles) throw new this.#fs.ErrnoError(ENOSPC)
    this.#files += 1
  }

  /** What was removed is free again. It walks through all files: for when there seems to be no room, or all are others. */
  recount(): void {
    const { bytes, files } = this.#count()
    this.#bytes = bytes - this.#exempt.bytes
    this.#files = files - this.#exempt.files
  }

  #count(): FileCount {
    let bytes = 0
    let files = 0
    for (const [, node] of filesBelow(nodeAt(this.#fs, '/'))) {
      bytes += sizeOf(node)
      files += 1
    }
    return { bytes, files }
  }
}
