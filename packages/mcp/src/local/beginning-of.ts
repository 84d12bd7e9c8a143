import type { FilePart } from '../mcp/python-host.ts'

/** At most `maxBytes` from the beginning of a stream. */
export async function beginningOf(pieces: AsyncIterable<Uint8Array>, maxBytes: number): Promise<FilePart> {
  const read: Uint8Array[] = []
  let length = 0
  for await (const piece of pieces) {
    read.push(piece)
    length += piece.length
    if (length > maxBytes) break
  }
  return { bytes: Buffer.concat(read).subarray(0, maxBytes), truncated: length > maxBytes }
}
