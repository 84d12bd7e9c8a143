import type { FileHandle } from 'node:fs/promises'
import { Slices } from 'agentchat-sandbox-base/async/slices'

const MAX_DIRECTORY_BYTES = 2 ** 24
const MAX_ENTRIES = 50_000
/** The record that ends an archive, and the longest comment behind it. */
const END_BYTES = 22
const MAX_TAIL_BYTES = END_BYTES + 0xffff
const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const ENTRY_BYTES = 46

/** What the table of contents of an archive says of one entry. Any of it may be a lie. */
export interface ZipEntry {
  readonly name: string
  readonly isEncrypted: boolean
  /** 0: as it is; 8: deflated. */
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  /** Where what stands before its contents begins. */
  readonly offset: number
}

/**
 * Reads the table of contents at the end of an archive, of which at most 16 MiB and 50,000 entries are taken. Only the
 * table is in memory, and it is read in slices.
 * @throws Error when there is none, or more of it
 */
export async function readZipEntries(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat()
  const { start, bytes, count } = await findDirectory(file, size)
  if (start + bytes > size) throw new Error('it is no zip archive: its table of contents is not in it')
  if (bytes > MAX_DIRECTORY_BYTES || count > MAX_ENTRIES)
    throw new Error(`it has ${count} entries, at most ${MAX_ENTRIES} are allowed`)
  const directory = await readAt(file, start, bytes)
  const slices = new Slices()
  const entries: ZipEntry[] = []
  for (let at = 0; at + ENTRY_BYTES <= directory.length; ) {
    if (directory.readUInt32LE(at) !== ENTRY_SIGNATURE) break
    const nameEnd = at + ENTRY_BYTES + directory.readUInt16LE(at + 28)
    if (entries.push(entryAt(directory, at, nameEnd)) > MAX_ENTRIES)
      throw new Error(`it has more than ${MAX_ENTRIES} entries`)
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    if (slices.over) await slices.next()
  }
  return entries
}

/** Some bytes of a file, fewer at its end. */
export async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, start)
  return buffer.subarray(0, bytesRead)
}

async function findDirectory(file: FileHandle, size: number) {
  const tail = await readAt(file, Math.max(0, size - MAX_TAIL_BYTES), Math.min(size, MAX_TAIL_BYTES))
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE) continue
    return {
      count: tail.readUInt16LE(at + 10),
      bytes: tail.readUInt32LE(at + 12),
      start: tail.readUInt32LE(at + 16),
    }
  }
  throw new Error('it is no zip archive: it has no table of contents')
}

function entryAt(directory: Buffer, at: number, nameEnd: number): ZipEntry {
  return {
    name: directory.toString('utf8', at + ENTRY_BYTES, Math.min(nameEnd, directory.length)),
    isEncrypted: (directory.readUInt16LE(at + 8) & 1) !== 0,
    method: directory.readUInt16LE(at + 10),
    crc: directory.readUInt32LE(at + 16),
    packedBytes: directory.readUInt32LE(at + 20),
    bytes: directory.readUInt32LE(at + 24),
    offset: directory.readUInt32LE(at + 42),
  }
}
