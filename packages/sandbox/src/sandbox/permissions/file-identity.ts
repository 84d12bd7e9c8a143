import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** What a file was when it was granted. */
export interface FileIdentity {
  readonly device: bigint
  readonly inode: bigint
  /** In bytes. */
  readonly size: bigint
  /** Nanoseconds since 1970; the change time is the kernel's, and nobody can set it back. */
  readonly modifiedNs: bigint
  readonly changedNs: bigint
  /** Whether the last change lay so far back that any later one shows in `changedNs`, which moves in steps. */
  readonly settled: boolean
  /** Of the contents, in hexadecimal. */
  readonly sha256: string
}

const CHUNK_BYTES = 2 ** 20
/** No file system counts in longer steps. */
const SETTLED_NS = 2_000_000_000n

/** Reads a file and notes what it is. Throws what the file system throws. */
export function identify(path: string): FileIdentity {
  const descriptor = openSync(path, 'r')
  try {
    const metadata = metadataOf(descriptor)
    return { ...metadata, sha256: hashOf(descriptor, metadata.size) }
  } finally {
    closeSync(descriptor)
  }
}

/** Whether the file at `path` still is that file, or at least holds the same bytes; false when it cannot be read. */
export function isSameFile(path: string, before: FileIdentity): boolean {
  let descriptor: number | null = null
  try {
    descriptor = openSync(path, 'r')
    const now = metadataOf(descriptor)
    const untouched =
      before.settled &&
      now.device === before.device &&
      now.inode === before.inode &&
      now.size === before.size &&
      now.modifiedNs === before.modifiedNs &&
      now.changedNs === before.changedNs
    return untouched || (now.size === before.size && hashOf(descriptor, now.size) === before.sha256)
  } catch {
    return false
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

function metadataOf(descriptor: number): Omit<FileIdentity, 'sha256'> {
  const { dev, ino, size, mtimeNs, ctimeNs } = fstatSync(descriptor, { bigint: true })
  const settled = BigInt(Date.now()) * 1_000_000n - ctimeNs > SETTLED_NS
  return { device: dev, inode: ino, size, modifiedNs: mtimeNs, changedNs: ctimeNs, settled }
}

/** In pieces, because a program may be larger than what we want to hold. */
function hashOf(descriptor: number, size: bigint): string {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(Math.max(1, Math.min(Number(size), CHUNK_BYTES)))
  for (let position = 0; ; ) {
    const length = readSync(descriptor, chunk, 0, chunk.length, position)
    if (length === 0) return hash.digest('hex')
    hash.update(chunk.subarray(0, length))
    position += length
  }
}
