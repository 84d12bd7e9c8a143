import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileChange } from '../../protocol/runner-messages.ts'
import { SandboxClosedError } from '../errors/errors.ts'
import { type Contents, KeptFile } from '../files/kept-file.ts'
import { dangerOfFileName, problemOfFileName } from '../files/workspace-path.ts'
import { newTemporaryPath } from '../host/guardian.ts'
import type { FileRedaction } from '../redaction/file-redaction.ts'
import type { RunRedaction } from '../redaction/run-redaction.ts'
import { WorkspaceFiles } from '../worker/workspace-files.ts'

/** Contents of one file that were brought to the host. */
interface Brought {
  readonly size: number
  readonly sha256: string | null
  readonly contents: Contents
  readonly secret?: 'taken-out' | 'left-in'
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
   * @param redaction takes secrets out of texts, and finds them in others; null where none are looked for
   */
  async keep(
    holder: ConstructorParameters<typeof WorkspaceFiles>[0],
    changes: readonly FileChange[],
    redaction: Pick<RunRedaction, 'file'> | null,
  ): Promise<KeptFile[]> {
    const files = new WorkspaceFiles(holder)
    const kept: KeptFile[] = []
    let left = this.#maxBytes
    for (const { path, size, change } of changes) {
      // A worker may have forged it, and a caller that writes files by these names must not be led elsewhere.
      if (problemOfFileName(path) !== null) continue
      const danger = change === 'deleted' ? 'the code deleted it' : dangerOfFileName(path)
      const brought =
        danger === null
          ? await this.#bring(files, path, {
              size: Math.min(size, left),
              redaction: redaction?.file() ?? null,
            })
          : { size: 0, sha256: null, contents: { missing: danger } }
      left -= brought.size
      const facts = {
        path,
        size: change === 'deleted' ? 0 : brought.secret === 'taken-out' ? brought.size : size,
        mime: await mimeOf(path),
        sha256: brought.sha256,
        change,
        ...(brought.secret === undefined ? {} : { secret: brought.secret }),
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
  async #bring(
    files: WorkspaceFiles,
    path: string,
    { size, redaction }: { readonly size: number; readonly redaction: FileRedaction | null },
  ): Promise<Brought> {
    let target: string | null = null
    try {
      target = this.newPath()
      await using file = await open(target, 'wx', 0o600)
      const hash = createHash('sha256')
      let bytes = 0
      let written = 0
      const write = async (piece: Uint8Array) => {
        written += piece.length
        hash.update(piece)
        await file.write(piece)
      }
      for await (const piece of files.read(path)) {
        bytes += piece.length
        if (bytes > size) throw new RangeError('it is larger than may be kept')
        await write(redaction?.take(piece) ?? piece)
      }
      if (redaction !== null) await write(redaction.end())
      const secret = redaction?.secret
      const kept = { size: written, sha256: hash.digest('hex'), contents: { at: target } }
      return secret === undefined ? kept : { ...kept, secret }
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
