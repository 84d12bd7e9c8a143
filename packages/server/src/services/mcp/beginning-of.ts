import type { FilePart } from 'agentchat-sandbox-mcp'
import type { KeptFile } from '../executions/execution-files.ts'

/** At most `maxBytes` from the beginning of a file. */
export async function beginningOf(file: KeptFile, maxBytes: number): Promise<FilePart> {
  const size = Math.min(file.size, maxBytes)
  try {
    const pieces: Uint8Array[] = []
    if (size > 0) for await (const piece of file.read(0, size - 1)) pieces.push(piece)
    return { bytes: Buffer.concat(pieces), truncated: file.size > size }
  } finally {
    file.close?.()
  }
}
