import { CALL_DATA_BYTES } from '../../protocol/frames.ts'
import type { FileAsk } from '../../protocol/host-messages.ts'
import type { FileStat } from '../../protocol/runner-messages.ts'
import { WorkspaceFileError } from '../errors/errors.ts'
import { type FileInput, openFileInput } from '../files/file-input.ts'
import { workspacePath } from '../files/workspace-path.ts'
import type { Answered } from './pending-asks.ts'

/** Pieces that are under way at a time. */
const PIECES_AT_ONCE = 8

/** What answers questions about files: a worker. */
interface FileHolder {
  ask(ask: FileAsk, data?: Uint8Array): Promise<Answered>
}

/** Where contents go, and until when they are wanted. */
interface Target {
  readonly path: string
  readonly name: string
  readonly signal: AbortSignal | undefined
}

/** The files in the working folder of one worker, while no code runs in it. */
export class WorkspaceFiles {
  readonly #holder: FileHolder

  constructor(holder: FileHolder) {
    this.#holder = holder
  }

  /**
   * Makes a file, with the folders that it is in, or replaces it. Holds a few pieces at a time, never the whole. Where
   * there is no room for all of it, nothing of it stays. Rejects with the reason of the signal when that is aborted.
   * @throws WorkspaceFileError, FileInputError, WorkerGoneError
   */
  async write(name: string, input: FileInput, signal?: AbortSignal): Promise<void> {
    const path = workspacePath(name)
    try {
      await this.#write({ path, name, signal }, input)
    } catch (error) {
      const isFull = error instanceof WorkspaceFileError && error.errno === 'ENOSPC'
      if (isFull) await this.#holder.ask({ ask: 'remove', path }).catch(() => {})
      throw error
    }
  }

  async #write({ path, name, signal }: Target, input: FileInput): Promise<void> {
    const { size, pieces } = await openFileInput(name, input, signal)
    const underWay: Promise<Answered>[] = []
    let at = 0
    const send = (data: Uint8Array) => {
      const sent = this.#ask(name, { ask: 'write', path, at, size: size ?? 0 }, data)
      sent.catch(() => {})
      underWay.push(sent)
      at += data.length
    }
    for await (const piece of pieces) {
      for (let start = 0; start < piece.length; start += CALL_DATA_BYTES) {
        send(piece.subarray(start, start + CALL_DATA_BYTES))
        if (underWay.length >= PIECES_AT_ONCE) await underWay.shift()
      }
    }
    if (at === 0) send(new Uint8Array())
    await Promise.all(underWay)
    if (size !== null && at !== size)
      throw new WorkspaceFileError(name, 'EIO', 'it changed while it was read')
  }

  /** The contents, piece by piece. @throws WorkspaceFileError, WorkerGoneError */
  async *read(name: string): AsyncGenerator<Uint8Array, void, void> {
    const path = workspacePath(name)
    for (let at = 0; ; ) {
      const { data } = await this.#ask(name, { ask: 'read', path, at, length: CALL_DATA_BYTES })
      if (data.length > 0) yield data
      if (data.length < CALL_DATA_BYTES) return
      at += data.length
    }
  }

  /** @throws WorkspaceFileError, WorkerGoneError */
  async stat(name: string): Promise<FileStat> {
    const { answer } = await this.#ask(name, { ask: 'stat', path: workspacePath(name) })
    if ('value' in answer && answer.value !== null && !Array.isArray(answer.value)) return answer.value
    throw new WorkspaceFileError(name, 'EIO')
  }

  /** What lies in a folder, by default the working folder. @throws WorkspaceFileError, WorkerGoneError */
  async list(name = ''): Promise<readonly FileStat[]> {
    const { answer } = await this.#ask(name, { ask: 'list', path: workspacePath(name) })
    if ('value' in answer && Array.isArray(answer.value)) return answer.value
    throw new WorkspaceFileError(name, 'EIO')
  }

  /** Removes a file, or a folder with all that is in it. @throws WorkspaceFileError, WorkerGoneError */
  async remove(name: string): Promise<void> {
    const path = workspacePath(name)
    await this.#ask(name, { ask: 'remove', path })
  }

  async #ask(name: string, ask: FileAsk, data?: Uint8Array): Promise<Answered> {
    const answered = await this.#holder.ask(ask, data)
    if ('error' in answered.answer) throw new WorkspaceFileError(name, answered.answer.error)
    return answered
  }
}
