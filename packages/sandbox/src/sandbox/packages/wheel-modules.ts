import { type FileHandle, open } from 'node:fs/promises'

const MAX_DIRECTORY_BYTES = 2 ** 24
const MAX_ENTRIES = 50_000
/** The record that ends an archive, and the longest comment behind it. */
const END_BYTES = 22
const MAX_TAIL_BYTES = END_BYTES + 0xffff
const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const ENTRY_BYTES = 46

/**
 * The names that `import` finds in a wheel, read from the table of contents at its end. Empty for a file that is no
 * archive: whoever installs it says what is wrong.
 */
export async function modulesOfWheel(path: string): Promise<ReadonlySet<string>> {
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return new Set()
  try {
    return topModules(namesIn(await readDirectory(file)))
  } finally {
    await file.close()
  }
}

/** The table of contents; empty where there is none. */
async function readDirectory(file: FileHandle): Promise<Buffer> {
  const nothing = Buffer.alloc(0)
  const { size } = await file.stat()
  const tail = await readAt(file, Math.max(0, size - MAX_TAIL_BYTES), Math.min(size, MAX_TAIL_BYTES))
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE) continue
    const [bytes, start] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)]
    return bytes > MAX_DIRECTORY_BYTES || start + bytes > size ? nothing : await readAt(file, start, bytes)
  }
  return nothing
}

async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, start)
  return buffer.subarray(0, bytesRead)
}

function namesIn(directory: Buffer): string[] {
  const names: string[] = []
  for (let at = 0; at + ENTRY_BYTES <= directory.length && names.length < MAX_ENTRIES; ) {
    if (directory.readUInt32LE(at) !== ENTRY_SIGNATURE) break
    const start = at + ENTRY_BYTES
    const end = start + directory.readUInt16LE(at + 28)
    names.push(directory.toString('utf8', start, Math.min(end, directory.length)))
    at = end + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return names
}

/** `a/b.py` and `a.py` are found as `a`; what belongs to the wheel itself is no module. */
function topModules(names: readonly string[]): Set<string> {
  const tops = new Set<string>()
  for (const name of names) {
    const [top = '', ...rest] = name.split('/')
    if (/\.(dist-info|data)$/.test(top) || !/\.(py|so)$/.test(name)) continue
    const module = rest.length > 0 ? top : (top.split('.')[0] ?? '')
    if (/^[A-Za-z_]\w*$/.test(module)) tops.add(module)
  }
  return tops
}
