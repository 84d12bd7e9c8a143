import { createReadStream, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { FileUnavailableError } from '../errors.ts'
import type { ResultFile } from '../result.ts'

/** Where the contents of a kept file lie, or why they do not. */
export type Contents = { readonly at: string } | { readonly missing: string }

const registry = new FinalizationRegistry<string>((path) => rmSync(path, { force: true }))

/** A file that code created or changed, with its contents on the host for as long as this object is held. */
export class KeptFile implements ResultFile {
  readonly path: string
  readonly size: number
  readonly mime: string
  readonly sha256: string | null
  readonly change: ResultFile['change']
  readonly #contents: Contents

  constructor(facts: Pick<ResultFile, 'path' | 'size' | 'mime' | 'sha256' | 'change'>, contents: Contents) {
    this.path = facts.path
    this.size = facts.size
    this.mime = facts.mime
    this.sha256 = facts.sha256
    this.change = facts.change
    this.#contents = contents
    if ('at' in contents) registry.register(this, contents.at)
  }

  /** The same file for another thread of this process: `contents` of it and its facts cross, the methods do not. */
  static contentsOf(file: ResultFile): Contents {
    return file instanceof KeptFile ? file.#contents : { missing: 'it was not kept' }
  }

  async bytes(): Promise<Uint8Array> {
    const path = this.#place()
    return await readFile(path).catch((error: unknown) => {
      throw new FileUnavailableError(this.path, 'the sandbox was closed', { cause: error })
    })
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  async *stream(): AsyncGenerator<Uint8Array, void, void> {
    const path = this.#place()
    try {
      for await (const piece of createReadStream(path)) yield piece as Buffer
    } catch (error) {
      throw new FileUnavailableError(this.path, 'the sandbox was closed', { cause: error })
    }
  }

  #place(): string {
    if ('at' in this.#contents) return this.#contents.at
    throw new FileUnavailableError(this.path, this.#contents.missing)
  }
}
