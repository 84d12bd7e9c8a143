import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { newTemporaryPath } from '../host/guardian.ts'
import type { PermissionUse } from '../result/result.ts'

/** Different permissions that are kept; requests for others are counted together. */
const MAX_USES = 1000
/** How long a run lasts before its notes are read while it lasts. */
const LISTEN_AFTER_MS = 50
/** A longer line is not one of Deno's. */
const MAX_LINE_BYTES = 16_384
const MAX_VALUE_CHARS = 5000

const noteSchema = late(() =>
  z.object({
    permission: z.enum(['env', 'read', 'write', 'net', 'run', 'ffi']),
    value: z.string().max(MAX_VALUE_CHARS).nullish(),
  }),
)

/**
 * What Deno itself notes of each permission that it is asked for (`DENO_AUDIT_PERMISSIONS`): the worker has no hand in
 * it. Through a named pipe, because a file would grow without end, and at a limit on its size Deno would be killed.
 */
export class PermissionAudit {
  readonly path: string
  readonly #pipe: number
  readonly #uses = new Map<string, PermissionUse>()
  readonly #chunk = Buffer.alloc(65_536)
  #socket: Socket | null = null
  #listening: NodeJS.Timeout | undefined
  #rest = Buffer.alloc(0)
  #closed = false
  /** Nothing that the worker does at rest is noted, and what it did before has been read. */
  #atRest = false
  /** Everything that came through the pipe so far. */
  bytes = 0
  /** Requests since `begin` for permissions that `uses` does not hold. */
  leftOut = 0

  private constructor(path: string, pipe: number) {
    this.path = path
    this.#pipe = pipe
  }

  /** A new pipe, or null where there is no such thing. */
  static async open(): Promise<PermissionAudit | null> {
    const path = newTemporaryPath()
    try {
      await promisify(execFile)('mkfifo', ['-m', '600', path], { env: { PATH: '/usr/bin:/bin' } })
      // Open for both, so that opening waits for nobody and the end of the worker is no end of the pipe.
      return new PermissionAudit(path, openSync(path, constants.O_RDWR | constants.O_NONBLOCK))
    } catch {
      return null
    }
  }

  /** Forgets what was noted so far, and begins to count. */
  begin(): void {
    if (this.#closed) return
    if (!this.#atRest) this.#drain()
    this.#atRest = false
    this.#uses.clear()
    this.leftOut = 0
    // A short run is read at its end: what the pipe holds is enough for it, and listening costs a millisecond.
    if (this.#socket === null)
      this.#listening ??= setTimeout(() => this.#startListening(), LISTEN_AFTER_MS).unref()
  }

  /** The worker will do nothing until the next run: reads now what that would have to read first. */
  rest(): void {
    if (this.#closed) return
    this.#drain()
    this.#atRest = true
  }

  /** What was asked for since `begin`, with the counts. */
  uses(): PermissionUse[] {
    if (!this.#closed) this.#drain()
    return [...this.#uses.values()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#listening)
    if (this.#socket === null) closeSync(this.#pipe)
    else this.#socket.destroy()
    await rm(this.path, { force: true })
  }

  #startListening(): void {
    if (!this.#closed) this.#socket ??= this.#listen()
  }

  #listen(): Socket {
    const socket = new Socket({ fd: this.#pipe, readable: true, writable: false })
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('error', () => {})
    socket.unref()
    return socket
  }

  /** Reads what is in the pipe: at most its capacity, since the writer blocks when it is full. */
  #drain(): void {
    try {
      for (let left = 64; left > 0; left--) {
        const count = readSync(this.#pipe, this.#chunk)
        this.#read(this.#chunk.subarray(0, count))
      }
    } catch {
      // EAGAIN: it is empty.
    }
  }

  #read(bytes: Buffer): void {
    this.bytes += bytes.length
    const text = Buffer.concat([this.#rest, bytes])
    let start = 0
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
      this.#note(text.toString('utf8', start, end))
      start = end + 1
    }
    this.#rest = text.length - start > MAX_LINE_BYTES ? Buffer.alloc(0) : text.subarray(start)
  }

  #note(line: string): void {
    const note = noteSchema().safeParse(parsedOrNull(line))
    if (!note.success) return
    const { permission: kind, value } = note.data
    const key = `${kind}\0${value ?? ''}`
    const count = (this.#uses.get(key)?.count ?? 0) + 1
    if (count > 1 || this.#uses.size < MAX_USES) this.#uses.set(key, { kind, value: value ?? '', count })
    else this.leftOut += 1
  }
}

function parsedOrNull(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
