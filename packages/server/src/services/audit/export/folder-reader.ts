import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { notesIn, readCheckpoint } from '../tlog/checkpoint.ts'
import { TILE_WIDTH } from '../tlog/right-edge.ts'
import { tilePath } from '../tlog/tile-path.ts'
import type { LogReader } from '../verify/log-reader.ts'
import { readBundle } from './bundle.ts'
import { ColumnLines } from './column-lines.ts'

/** The log in a folder that `exportFolder` wrote. @throws an error of the file system when it is none */
export async function folderReader(folder: string): Promise<LogReader> {
  const checkpoint = await readFile(join(folder, 'checkpoint'), 'utf8')
  const minimumIndex = Number(await readFile(join(folder, 'minimum-index'), 'utf8'))
  const size = readCheckpoint(checkpoint)?.size ?? 0
  await access(join(folder, 'columns.jsonl'))
  const columns = new ColumnLines(join(folder, 'columns.jsonl'))
  const bytesOf = async (name: string) => await readFile(join(folder, name)).catch(() => null)
  const widthOf = (count: number, index: number) => Math.min(TILE_WIDTH, count - index * TILE_WIDTH)
  return {
    head: async () => ({ checkpoint, minimumIndex }),
    handovers: async () => notesIn((await bytesOf('handovers'))?.toString() ?? ''),
    waiting: async () => 0,
    async tiles(level, index) {
      const width = widthOf(Math.floor(size / TILE_WIDTH ** level), index)
      const hashes = width > 0 ? await bytesOf(tilePath(level, index, width)) : null
      return hashes === null ? [] : [{ level, index, hashes }]
    },
    async entries(from) {
      const found = await columns.bundleFrom(from)
      const [first] = found
      if (first === undefined) return []
      const bundle = Math.floor(first.index / TILE_WIDTH)
      const isOfLog = first.index >= 0 && first.index < size
      const bytes = isOfLog ? await bytesOf(tilePath('entries', bundle, widthOf(size, bundle))) : null
      const leaves = bytes === null ? [] : readBundle(bytes)
      return found.map((each) =>
        Object.assign(each, { leaf: leaves[each.index - bundle * TILE_WIDTH] ?? Buffer.alloc(0) }),
      )
    },
  }
}
