import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import type { FromThread, ThreadData, ThreadFailure, ToThread } from './thread-messages.ts'
import type { Wire, WireStream } from './wire-stream.ts'

/** How long ending in order may take: a last checkpoint writes what is in memory, a broken query never ends. */
const CLOSE_MS = 15_000

/** PostgreSQL in a thread of its own, with one connection at a time. */
export class DatabaseThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #opened = deferred<void>()
  readonly #ended = deferred<void>()
  #stream: WireStream | null = null
  #alive = true

  private constructor(data: Omit<ThreadData, 'initial'>) {
    const programs = programFolder()
    const workerData: ThreadData = { ...data, initial: join(programs, 'initial-database.gz') }
    this.#worker = new Worker(join(programs, 'thread-program.js'), { workerData, execArgv: [], env: {} })
    this.#worker.on('message', (message: FromThread) => this.#hear(message))
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('its thread has ended')))
  }

  /** Opens the database of a folder, and makes it where there is none. */
  static async open(data: Omit<ThreadData, 'initial'>): Promise<DatabaseThread> {
    const thread = new DatabaseThread(data)
    await thread.#opened.promise
    return thread
  }

  /** False after it has ended, in whatever way. */
  get alive(): boolean {
    return this.#alive
  }

  /** Connects a stream, in place of the one before. */
  connect(stream: WireStream): Wire {
    this.#stream = stream
    return { send: (message) => this.#tell(message) }
  }

  /** Ends the database in order, or after so long in whatever state it is: the next start reads its log then. */
  async close(deadlineMs = CLOSE_MS): Promise<void> {
    this.#tell('close')
    const late = new AbortController()
    await Promise.race([
      this.#ended.promise,
      sleep(deadlineMs, undefined, { signal: late.signal }).catch(() => {}),
    ])
    late.abort()
    await this.#worker.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #tell(message: ToThread): void {
    if (this.#alive) this.#worker.postMessage(message, message === 'close' ? [] : [message.buffer])
  }

  #hear(message: FromThread): void {
    if (message instanceof Uint8Array) this.#stream?.receive(message)
    else if (message === 'open') this.#opened.resolve()
    else this.#end(message === 'closed' ? new Error('it was closed') : errorOf(message))
  }

  /** Its caller is told. */
  #end(error: Error): void {
    this.#alive = false
    this.#opened.reject(error)
    this.#ended.resolve()
    this.#stream?.destroy(
      new Error('Connection terminated: the embedded database has ended', { cause: error }),
    )
  }
}

function errorOf({ message, ...facts }: ThreadFailure): Error {
  return Object.assign(new Error(message), facts)
}

/** Node reads no TypeScript: beside the source it is the one that was built. */
function programFolder(): string {
  const { packageFolder, folder, extension } = ownTree(import.meta.url)
  const tree = extension === '.ts' ? join(packageFolder, 'build') : folder
  return join(tree, 'db', 'embedded')
}
