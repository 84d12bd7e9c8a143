import { type ChildProcess, spawn } from 'node:child_process'
import type { EventEmitter } from 'node:events'
import { closeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import { MARKER_FD } from '../host/marked.ts'
import type { EnvValues } from '../permissions/env-names.ts'
import type { ProgramStart } from '../permissions/program-start.ts'
import { CallError } from './call-error.ts'
import { makePipes } from './pipe.ts'

/** Unsent bytes past which a write has to wait. */
const HIGH_WATER_BYTES = 2 ** 20

export type OutputName = 'stdout' | 'stderr'

/** Everything that a start needs. */
export interface ProgramPlan {
  /** Asked for last of all, so that little time lies between the look at the file and its start. */
  readonly decide: () => ProgramStart
  readonly env: EnvValues
  readonly cwd: string
  readonly stdin: 'pipe' | 'null'
  readonly stdout: 'pipe' | 'null'
  readonly stderr: 'pipe' | 'null' | 'stdout'
  /** A folder for the names of pipes, as long as they have any, and the start of these names. */
  readonly pipes: { readonly folder: string; readonly name: string }
  /** An open file that marks the program and what it starts. */
  readonly marker: number
  /** All output past this is refused. */
  readonly maxOutputBytes: number
}

/** One program that runs, in a process group and a session of its own, with its pipes. */
export class Program {
  readonly #child: ChildProcess
  readonly #streams: Partial<Record<'stdin' | OutputName, Socket>>
  readonly #maxOutputBytes: number
  readonly #failures = new Map<Socket, Error>()
  #outputBytes = 0
  #status: number | null = null

  private constructor(
    child: ChildProcess,
    streams: Partial<Record<'stdin' | OutputName, Socket>>,
    maxOutputBytes: number,
  ) {
    this.#child = child
    this.#streams = streams
    this.#maxOutputBytes = maxOutputBytes
    // As many may wait as calls can be under way.
    child.setMaxListeners(0)
    for (const socket of Object.values(streams)) {
      socket.setMaxListeners(0)
      socket.on('error', (error) => this.#failures.set(socket, error))
    }
    child.once('exit', (code, signal) => {
      this.#status = signal === null ? (code ?? 0) : -constants.signals[signal]
    })
  }

  /** Starts it. Throws what the system says when it cannot be started. */
  static async start(plan: ProgramPlan): Promise<Program> {
    const names = (['stdin', 'stdout', 'stderr'] as const).filter((name) => plan[name] === 'pipe')
    const pipes = await makePipes(
      names.map((name) => ({
        path: join(plan.pipes.folder, `${plan.pipes.name}-${name}`),
        to: name === 'stdin' ? 'program' : 'host',
      })),
    )
    const ours = Object.fromEntries(names.map((name, index) => [name, pipes[index]?.ours]))
    const theirs = new Map(names.map((name, index) => [name, pipes[index]?.theirs]))
    try {
      const child = spawnProgram(plan, [
        theirs.get('stdin') ?? 'ignore',
        theirs.get('stdout') ?? 'ignore',
        theirs.get(plan.stderr === 'stdout' ? 'stdout' : 'stderr') ?? 'ignore',
      ])
      const program = new Program(child, ours, plan.maxOutputBytes)
      const failure = await startFailure(child)
      if (failure === null) return program
      throw failure
    } catch (error) {
      for (const pipe of pipes) pipe.ours.destroy()
      throw error
    } finally {
      for (const { theirs } of pipes) closeSync(theirs)
    }
  }

  /** Also the number of its process group. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The exit code, or a signal as a negative number; null while it runs. */
  get status(): number | null {
    return this.#status
  }

  /** Calls back when it has ended. */
  onExit(callback: () => void): void {
    if (this.#status === null) this.#child.once('exit', callback)
    else callback()
  }

  /**
   * What it has written, at most `max` bytes, after waiting until there is something; nothing at the end.
   * @throws CallError `timeout`, `EFBIG`
   */
  async read(name: OutputName, max: number, deadlineMs: number | null): Promise<Uint8Array> {
    const socket = this.#at(name)
    const deadline = deadlineMs === null ? null : performance.now() + deadlineMs
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) {
        if (chunk.length > max) socket.unshift(chunk.subarray(max))
        return this.#counted(chunk.subarray(0, max))
      }
      const failure = this.#failures.get(socket)
      if (failure !== undefined) throw failure
      if (socket.readableEnded || socket.destroyed) return new Uint8Array()
      const left = deadline === null ? null : deadline - performance.now()
      if (!(await waitForEvent(socket, ['readable', 'end', 'error', 'close'], left)))
        throw new CallError('timeout', 'timed out')
    }
  }

  /** Sends all of `bytes`, when few others are waiting to be sent. @throws CallError `timeout`, `EPIPE` */
  async write(bytes: Uint8Array, deadlineMs: number | null): Promise<void> {
    const socket = this.#at('stdin')
    const deadline = deadlineMs === null ? null : performance.now() + deadlineMs
    while (socket.writableLength > HIGH_WATER_BYTES && socket.writable) {
      const left = deadline === null ? null : deadline - performance.now()
      if (!(await waitForEvent(socket, ['drain', 'error', 'close'], left)))
        throw new CallError('timeout', 'timed out')
    }
    if (!socket.writable || this.#failures.has(socket)) throw new CallError('EPIPE', 'Broken pipe')
    socket.write(bytes)
  }

  /** Says that no more input comes. */
  closeInput(): void {
    this.#streams.stdin?.end()
  }

  /** The status, after waiting for it; null when the time has passed. */
  async wait(deadlineMs: number | null): Promise<number | null> {
    if (this.#status === null && deadlineMs !== 0) await waitForEvent(this.#child, ['exit'], deadlineMs)
    return this.#status
  }

  /** Sends a signal to the whole process group. Nothing happens when the program has ended. */
  signal(number: number): void {
    if (this.#status !== null) return
    try {
      process.kill(-this.pid, number)
    } catch {
      // It ended a moment ago.
    }
  }

  /** Closes our ends of its pipes; it may go on. Input that it was sent still arrives. */
  release(): void {
    const { stdin, ...outputs } = this.#streams
    if (stdin?.writable) stdin.end()
    for (const socket of Object.values(outputs)) socket.destroy()
  }

  /** Closes our ends of its pipes at once. */
  close(): void {
    for (const socket of Object.values(this.#streams)) socket.destroy()
  }

  #at(name: 'stdin' | OutputName): Socket {
    const socket = this.#streams[name]
    if (socket === undefined) throw new CallError('EBADF', 'Bad file descriptor')
    return socket
  }

  #counted(chunk: Uint8Array): Uint8Array {
    this.#outputBytes += chunk.length
    if (this.#outputBytes <= this.#maxOutputBytes) return chunk
    this.signal(constants.signals.SIGKILL)
    this.close()
    throw new CallError('EFBIG', `the program wrote more than ${this.#maxOutputBytes} bytes`)
  }
}

function spawnProgram(
  { decide, env, cwd, marker }: ProgramPlan,
  standard: readonly (number | 'ignore')[],
): ChildProcess {
  const between = Array.from({ length: MARKER_FD - standard.length }, () => 'ignore' as const)
  const start = decide()
  return spawn(start.file, start.args, {
    argv0: start.argv0,
    env,
    cwd,
    shell: false,
    detached: true,
    stdio: [...standard, ...between, marker],
  })
}

function startFailure(child: ChildProcess): Promise<Error | null> {
  return new Promise((resolve) => {
    child.on('error', resolve)
    child.once('spawn', () => resolve(null))
  })
}

/** Waits for the first of these events, at most this long; null: without end. False when the time has passed. */
function waitForEvent(
  emitter: EventEmitter,
  events: readonly string[],
  deadlineMs: number | null,
): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (happened: boolean) => {
      clearTimeout(timer)
      for (const event of events) emitter.removeListener(event, done)
      resolve(happened)
    }
    const done = () => settle(true)
    const timer = deadlineMs === null ? undefined : setTimeout(() => settle(false), Math.max(0, deadlineMs))
    for (const event of events) emitter.once(event, done)
  })
}
