import { Readable } from 'node:stream'
import type { Database } from '../../db/index.ts'
import {
  blobSize,
  deleteBlobs,
  insertBlobPiece,
  oldBlobOwners,
  PIECE_BYTES,
  readBlobPiece,
} from '../../db/queries/blobs.ts'
import type { FileStore, Keepable, KeptName } from './file-store.ts'

/** In the database, which all services have in common: in pieces of a mebibyte. What was written once stays as it is. */
export class DatabaseFileStore implements FileStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async keep(executionId: string, files: ReadonlyMap<KeptName, Keepable>): Promise<void> {
    try {
      for (const [name, file] of files) await this.#write({ owner: executionId, name: String(name) }, file)
    } catch (error) {
      await this.remove(executionId).catch(() => {})
      throw error
    }
  }

  async #write(blob: { readonly owner: string; readonly name: string }, file: Keepable): Promise<void> {
    let piece = 0
    let size = 0
    for await (const bytes of piecesOf(file.stream())) {
      size += bytes.length
      if (size > file.size) break
      // Somebody else may be recording the end of the same execution: its files are the same.
      await insertBlobPiece(this.#db, { ...blob, piece, bytes })
      piece += 1
    }
    if (size !== file.size) throw new RangeError(`${size} bytes instead of ${file.size}`)
  }

  async sizeOf(executionId: string, name: KeptName): Promise<number | null> {
    return await blobSize(this.#db, { owner: executionId, name: String(name) })
  }

  read(
    executionId: string,
    name: KeptName,
    { from, to }: { readonly from: number; readonly to: number },
  ): Readable {
    return Readable.from(this.#range({ owner: executionId, name: String(name) }, from, to), {
      objectMode: false,
    })
  }

  async *#range(
    blob: { readonly owner: string; readonly name: string },
    from: number,
    to: number,
  ): AsyncGenerator<Buffer, void, void> {
    for (let piece = Math.floor(from / PIECE_BYTES); piece * PIECE_BYTES <= to; piece += 1) {
      const bytes = await readBlobPiece(this.#db, { ...blob, piece })
      if (bytes === null) throw new RangeError(`Cannot read ${blob.owner}/${blob.name}: it was deleted`)
      const start = piece * PIECE_BYTES
      yield bytes.subarray(Math.max(0, from - start), Math.min(bytes.length, to + 1 - start))
    }
  }

  async remove(executionId: string): Promise<void> {
    await deleteBlobs(this.#db, executionId)
  }

  async list(): Promise<{ readonly kept: string[]; readonly drafts: string[] }> {
    return { kept: await oldBlobOwners(this.#db), drafts: [] }
  }

  async removeDraft(): Promise<void> {}
}

/** The same bytes in pieces of one size, the last one as long as it is. */
async function* piecesOf(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer, void, void> {
  let held: Buffer[] = []
  let bytes = 0
  for await (const each of stream) {
    held.push(Buffer.from(each as Uint8Array))
    bytes += held.at(-1)?.length ?? 0
    if (bytes < PIECE_BYTES) continue
    let all = Buffer.concat(held)
    for (; all.length >= PIECE_BYTES; all = all.subarray(PIECE_BYTES)) yield all.subarray(0, PIECE_BYTES)
    held = [all]
    bytes = all.length
  }
  if (bytes > 0) yield Buffer.concat(held)
}
