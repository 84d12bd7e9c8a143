import type { FileStat } from '../../protocol/runner-messages.ts'
import { WorkspaceFileError } from '../errors.ts'
import type { FileInput } from '../files/file-input.ts'
import type { WorkerFiles } from '../files/worker-files.ts'
import { WorkerGoneError } from '../worker/worker-asks.ts'

/** What stands in the working folder of a session. */
export type SessionFile = FileStat

/** The files of a live worker, for as long as nobody else has it. */
export interface FilesTurn {
  readonly files: WorkerFiles
  /** Has to be called; `changed`: is there something new to keep? */
  end(changed: boolean): void
}

/**
 * The files in the working folder of a session, by names relative to it. A session at rest is woken up for them. With
 * `checkpoints`, `rewind` counts a change here as it counts an execution.
 */
export class SessionFiles {
  readonly #begin: () => Promise<FilesTurn>
  readonly #maxBytes: number

  /** Made by a session. */
  constructor(begin: () => Promise<FilesTurn>, maxBytes: number) {
    this.#begin = begin
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
    const { files, end } = await this.#begin()
    try {
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
      end(false)
    }
  }

  /** Makes a file, with the folders that it is in, or replaces it. @throws InvalidOptionsError, FileInputError, WorkspaceFileError */
  write(name: string, input: FileInput): Promise<void> {
    return this.#use(name, true, (files) => files.write(name, input))
  }

  /** What lies in a folder, by default the working folder. @throws InvalidOptionsError, WorkspaceFileError */
  list(name = ''): Promise<readonly SessionFile[]> {
    return this.#use(name, false, (files) => files.list(name))
  }

  /** @throws InvalidOptionsError, WorkspaceFileError */
  stat(name: string): Promise<SessionFile> {
    return this.#use(name, false, (files) => files.stat(name))
  }

  /** Removes a file, or a folder with all that is in it. @throws InvalidOptionsError, WorkspaceFileError */
  remove(name: string): Promise<void> {
    return this.#use(name, true, (files) => files.remove(name))
  }

  async #use<Value>(
    name: string,
    changes: boolean,
    action: (files: WorkerFiles) => Promise<Value>,
  ): Promise<Value> {
    const { files, end } = await this.#begin()
    try {
      return await action(files)
    } catch (error) {
      throw told(name, error)
    } finally {
      end(changes)
    }
  }
}

function told(name: string, error: unknown): unknown {
  if (!(error instanceof WorkerGoneError)) return error
  return new WorkspaceFileError(name, 'EIO', 'the worker has ended; the session goes on from what was kept')
}
