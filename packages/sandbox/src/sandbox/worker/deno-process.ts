import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { LoopShare } from 'agentchat-sandbox-base/async/loop-share'
import { guard, killGroup, release, signalGroup } from '../host/guardian.ts'
import type { Launch } from '../wall/launch.ts'
import { type Priority, Standing } from './standing.ts'

const MAX_STDERR_BYTES = 4096
/** Deno's own last words are a few KiB; who writes more is not Deno. */
const STDERR_FLOOD_BYTES = 2 ** 20
/** Past this, answers wait until the worker has read what was written to it. */
const MAX_UNREAD_BYTES = 2 ** 20

/** Of the event loop, which what workers write has in common. */
const share = new LoopShare()

/** What is told about a process while it lives. */
export interface ProcessListener {
  onBytes(bytes: Uint8Array): void
  /** It writes without end to its standard error, which nobody keeps. */
  onFlood(): void
  /** Once, when the process and its pipes have ended. `error` is set when it could not be started at all. */
  onExit(code: number | null, signal: string | null, error?: Error): void
}

/** One child process with its own group: its pipes, what it said on standard error, and its end. */
export class DenoProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Where it stands among all that want a core. */
  readonly standing: Standing
  readonly #stderr: Buffer[] = []
  #stderrBytes = 0
  #ended = false
  #killed = false
  #stopped = false
  #paused = false

  constructor({ path, args, env }: Launch, priority: Priority, listener: ProcessListener) {
    const child = spawn(path, args, {
      env,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
    })
    this.#child = child
    const group = child.pid
    this.standing = new Standing(group ?? 0, priority)
    if (group !== undefined) guard(group)
    let failure: Error | undefined
    child.on('error', (error) => {
      failure = error
    })
    // A write to a process that has just died fails; its end is told through 'close'.
    child.stdin.on('error', () => {})
    child.stdout.on('error', () => {})
    child.stderr.on('error', () => {})
    child.stdout.on('data', (bytes: Buffer) => {
      share.spend(() => listener.onBytes(bytes))
      if (share.isSpent) this.#rest()
    })
    child.stderr.on('data', (bytes: Buffer) => {
      this.#keepStderr(bytes)
      if (this.#stderrBytes > STDERR_FLOOD_BYTES) listener.onFlood()
    })
    child.on('exit', () => {
      // Processes that it may have started hold its pipes open: end them, so that 'close' comes.
      if (group !== undefined) killGroup(group)
    })
    child.on('close', (code, signal) => {
      this.#ended = true
      if (group !== undefined) release(group)
      listener.onExit(code, signal, failure)
    })
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The start of what it said on standard error, at most 4 KiB. */
  get stderr(): string {
    return Buffer.concat(this.#stderr).toString('utf8').trim()
  }

  write(bytes: Uint8Array): void {
    if (!this.#ended) this.#child.stdin.write(bytes)
  }

  /** Resolves when little of what was written is still here. */
  async drained(): Promise<void> {
    const { stdin } = this.#child
    if (this.#ended || stdin.writableLength < MAX_UNREAD_BYTES) return
    await new Promise<void>((resolve) => {
      const settle = () => {
        stdin.removeListener('drain', settle).removeListener('close', settle)
        resolve()
      }
      stdin.once('drain', settle).once('close', settle)
    })
  }

  /** Stops reading what it writes, so that it has to wait. Not after a kill: the rest must be read for it to end. */
  pause(): void {
    if (this.#killed) return
    this.#paused = true
    this.#child.stdout.pause()
  }

  resume(): void {
    this.#paused = false
    this.#child.stdout.resume()
  }

  /** Closes its standard input: the runner then ends by itself. */
  endInput(): void {
    this.#child.stdin.end()
  }

  /** Takes its processor away until `proceed`, where the platform can. */
  stop(): void {
    if (this.#ended || this.#killed || process.platform === 'win32') return
    this.#stopped = signalGroup(this.pid, 'SIGSTOP')
  }

  /** Gives it its processor back. */
  proceed(): void {
    if (this.#stopped && !this.#ended) signalGroup(this.pid, 'SIGCONT')
    this.#stopped = false
  }

  /** Keeps the host alive while it lives, as a child does from the start. */
  ref(): void {
    this.#child.ref()
    for (const pipe of this.#pipes()) pipe.ref()
  }

  /** The host may end without waiting for it. */
  unref(): void {
    this.#child.unref()
    for (const pipe of this.#pipes()) pipe.unref()
  }

  /** Kills it and all that it started. */
  kill(): void {
    if (this.#ended) return
    this.#killed = true
    // Keeps the host alive while something waits for the end of the process.
    this.ref()
    killGroup(this.pid)
    this.#child.stdout.resume()
  }

  /** Reads on in the next turn of the event loop. */
  #rest(): void {
    this.#child.stdout.pause()
    setImmediate(() => {
      if (!this.#paused || this.#killed) this.#child.stdout.resume()
    })
  }

  #pipes(): Socket[] {
    return [this.#child.stdin, this.#child.stdout, this.#child.stderr].filter(
      (pipe) => pipe instanceof Socket,
    )
  }

  #keepStderr(bytes: Buffer): void {
    if (this.#stderrBytes < MAX_STDERR_BYTES) {
      this.#stderr.push(bytes.subarray(0, MAX_STDERR_BYTES - this.#stderrBytes))
    }
    this.#stderrBytes += bytes.length
  }
}
