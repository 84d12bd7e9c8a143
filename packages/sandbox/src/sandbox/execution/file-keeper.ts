import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileChange } from '../../protocol/runner-messages.ts'
import { SandboxClosedError } from '../errors/errors.ts'
import { type Contents, KeptFile } from '../files/kept-file.ts'
import { dangerOfFileName, problemOfFileName } from '../files/workspace-path.ts'
import { newTemporaryPath } from '../host/guardian.ts'
import { WorkerFiles } from '../worker/worker-files.ts'

/** Contents of one file that were brought to the host. */
interface Brought {
  readonly size: number
  readonly sha256: string | null
  readonly contents: Contents
}

/** Keeps the files that code made, on the host's disk, until the sandbox is closed or nobody holds them any more. */
export class FileKeeper {
  /** Made with the first file. */
  #folder: string | null = null
  readonly #maxBytes: number
  #closed = false
  #count = 0

  /** @param maxBytes of all files of one execution together */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Brings what changed from the worker to the host. Never throws: what cannot be had is listed without its contents,
   * and says why when it is asked for them.
   */
  async keep(
    holder: ConstructorParameters<typeof WorkerFiles>[0],
    changes: readonly FileChange[],
  ): Promise<KeptFile[]> {
    const files = new WorkerFiles(holder)
    const kept: KeptFile[] = []
    let left = this.#maxBytes
    for (const { path, size, change } of changes) {
      // A worker may have forged it, and a caller that writes files by these names must not be led elsewhere.
      if (problemOfFileName(path) !== null) continue
      const danger = change === 'deleted' ? 'the code deleted it' : dangerOfFileName(path)
      const brought =
        danger === null
          ? await this.#bring(files, path, Math.min(size, left))
          : { size: 0, sha256: null, contents: { missing: danger } }
      left -= brought.size
      const facts = {
        path,
        size: change === 'deleted' ? 0 : size,
        mime: await mimeOf(path),
        sha256: brought.sha256,
        change,
      }
      kept.push(new KeptFile(facts, brought.contents))
    }
    return kept
  }

  /** The path of a file that is removed with the others. @throws SandboxClosedError */
  newPath(): string {
    if (this.#closed) throw new SandboxClosedError()
    this.#folder ??= madeFolder()
    this.#count += 1
    return join(this.#folder, String(this.#count))
  }

  /** Removes all contents. */
  async close(): Promise<void> {
    this.#closed = true
    // A run that was ended a moment ago may still be making a file.
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** @param size what the worker said, or what there is still room for */
  async #bring(files: WorkerFiles, path: string, size: number): Promise<Brought> {
    let target: string | null = null
    try {
      target = this.newPath()
      await using file = await open(target, 'wx', 0o600)
      const hash = createHash('sha256')
      let bytes = 0
      for await (const piece of files.read(path)) {
        bytes += piece.length
        if (bytes > size) throw new RangeError('it is larger than may be kept')
        hash.update(piece)
        await file.write(piece)
      }
      return { size: bytes, sha256: hash.digest('hex'), contents: { at: target } }
    } catch (error) {
      if (target !== null) await rm(target, { force: true }).catch(() => {})
      const missing = error instanceof Error ? error.message : String(error)
      return { size: 0, sha256: null, contents: { missing } }
    }
  }
}

function madeFolder(): string {
  const path = newTemporaryPath()
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

/** By the ending of the name; what is not known is bytes. The table of all types is loaded with the first file. */
async function mimeOf(path: string): Promise<string> {
  const { default: mime } = await import('mime')
  return mime.getType(path) ?? 'application/octet-stream'
}
