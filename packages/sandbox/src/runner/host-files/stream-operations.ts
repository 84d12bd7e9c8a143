import type { PyodideModule } from '../pyodide-module.ts'
import { denoFiles, SEEK_END, SEEK_START } from './deno-files.ts'
import { errno } from './errno.ts'
import type { FileAttributes } from './file-info.ts'
import type { AttributeChange, HostNode } from './host-node.ts'
import type { HostFilesParts } from './node-operations.ts'

/** An open file of the host, shared by the descriptors that were duplicated from one another. */
interface OpenFile {
  readonly file: Deno.FsFile
  readonly append: boolean
  /** Where the host's own position is; null where only the host knows. */
  position: number | null
  descriptors: number
}

/** A stream of Emscripten; `shared` is common to its duplicates. */
interface HostStream {
  readonly fd: number
  readonly node: HostNode
  readonly flags: number
  readonly position: number
  readonly shared: { open?: OpenFile }
}

const O_ACCMODE = 3
const O_WRONLY = 1
const O_APPEND = 0o2000
const S_IFMT = 0o170000
const S_IFDIR = 0o040000
const SEEK_CUR = 1
const PAGE_BYTES = 65_536

/** The operations on open files: Emscripten's `stream_ops`, over the host. Nothing is ever loaded whole. */
export class StreamOperations {
  readonly #parts: HostFilesParts
  readonly #module: PyodideModule

  constructor(parts: HostFilesParts, module: PyodideModule) {
    this.#parts = parts
    this.#module = module
  }

  readonly open = (stream: HostStream): void => {
    const { node, flags } = stream
    if ((node.mode & S_IFMT) === S_IFDIR) return
    const access = flags & O_ACCMODE
    const append = access !== 0 && (flags & O_APPEND) !== 0
    const options = { read: access !== O_WRONLY, write: access !== 0 && !append, append }
    try {
      const option = access === 0 ? 'allowRead' : 'allowWrite'
      const file = this.#parts.errors.turning(option, node.place.python, () =>
        denoFiles.openSync(node.place.host, options),
      )
      stream.shared.open = { file, append, position: append ? null : 0, descriptors: 1 }
    } catch (error) {
      // Emscripten has given it a descriptor already.
      this.#parts.fs.closeStream(stream.fd)
      throw error
    }
  }

  readonly close = ({ shared: { open } }: HostStream): void => {
    if (open === undefined) return
    open.descriptors -= 1
    if (open.descriptors === 0) open.file.close()
  }

  readonly dup = ({ shared: { open } }: HostStream): void => {
    if (open !== undefined) open.descriptors += 1
  }

  readonly read = (
    stream: HostStream,
    memory: Int8Array,
    offset: number,
    length: number,
    position: number,
  ): number => {
    const target = new Uint8Array(memory.buffer, memory.byteOffset + offset, length)
    return this.#using(stream, (open) => {
      seek(open, position)
      const count = open.file.readSync(target) ?? 0
      open.position = position + count
      return count
    })
  }

  readonly write = (
    stream: HostStream,
    memory: Int8Array,
    offset: number,
    length: number,
    position: number,
  ): number => {
    const { quota } = this.#parts
    const taken = quota.takeBytes(length)
    let written = 0
    try {
      written = this.#using(stream, (open) => {
        if (!open.append) seek(open, position)
        const count = open.file.writeSync(new Uint8Array(memory.buffer, memory.byteOffset + offset, taken))
        open.position = open.append ? null : position + count
        return count
      })
      return written
    } finally {
      quota.giveBackBytes(taken - written)
    }
  }

  readonly llseek = (stream: HostStream, offset: number, whence: number): number => {
    const start = whence === SEEK_CUR ? stream.position : whence === SEEK_END ? this.#sizeOf(stream) : 0
    if (start + offset < 0) throw this.#parts.errors.make(errno('EINVAL'))
    return start + offset
  }

  readonly getattr = (stream: HostStream): FileAttributes => {
    const { places, info } = this.#parts
    const { place } = stream.node
    if (stream.shared.open === undefined) return info.at(place)
    if (!places.isReadable(place.host)) return info.ofSize(this.#sizeOf(stream))
    return this.#using(stream, ({ file }) => info.of(denoFiles.statOpen(file)))
  }

  readonly setattr = (stream: HostStream, change: AttributeChange): void => {
    const { size, ...others } = change
    if (size !== undefined) {
      const growth = Math.max(0, size - this.#sizeOf(stream))
      this.#parts.quota.takeAllBytes(growth)
      this.#using(stream, ({ file }) => file.truncateSync(size))
    }
    stream.node.node_ops.setattr(stream.node, others)
  }

  readonly mmap = (
    stream: HostStream,
    length: number,
    position: number,
  ): { ptr: number; allocated: boolean } => {
    if (stream.shared.open === undefined) throw this.#parts.errors.make(errno('ENODEV'))
    const size = Math.ceil(length / PAGE_BYTES) * PAGE_BYTES
    const ptr = this.#module._emscripten_builtin_memalign(PAGE_BYTES, size)
    if (ptr === 0) throw this.#parts.errors.make(errno('ENOMEM'))
    const memory = this.#module.HEAP8.fill(0, ptr, ptr + size)
    for (let at = 0; at < length; ) {
      const count = this.read(stream, memory, ptr + at, length - at, position + at)
      if (count === 0) break
      at += count
    }
    return { ptr, allocated: true }
  }

  readonly msync = (stream: HostStream, bytes: Uint8Array, offset: number, length: number): number => {
    // Beyond the end of the file nothing is written: the mapping was filled up to whole pages.
    const inFile = Math.min(length, Math.max(0, this.#sizeOf(stream) - offset))
    const memory = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    if (inFile > 0 && (stream.flags & O_ACCMODE) !== 0) this.write(stream, memory, 0, inFile, offset)
    return 0
  }

  #sizeOf(stream: HostStream): number {
    if (stream.shared.open === undefined) return 0
    return this.#using(stream, (open) => {
      const size = open.file.seekSync(0, SEEK_END)
      open.position = size
      return size
    })
  }

  #using<Value>(stream: HostStream, action: (open: OpenFile) => Value): Value {
    const { open } = stream.shared
    if (open === undefined) throw this.#parts.errors.make(errno('EBADF'))
    return this.#parts.errors.turning('allowWrite', stream.node.place.python, () => action(open))
  }
}

function seek(open: OpenFile, position: number): void {
  if (open.position !== position) open.file.seekSync(position, SEEK_START)
  open.position = null
}
