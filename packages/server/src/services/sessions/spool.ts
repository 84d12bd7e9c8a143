import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'

/** Up to so many bytes stay in memory. */
const IN_MEMORY_BYTES = 2 ** 20

/** Bytes that came from somewhere else, to be read in parts, once. */
export interface Spooled {
  readonly size: number
  readonly sha256: string
  /** Bytes `from` to `to`, both included; then it is closed. */
  read(from: number, to: number): Readable
  /** Instead of reading. */
  close(): void
}

/** Takes all of it in: small contents into memory, large ones into a file in the folder that nobody else sees. */
export async function spool(pieces: AsyncIterable<Uint8Array>, folder: string): Promise<Spooled> {
  const hash = createHash('sha256')
  const early: Uint8Array[] = []
  let size = 0
  let file: FileHandle | null = null
  try {
    for await (const piece of pieces) {
      hash.update(piece)
      size += piece.length
      if (file === null) {
        early.push(piece)
        if (size <= IN_MEMORY_BYTES) continue
        file = await unnamedFile(folder)
        for (const each of early.splice(0)) await file.writeFile(each)
      } else await file.writeFile(piece)
    }
  } catch (error) {
    await file?.close()
    throw error
  }
  const sha256 = hash.digest('hex')
  if (file === null) {
    const bytes = Buffer.concat(early)
    const read = (from: number, to: number) => Readable.from([bytes.subarray(from, to + 1)])
    return { size, sha256, read, close: () => {} }
  }
  const handle = file
  return {
    ...{ size, sha256 },
    read: (from, to) => handle.createReadStream({ start: from, end: to }),
    close: () => void handle.close().catch(() => {}),
  }
}

/** Gone from the folder at once: whatever ends the process, nothing is left behind. */
async function unnamedFile(folder: string): Promise<FileHandle> {
  const path = join(folder, `.reading-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  await rm(path, { force: true })
  return file
}
