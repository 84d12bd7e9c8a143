import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readCheckpoint } from '../tlog/checkpoint.ts'
import { HASH_BYTES } from '../tlog/hashes.ts'
import { TILE_WIDTH } from '../tlog/right-edge.ts'
import { tilePath } from '../tlog/tile-path.ts'
import { inOrder } from '../verify/in-order.ts'
import type { LogReader, StoredEntry } from '../verify/log-reader.ts'
import { writeBundle } from './bundle.ts'

/**
 * Writes a log into a folder, as it is stored, for verifiers: head, tiles and bundles in the layout of C2SP's
 * tlog-tiles, and beside them the columns, the minimum index, the public key and the hand-overs to it. Gives how many
 * entries it covers.
 */
export async function exportFolder(reader: LogReader, folder: string, vkey: string): Promise<number> {
  const { checkpoint, minimumIndex } = await reader.head()
  const size = readCheckpoint(checkpoint ?? '')?.size ?? 0
  // Of the head's time: the log may have been handed over since.
  const handovers = (await reader.handovers()).filter((note) => (readCheckpoint(note)?.size ?? 0) < size)
  const put = async (name: string, content: string | Buffer) => {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  await put('checkpoint', checkpoint ?? '')
  await put('minimum-index', `${minimumIndex}\n`)
  await put('key', `${vkey}\n`)
  await put('handovers', handovers.map((note) => `${note}\n`).join(''))
  await putTiles(reader, size, put)
  const lines = entryLines(reader, { size, minimumIndex, put })
  await pipeline(Readable.from(lines), createWriteStream(join(folder, 'columns.jsonl')))
  return size
}

type Put = (name: string, content: string | Buffer) => Promise<void>

async function putTiles(reader: LogReader, size: number, put: Put): Promise<void> {
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    const tileAt = inOrder((from) => reader.tiles(level, from))
    for (let first = 0; first < count; first += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, count - first)
      const tile = await tileAt(first / TILE_WIDTH)
      // The last one may have grown since.
      const hashes = tile?.hashes.subarray(0, width * HASH_BYTES)
      if (hashes !== undefined) await put(tilePath(level, first / TILE_WIDTH, width), hashes)
    }
  }
}

/** Writes bundles, and gives the columns of each entry as a line; also of those that stand where none may. */
async function* entryLines(
  reader: LogReader,
  { size, minimumIndex, put }: { readonly size: number; readonly minimumIndex: number; readonly put: Put },
): AsyncGenerator<string, void, void> {
  const entryAt = inOrder((from) => reader.entries(from))
  const firstKept = Math.floor(minimumIndex / TILE_WIDTH) * TILE_WIDTH
  for (const early of await reader.entries(0)) if (early.index < firstKept) yield lineOf(early)
  for (let first = firstKept; first < size; first += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - first)
    const leaves: Uint8Array[] = []
    for (let index = first; index < first + width; index += 1) {
      const entry = await entryAt(index)
      leaves.push(entry?.leaf ?? Buffer.alloc(0))
      if (entry !== null) yield lineOf(entry)
    }
    await put(tilePath('entries', first / TILE_WIDTH, width), writeBundle(leaves))
  }
  const beyond = await reader.entries(size)
  const grown = readCheckpoint((await reader.head()).checkpoint ?? '')?.size ?? 0
  for (const entry of beyond) if (entry.index >= grown) yield lineOf(entry)
}

function lineOf({ leaf: _leaf, ...columns }: StoredEntry): string {
  return `${JSON.stringify(columns)}\n`
}
