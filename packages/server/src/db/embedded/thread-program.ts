// The thread of the embedded database: PostgreSQL works in it, and keeps nobody else from working.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { unpackFolder } from './folder-archive.ts'
import { stateOf } from './server-state.ts'
import { syncedFolder } from './synced-folder.ts'
import { type FromThread, failureOf, type ThreadData, type ToThread } from './thread-messages.ts'

/** So many files of the log, of 16 MB each, are read again at most after the process was killed. */
const FILES = 2

/**
 * Knows when a checkpoint is due: PostgreSQL alone in its process makes none before its end, however long its log has
 * grown.
 */
class Checkpoints {
  #files = 0

  /** The log goes on in another file. */
  logFile(): void {
    this.#files += 1
  }

  /** Reports whether one is due, once. */
  take(): boolean {
    if (this.#files < FILES) return false
    this.#files = 0
    return true
  }
}

if (parentPort === null) throw new Error('Cannot open the database: this is a program for a thread')
const port = parentPort
const { folder, sync, initial }: ThreadData = workerData
const checkpoints = new Checkpoints()
const files = syncedFolder(folder, sync, { onLogFile: () => checkpoints.logFile() })

try {
  if (!existsSync(join(folder, 'PG_VERSION'))) begin()
  const database = await PGlite.create({ fs: files.fs, startParams: files.startParams })
  port.on('message', (message: ToThread) => {
    if (message === 'close') void close(database)
    else answer(database, message).catch(fail)
  })
  tell('open')
} catch (error) {
  fail(error)
}

/** All or nothing: a start that is broken off leaves no half of a database. */
function begin(): void {
  const draft = `${folder}.draft`
  rmSync(draft, { recursive: true, force: true })
  unpackFolder(readFileSync(initial), draft)
  renameSync(draft, folder)
}

async function answer(database: PGlite, message: Uint8Array): Promise<void> {
  const bytes = await ask(database, message)
  const { idle, broken } = stateOf(bytes)
  if (broken) {
    fail(new Error('PostgreSQL cannot go on'))
    return
  }
  if (bytes.length > 0) tell(bytes)
  // Not in the middle of what somebody does: it would end what was prepared.
  if (idle && checkpoints.take()) await ask(database, queryMessage('checkpoint'))
}

/**
 * Gives what PostgreSQL answers; it has answered when this returns its promise, so that messages are answered in their
 * order. Not by `execProtocolRawSync()`, which also parses what was answered, and keeps all of it for ever.
 */
async function ask(database: PGlite, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  // A copy: it is a view of PostgreSQL's memory.
  const onRawData = (part: Uint8Array) => void parts.push(part.slice())
  await database.execProtocolRawStream(message, { syncToFs: false, onRawData })
  // With a buffer of its own, which can be sent away: a small one of Node is part of a larger one.
  return new Uint8Array(Buffer.concat(parts))
}

async function close(database: PGlite): Promise<void> {
  try {
    await database.close()
    files[Symbol.dispose]()
    tell('closed')
    port.close()
  } catch (error) {
    fail(error)
  }
}

/** Ends the thread: what is open of the database cannot be trusted any more. */
function fail(error: unknown): void {
  tell(failureOf(error))
  port.close()
}

function tell(message: FromThread): void {
  port.postMessage(message, message instanceof Uint8Array ? [message.buffer] : [])
}

/** A simple query, as PostgreSQL's protocol has it. */
function queryMessage(text: string): Uint8Array {
  const message = Buffer.alloc(text.length + 6)
  message.write('Q')
  message.writeInt32BE(text.length + 5, 1)
  message.write(text, 5)
  return message
}
