import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import { readAt, type ZipEntry } from './zip-directory.ts'

const HEADER_SIGNATURE = 0x04034b50
const HEADER_BYTES = 30
const STORED = 0
const DEFLATED = 8

/**
 * The contents of one entry of an archive, unpacked on another thread.
 * @throws Error when there are more than `maxBytes`, or others than the table of contents says
 */
export async function readZipEntry(file: FileHandle, entry: ZipEntry, maxBytes: number): Promise<Buffer> {
  const { name, method, bytes, packedBytes, offset, isEncrypted } = entry
  if (Math.max(bytes, packedBytes) > maxBytes)
    throw new Error(`"${name}" has ${Math.max(bytes, packedBytes)} bytes, at most ${maxBytes} are allowed`)
  if (isEncrypted || (method !== STORED && method !== DEFLATED))
    throw new Error(`"${name}" is packed in a way that is not read`)
  const header = await readAt(file, offset, HEADER_BYTES)
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== HEADER_SIGNATURE)
    throw new Error(`"${name}" is not where the zip archive says`)
  const start = offset + HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28)
  const packed = await readAt(file, start, packedBytes)
  const contents = method === STORED ? packed : await inflated(name, packed, bytes)
  if (contents.length !== bytes || crc32(contents) !== entry.crc)
    throw new Error(`"${name}" is damaged: it is not what the zip archive says`)
  return contents
}

async function inflated(name: string, packed: Buffer, bytes: number): Promise<Buffer> {
  try {
    // Past the declared size nothing is written: a bomb stays packed.
    return await promisify(inflateRaw)(packed, { maxOutputLength: Math.max(1, bytes) })
  } catch (cause) {
    throw new Error(`"${name}" is damaged: it cannot be unpacked to its ${bytes} bytes`, { cause })
  }
}
