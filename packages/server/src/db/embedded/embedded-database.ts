import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { takeDataFolder } from '../data-folder.ts'
import { DatabaseThread } from './database-thread.ts'
import type { DatabaseSync } from './synced-folder.ts'
import type { ThreadData } from './thread-messages.ts'
import { WireStream } from './wire-stream.ts'

/** The database of a data folder, which this process has for itself. */
export class EmbeddedDatabase implements AsyncDisposable {
  readonly #lock: Disposable
  readonly #data: Pick<ThreadData, 'folder' | 'sync'>
  #thread: DatabaseThread

  private constructor(lock: Disposable, data: Pick<ThreadData, 'folder' | 'sync'>, thread: DatabaseThread) {
    this.#lock = lock
    this.#data = data
    this.#thread = thread
  }

  /**
   * Takes the folder, and opens the database in it; makes both where they are not there.
   * @throws FolderInUseError
   */
  static async open(
    folder: string,
    sync: DatabaseSync,
    onWait: (why: 'folder' | 'recovery') => void,
  ): Promise<EmbeddedDatabase> {
    const lock = await takeDataFolder(folder, () => onWait('folder'))
    try {
      const files = join(folder, 'postgres')
      // PostgreSQL leaves it behind when it is killed, and reads its log on from the last checkpoint then.
      if (existsSync(join(files, 'postmaster.pid'))) onWait('recovery')
      const data = { folder: files, sync }
      return new EmbeddedDatabase(lock, data, await DatabaseThread.open(data))
    } catch (error) {
      lock[Symbol.dispose]()
      throw error
    }
  }

  /** The stream of a connection; there is one at a time. */
  connect(): WireStream {
    return new WireStream(async (stream) => {
      // What made it end may have passed: a disk that was full. PostgreSQL reads its log then.
      if (!this.#thread.alive) this.#thread = await DatabaseThread.open(this.#data)
      return this.#thread.connect(stream)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]()
    this.#lock[Symbol.dispose]()
  }
}
