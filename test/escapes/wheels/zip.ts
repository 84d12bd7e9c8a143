import { createHash } from 'node:crypto'
import { crc32, deflateRawSync } from 'node:zlib'
import type { TestWheel } from '../../../packages/sandbox/test/fixtures/wheels.ts'

/** One entry of an archive; whatever is given here stands in the table in place of the truth. */
export interface Entry {
  readonly name: string
  readonly contents?: Uint8Array
  readonly method?: number
  readonly flags?: number
  readonly bytes?: number
  readonly packedBytes?: number
  readonly crc?: number
  readonly offset?: number
}

/** What stands in the record at the end in place of the truth. */
export interface EndRecord {
  readonly count?: number
  readonly start?: number
  readonly bytes?: number
}

/** An archive with any lie in its tables. */
export function zipOf(entries: readonly Entry[], end: EndRecord = {}): Buffer {
  const parts: Buffer[] = []
  const table: Buffer[] = []
  let at = 0
  for (const entry of entries) {
    const { name, contents = new Uint8Array(), method = 8, flags = 0 } = entry
    const packed = method === 8 ? deflateRawSync(contents) : Buffer.from(contents)
    const text = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(text.length, 26)
    const row = Buffer.alloc(46)
    row.writeUInt32LE(0x02014b50)
    row.writeUInt16LE(flags, 8)
    row.writeUInt16LE(method, 10)
    row.writeUInt32LE(entry.crc ?? crc32(contents), 16)
    row.writeUInt32LE(entry.packedBytes ?? packed.length, 20)
    row.writeUInt32LE(entry.bytes ?? contents.length, 24)
    row.writeUInt16LE(text.length, 28)
    row.writeUInt32LE(entry.offset ?? at, 42)
    parts.push(local, text, packed)
    at += local.length + text.length + packed.length
    table.push(row, text)
  }
  const directory = Buffer.concat(table)
  const last = Buffer.alloc(22)
  last.writeUInt32LE(0x06054b50)
  last.writeUInt16LE(Math.min(0xffff, end.count ?? entries.length), 10)
  last.writeUInt32LE(end.bytes ?? directory.length, 12)
  last.writeUInt32LE(end.start ?? at, 16)
  return Buffer.concat([...parts, directory, last])
}

/** METADATA of the wheel `evil`. */
export function metadata(text: string): Entry {
  return { name: 'evil-1.0.dist-info/METADATA', contents: Buffer.from(text) }
}

/** The wheel `evil` with these bytes. */
export function evilWheel(bytes: Uint8Array, fileName = 'evil-1.0-py3-none-any.whl'): TestWheel {
  return { fileName, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}
