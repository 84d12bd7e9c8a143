import { open } from 'node:fs/promises'
import { WORKSPACE } from '../files/workspace-path.ts'
import type { ToolFile } from './tool-file.ts'

/** The bytes of a result, which Python reads piece by piece. */
export interface ResultBody {
  readonly bytes: number
  /** Where Python puts them, in its file system; null where they are JSON. */
  readonly file: string | null
  /** Bytes of it that the host holds in memory. */
  readonly heldBytes: number
  /** At most `length` bytes. */
  read(at: number, length: number): Promise<Uint8Array>
}

/** What is in memory. */
export function memoryBody(bytes: Uint8Array, file: string | null = null): ResultBody {
  return {
    bytes: bytes.length,
    file,
    heldBytes: bytes.length,
    read: async (at, length) => bytes.subarray(at, at + length),
  }
}

/** What a tool gave as a file. Rejects when the host has no such file. */
export async function fileBody({ name, source }: ToolFile): Promise<ResultBody> {
  const file = `${WORKSPACE}/${name}`
  if ('bytes' in source) return memoryBody(source.bytes, file)
  await using handle = await open(source.path)
  const stats = await handle.stat()
  if (!stats.isFile()) throw new TypeError(`Cannot give "${source.path}": it is no file`)
  return {
    bytes: stats.size,
    file,
    heldBytes: 0,
    read: (at, length) => readPiece(source.path, at, Math.min(length, stats.size - at)),
  }
}

async function readPiece(path: string, at: number, length: number): Promise<Uint8Array> {
  if (length <= 0) return new Uint8Array()
  await using handle = await open(path)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at)
  if (bytesRead < length) throw new TypeError(`Cannot read "${path}": it has become shorter`)
  return buffer
}
