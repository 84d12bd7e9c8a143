import { createReadStream, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { FileUnavailableError } from '../errors/errors.ts'

/** Where contents lie, on disk or in memory, or why they do not. */
export type Contents =
  | { readonly at: string }
  | { readonly memory: Uint8Array }
  | { readonly missing: string }

/** Nobody could catch what this throws: what cannot be removed now is removed with its folder. */
const registry = new FinalizationRegistry<string>((path) => {
  try {
    rmSync(path, { force: true })
  } catch {}
})

/** Contents that are on the host for as long as this object is held. */
export class KeptContents {
  readonly #name: string
  readonly contents: Contents

  /** @param name for errors */
  constructor(name: string, contents: Contents) {
    this.#name = name
    this.contents = contents
    if ('at' in contents) registry.register(this, contents.at, this)
  }

  /** Gives them out of hand: they stay when this object is no longer held. */
  handOver(): Contents {
    registry.unregister(this)
    return this.contents
  }

  /** @throws FileUnavailableError */
  async bytes(): Promise<Uint8Array> {
    if ('memory' in this.contents) return this.contents.memory.slice()
    const path = this.#place()
    return await readFile(path).catch((error: unknown) => {
      throw new FileUnavailableError(this.#name, 'the sandbox was closed', { cause: error })
    })
  }

  /** As UTF-8. @throws FileUnavailableError */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** @throws FileUnavailableError */
  async *stream(): AsyncGenerator<Uint8Array, void, void> {
    if ('memory' in this.contents) {
      yield this.contents.memory.slice()
      return
    }
    const path = this.#place()
    try {
      for await (const piece of createReadStream(path)) yield piece as Buffer
    } catch (error) {
      throw new FileUnavailableError(this.#name, 'the sandbox was closed', { cause: error })
    }
  }

  #place(): string {
    if ('at' in this.contents) return this.contents.at
    throw new FileUnavailableError(
      this.#name,
      'missing' in this.contents ? this.contents.missing : 'it is in memory',
    )
  }
}
