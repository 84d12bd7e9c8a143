import { decodeCall, encodeCall } from '../../protocol/frames.ts'
import type { FileAsk } from '../../protocol/host-messages.ts'
import type { FileAnswer, FileStat } from '../../protocol/runner-messages.ts'
import type { EmscriptenFs } from '../pyodide-module.ts'
import type { MemoryNode } from './memory-file-system.ts'
import { bytesOf, entriesOf, fileAt, kindOf, nodeAt, sizeOf } from './memory-node.ts'

const WRITE = 1
const CREATE_ANEW = 0o1101
const NOTHING = new Uint8Array()
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Answers what the host asks of the files in memory, between two runs. */
export class FileAsks {
  readonly #fs: EmscriptenFs

  constructor(fs: EmscriptenFs) {
    this.#fs = fs
  }

  /** Takes the payload of an ask and gives that of the answer. */
  answer(payload: Uint8Array): Uint8Array {
    const { id, json, data } = decodeCall(payload)
    const [answer, bytes] = this.#try(JSON.parse(decoder.decode(json)) as FileAsk, data)
    return encodeCall({ id, json: encoder.encode(JSON.stringify(answer)), data: bytes })
  }

  #try(ask: FileAsk, data: Uint8Array): [FileAnswer, Uint8Array] {
    try {
      return this.#do(ask, data)
    } catch (error) {
      // Emscripten's ErrnoError is no Error.
      const code = typeof error === 'object' && error !== null && 'errno' in error ? Number(error.errno) : 0
      return [{ error: ERRNO_NAMES[code] ?? 'EIO' }, NOTHING]
    }
  }

  #do(ask: FileAsk, data: Uint8Array): [FileAnswer, Uint8Array] {
    switch (ask.ask) {
      case 'write':
        this.#write(ask.path, ask.at, ask.size, data)
        return [{ value: null }, NOTHING]
      case 'read': {
        const node = fileAt(this.#fs, ask.path)
        if (kindOf(node) !== 'file')
          return [{ error: kindOf(node) === 'folder' ? 'EISDIR' : 'EINVAL' }, NOTHING]
        return [{ value: null }, bytesOf(node).subarray(ask.at, ask.at + ask.length)]
      }
      case 'stat':
        return [{ value: statOf('', nodeAt(this.#fs, ask.path)) }, NOTHING]
      case 'list': {
        const folder = nodeAt(this.#fs, ask.path)
        if (kindOf(folder) !== 'folder') return [{ error: 'ENOTDIR' }, NOTHING]
        return [{ value: entriesOf(folder).map(([name, node]) => statOf(name, node)) }, NOTHING]
      }
      case 'remove':
        this.#remove(ask.path, nodeAt(this.#fs, ask.path))
        return [{ value: null }, NOTHING]
      default:
        return ask satisfies never
    }
  }

  #write(path: string, at: number, size: number, data: Uint8Array): void {
    const fs = this.#fs
    if (at === 0) {
      fs.mkdirTree(path.slice(0, path.lastIndexOf('/')) || '/')
      fs.close(fs.open(path, CREATE_ANEW, 0o666))
      // Room for all of it at once: growing piece by piece would copy it again and again.
      if (size > 0) fs.truncate(path, size)
    }
    const stream = fs.open(path, WRITE)
    fs.write(stream, data, 0, data.length, at)
    fs.close(stream)
  }

  #remove(path: string, node: MemoryNode): void {
    if (kindOf(node) !== 'folder') {
      this.#fs.unlink(path)
      return
    }
    for (const [name, inner] of entriesOf(node)) this.#remove(`${path}/${name}`, inner)
    this.#fs.rmdir(path)
  }
}

function statOf(name: string, node: MemoryNode): FileStat {
  return { name, type: kindOf(node), size: sizeOf(node), modified: node.mtime }
}

/** Emscripten's numbers are those of WASI. */
const ERRNO_NAMES: Readonly<Record<number, string>> = {
  2: 'EACCES',
  10: 'EBUSY',
  20: 'EEXIST',
  28: 'EINVAL',
  31: 'EISDIR',
  32: 'ELOOP',
  37: 'ENAMETOOLONG',
  44: 'ENOENT',
  51: 'ENOSPC',
  54: 'ENOTDIR',
  55: 'ENOTEMPTY',
  63: 'EPERM',
}
