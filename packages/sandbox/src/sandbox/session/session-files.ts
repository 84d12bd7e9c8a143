import type { FileStat } from '../../protocol/runner-messages.ts'
import { WorkspaceFileError } from '../errors/errors.ts'
import type { FileInput } from '../files/file-input.ts'
import { WorkerGoneError } from '../worker/pending-asks.ts'
import type { WorkspaceFiles } from '../worker/workspace-files.ts'
import type { Life } from './life.ts'

/** What stands in the working folder of a session. */
export type SessionFile = FileStat

/**
 * The files in the working folder of a session, by names relative to it. A session at rest is woken up for them. With
 * `checkpoints`, `rewind` counts a change here as it counts an execution. In a session with an `id` a change is in the
 * store when it resolves, or throws why it cannot be kept.
 */
export class SessionFiles {
  readonly #life: Life
  readonly #maxBytes: number

  /** Made by a session. */
  constructor(life: Life, maxBytes: number) {
    this.#life = life
    this.#maxBytes = maxBytes
  }

  /** The whole contents. @throws InvalidOptionsError, WorkspaceFileError */
  async read(name: string): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.stream(name)) pieces.push(piece)
    return new Uint8Array(Buffer.concat(pieces))
  }

  /** The contents, piece by piece. The session does nothing else until the loop has ended. Throws as `read` does. */
  async *stream(name: string): AsyncGenerator<Uint8Array, void, void> {
    const leave = await this.#life.enter()
    try {
      const files = await this.#life.awakeForFiles()
      let bytes = 0
      for await (const piece of files.read(name)) {
        bytes += piece.length
        // A worker could go on for ever.
        if (bytes > this.#maxBytes)
          throw new WorkspaceFileError(
            name,
            'EFBIG',
            `it has more than ${this.#maxBytes} bytes (maxFileBytes)`,
          )
        yield piece
      }
    } catch (error) {
      throw told(name, error)
    } finally {
      leave()
    }
  }

  /** Makes a file, with the folders that it is in, or replaces it. @throws InvalidOptionsError, FileInputError, WorkspaceFileError */
  write(name: string, input: FileInput): Promise<void> {
    return this.#change(name, (files) => files.write(name, input))
  }

  /** What lies in a folder, by default the working folder. @throws InvalidOptionsError, WorkspaceFileError */
  list(name = ''): Promise<readonly SessionFile[]> {
    return this.#look(name, (files) => files.list(name))
  }

  /** @throws InvalidOptionsError, WorkspaceFileError */
  stat(name: string): Promise<SessionFile> {
    return this.#look(name, (files) => files.stat(name))
  }

  /** Removes a file, or a folder with all that is in it. @throws InvalidOptionsError, WorkspaceFileError */
  remove(name: string): Promise<void> {
    return this.#change(name, (files) => files.remove(name))
  }

  #look<Value>(name: string, action: (files: WorkspaceFiles) => Promise<Value>): Promise<Value> {
    return this.#life.alone(async () => {
      const files = await this.#life.awakeForFiles()
      return await action(files).catch((error: unknown) => {
        throw told(name, error)
      })
    })
  }

  #change(name: string, action: (files: WorkspaceFiles) => Promise<void>): Promise<void> {
    const life = this.#life
    return life.alone(async () => {
      const files = await life.awakeForFiles()
      const failed = await action(files).then(
        () => null,
        (error: unknown) => ({ error }),
      )
      // Half a change is one, too.
      await life.notice()
      life.changed()
      const unsaved = await life.store()
      if (failed !== null) throw told(name, failed.error)
      if (unsaved !== null) throw unsaved
    })
  }
}

function told(name: string, error: unknown): unknown {
  if (!(error instanceof WorkerGoneError)) return error
  return new WorkspaceFileError(name, 'EIO', 'the worker has ended; the session goes on from what was kept')
}
