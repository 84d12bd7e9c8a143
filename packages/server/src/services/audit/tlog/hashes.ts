import { hash } from 'node:crypto'

/** Bytes of a hash. */
export const HASH_BYTES = 32

/** The hash of a leaf (RFC 6962): the prefix keeps a leaf from being taken for a node. */
export function leafHash(leaf: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(leaf.length + 1)
  prefixed[0] = 0
  prefixed.set(leaf, 1)
  return hash('sha256', prefixed, 'buffer')
}

/** The hash of a node over its two children (RFC 6962). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const both = Buffer.allocUnsafe(1 + 2 * HASH_BYTES)
  both[0] = 1
  both.set(left, 1)
  both.set(right, 1 + HASH_BYTES)
  return hash('sha256', both, 'buffer')
}

/** The root of a tree without leaves. */
export const EMPTY_ROOT: Buffer = hash('sha256', Buffer.alloc(0), 'buffer')

/** The root over 2^n hashes that stand one after the other. */
export function perfectRoot(hashes: readonly Uint8Array[]): Buffer {
  let row = hashes
  while (row.length > 1) {
    const above: Buffer[] = []
    for (let at = 0; at < row.length; at += 2) above.push(nodeHash(hashAt(row, at), hashAt(row, at + 1)))
    row = above
  }
  return Buffer.from(hashAt(row, 0))
}

function hashAt(row: readonly Uint8Array[], index: number): Uint8Array {
  const found = row[index]
  if (found === undefined) throw new RangeError(`Cannot hash the row: there is no hash ${index}`)
  return found
}

/** Cuts bytes into the hashes that stand in them. @throws RangeError when they do not come out even */
export function hashesIn(bytes: Uint8Array): Buffer[] {
  if (bytes.length % HASH_BYTES !== 0)
    throw new RangeError(`Cannot read hashes: ${bytes.length} bytes are no multiple of ${HASH_BYTES}`)
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, index) =>
    whole.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  )
}
