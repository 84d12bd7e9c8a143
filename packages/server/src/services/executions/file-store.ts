import { createReadStream, createWriteStream, type ReadStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { hasCode } from 'agentchat-sandbox-base/disk/error-code'

/** A file whose contents may be kept. */
export interface Keepable {
  readonly size: number
  stream(): AsyncIterable<Uint8Array | string>
}

/** Which of the contents that are kept of an execution: a file by its number, or its whole result. */
export type KeptName = number | 'result'

const DRAFT = '.draft'
const EXECUTION_ID = /^exe_[a-z0-9]+$/

/** Where contents of files of executions are kept. */
export interface FileStore {
  /** Keeps those contents that are given, under their names: all of them, or none when one cannot be written. */
  keep(executionId: string, files: ReadonlyMap<KeptName, Keepable>): Promise<void>
  /** How large the contents of a file are, or null when they are not here. */
  sizeOf(executionId: string, name: KeptName): Promise<number | null>
  /** Bytes `from` to `to`, both included. */
  read(executionId: string, name: KeptName, range: { readonly from: number; readonly to: number }): Readable
  /** Removes what is kept of an execution. */
  remove(executionId: string): Promise<void>
  /** The executions of which something is here that may have been left behind. */
  list(): Promise<{ readonly kept: string[]; readonly drafts: string[] }>
  /** Removes what was left behind in the middle of writing. */
  removeDraft(executionId: string): Promise<void>
}

/** On the host's disk: a folder for each execution, in it files by number. */
export class FolderFileStore implements FileStore {
  readonly #folder: string

  /** @param folder is made when it is needed */
  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Keeps those contents that are given, under their names: all of them, or none when one cannot be written.
   * @throws Error of the file system
   */
  async keep(executionId: string, files: ReadonlyMap<KeptName, Keepable>): Promise<void> {
    const place = this.#placeOf(executionId)
    const draft = place + DRAFT
    try {
      await mkdir(draft, { recursive: true, mode: 0o700 })
      for (const [name, file] of files) {
        await pipeline(file.stream(), createWriteStream(join(draft, String(name)), { mode: 0o600 }))
        const { size } = await stat(join(draft, String(name)))
        if (size !== file.size) throw new RangeError(`${size} bytes instead of ${file.size}`)
      }
      await rename(draft, place)
    } catch (error) {
      await rm(draft, { recursive: true, force: true }).catch(() => {})
      throw error
    }
  }

  /** How large the contents of a file are, or null when they are not here. */
  async sizeOf(executionId: string, name: KeptName): Promise<number | null> {
    try {
      return (await stat(join(this.#placeOf(executionId), String(name)))).size
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return null
      throw error
    }
  }

  /** Bytes `from` to `to`, both included. */
  read(
    executionId: string,
    name: KeptName,
    { from, to }: { readonly from: number; readonly to: number },
  ): ReadStream {
    return createReadStream(join(this.#placeOf(executionId), String(name)), { start: from, end: to })
  }

  /** Removes what is kept of an execution. */
  async remove(executionId: string): Promise<void> {
    await rm(this.#placeOf(executionId), { recursive: true, force: true })
  }

  /** The executions of which something is here, with those whose files were not wholly written. */
  async list(): Promise<{ readonly kept: string[]; readonly drafts: string[] }> {
    const names = await readdir(this.#folder).catch(() => [])
    return {
      kept: names.filter((name) => EXECUTION_ID.test(name)),
      drafts: names
        .filter((name) => name.endsWith(DRAFT))
        .map((name) => name.slice(0, -DRAFT.length))
        .filter((name) => EXECUTION_ID.test(name)),
    }
  }

  /** Removes what was left behind in the middle of writing. */
  async removeDraft(executionId: string): Promise<void> {
    await rm(this.#placeOf(executionId) + DRAFT, { recursive: true, force: true })
  }

  #placeOf(executionId: string): string {
    if (!EXECUTION_ID.test(executionId))
      throw new RangeError(`Cannot keep files: ${JSON.stringify(executionId)} is no execution`)
    return join(this.#folder, executionId)
  }
}
