import type { ResultFile } from '../result/result.ts'
import { type Contents, KeptContents } from './kept-contents.ts'

export type { Contents }

/** A file that code created or changed, with its contents on the host for as long as this object is held. */
export class KeptFile implements ResultFile {
  readonly path: string
  readonly size: number
  readonly mime: string
  readonly sha256: string | null
  readonly change: ResultFile['change']
  // Not there at all where there is nothing to say.
  declare readonly secret?: 'taken-out' | 'left-in'
  readonly #kept: KeptContents

  constructor(
    facts: Pick<ResultFile, 'path' | 'size' | 'mime' | 'sha256' | 'change' | 'secret'>,
    contents: Contents,
  ) {
    this.path = facts.path
    this.size = facts.size
    this.mime = facts.mime
    this.sha256 = facts.sha256
    this.change = facts.change
    if (facts.secret !== undefined) this.secret = facts.secret
    this.#kept = new KeptContents(facts.path, contents)
  }

  /**
   * For the same file in another thread of this process, which is to have the contents from now on: they and the facts
   * cross, the methods do not.
   */
  static handOver(file: ResultFile): Contents {
    return file instanceof KeptFile ? file.#kept.handOver() : { missing: 'it was not kept' }
  }

  bytes(): Promise<Uint8Array> {
    return this.#kept.bytes()
  }

  text(): Promise<string> {
    return this.#kept.text()
  }

  stream(): AsyncGenerator<Uint8Array, void, void> {
    return this.#kept.stream()
  }
}
