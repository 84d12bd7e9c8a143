/** Writes entries as a bundle (C2SP: tlog-tiles): each after its length in two bytes. */
export function writeBundle(leaves: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    leaves.flatMap((leaf) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(leaf.length)
      return [length, leaf]
    }),
  )
}

/** Reads the entries of a bundle. @throws RangeError when it ends within one */
export function readBundle(bytes: Buffer): Buffer[] {
  const leaves: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 + bytes.readUInt16BE(at)
    if (end > bytes.length) throw new RangeError('Cannot read the bundle: it ends within an entry')
    leaves.push(bytes.subarray(at + 2, end))
    at = end
  }
  return leaves
}
