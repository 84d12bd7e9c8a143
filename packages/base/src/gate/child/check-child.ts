import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setPriority } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { encodeMessage, MessageReader } from './frames.ts'
import { type ChildPlan, childArguments, permissionFlag } from './rights.ts'

const START_DEADLINE_MS = 15_000
const WATCH_MS = 50
/** So many times longer than on a core of its own may an answer take: other processes may have the cores. */
const PATIENCE = 4
/** Of procfs, on all platforms that Node runs on. */
const TICKS_PER_SECOND = 100
/** What Node itself takes, in MiB, beside the heap that the plan allows. */
const OVERHEAD_MB = 200
const MAX_SAID_CHARS = 500
/** An answer from so many characters on has turns of the event loop of its own. */
const LARGE_CHARS = 2 ** 16

/** Why a question has no answer. */
export type ChildFailureReason = 'slow' | 'memory' | 'ended' | 'too-long'

/** A child that did not answer; it is no more. */
export class ChildFailure extends Error {
  override readonly name = 'ChildFailure'
  readonly reason: ChildFailureReason
  constructor(reason: ChildFailureReason, detail: string) {
    super(`Cannot finish the check: ${detail}`)
    this.reason = reason
  }
}

/** Where there are fewer cores than want one, what is checked comes after the host, which serves others. */
const NICE = 5

function standBack(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, NICE)
  } catch {
    // It is gone already, which is told in its own way.
  }
}

interface Question {
  readonly resolve: (text: string) => void
  readonly reject: (failure: ChildFailure) => void
}

/** A process that answers one question at a time, and is killed when it takes too long or too much. */
export class CheckChild {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #plan: ChildPlan
  #question: Question | null = null
  #failure: ChildFailure | null = null
  #said = ''

  private constructor(plan: ChildPlan) {
    this.#plan = plan
    this.#process = spawn(process.execPath, childArguments(plan, permissionFlag()), {
      env: {},
      cwd: plan.packageFolder,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    })
    standBack(this.#process.pid)
    const { stdin, stdout, stderr } = this.#process
    const reader = new MessageReader(plan.maxMessageBytes)
    stdout.on('data', (chunk: Buffer) => this.#read(reader, chunk))
    stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('utf8')).slice(0, MAX_SAID_CHARS)
    })
    // Its end says what there is to say.
    stdin.on('error', () => {})
    this.#process.on('error', (error) => this.#fail('ended', error.message))
    // V8 aborts when its heap is full, and what it says of that may be read after the end.
    this.#process.on('exit', (code, signal) =>
      this.#fail(signal === 'SIGABRT' ? 'memory' : 'ended', this.#ending(code, signal)),
    )
  }

  /** Starts a process, and waits until it can answer. @throws ChildFailure */
  static async start(plan: ChildPlan): Promise<CheckChild> {
    const child = new CheckChild(plan)
    await child.#answer(START_DEADLINE_MS)
    return child
  }

  get alive(): boolean {
    return this.#failure === null
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Asks, and gives the answer, which is JSON of any form, and may take so much CPU time. @throws ChildFailure */
  async ask(request: unknown, limitMs: number): Promise<unknown> {
    if (this.#failure !== null) throw this.#failure
    const message = encodeMessage(request)
    if (message.length > this.#plan.maxMessageBytes)
      throw new ChildFailure(
        'too-long',
        `it takes ${message.length} bytes, at most ${this.#plan.maxMessageBytes}`,
      )
    this.#process.stdin.write(message)
    const text = await this.#answer(limitMs)
    if (text.length < LARGE_CHARS) return JSON.parse(text)
    // Others have a turn before it is parsed, and before it is worked on.
    await setImmediate()
    const answer: unknown = JSON.parse(text)
    await setImmediate()
    return answer
  }

  kill(): void {
    this.#fail('ended', 'it was ended')
  }

  async #answer(limitMs: number): Promise<string> {
    this.#hold(true)
    const tooSlow = () => this.#fail('slow', `it took more than ${limitMs} ms`)
    const began = this.#cpuMs()
    const deadline = setTimeout(tooSlow, limitMs * PATIENCE)
    const watch = setInterval(() => {
      this.#watchMemory()
      if (this.#cpuMs() - began > limitMs) tooSlow()
    }, WATCH_MS)
    try {
      return await new Promise((resolve, reject) => {
        this.#question = { resolve, reject }
        if (this.#failure !== null) reject(this.#failure)
      })
    } finally {
      clearTimeout(deadline)
      clearInterval(watch)
      this.#hold(false)
    }
  }

  /** An idle child does not keep the program that it belongs to from ending. */
  #hold(held: boolean): void {
    for (const each of [this.#process, ...this.#process.stdio]) {
      if (each === this.#process || each instanceof Socket) each[held ? 'ref' : 'unref']()
    }
  }

  /** The heap has its own limit; what lies beside it has this one. Where there is no procfs, the heap's alone. */
  #watchMemory(): void {
    const kib = Number(/^VmRSS:\s*(\d+) kB$/m.exec(this.#procfs('status'))?.[1] ?? 0)
    const mostMb = this.#plan.heapMb + OVERHEAD_MB
    if (kib / 1024 > mostMb) this.#fail('memory', `it took more than ${mostMb} MiB`)
  }

  /** The CPU time that the child has taken so far; 0 where there is no procfs, and the deadline counts alone. */
  #cpuMs(): number {
    // The name of the program, in brackets, may hold anything.
    const [user = '0', system = '0'] = this.#procfs('stat').split(')').at(-1)?.split(' ').slice(12, 14) ?? []
    return ((Number(user) + Number(system)) / TICKS_PER_SECOND) * 1000
  }

  #procfs(name: string): string {
    if (process.platform !== 'linux') return ''
    try {
      return readFileSync(`/proc/${this.#process.pid}/${name}`, 'latin1')
    } catch {
      // It has ended, and says so.
      return ''
    }
  }

  #read(reader: MessageReader, chunk: Buffer): void {
    if (this.#failure !== null) return
    try {
      for (const text of reader.read(chunk)) {
        const question = this.#question
        this.#question = null
        if (question === null) this.#fail('ended', 'it spoke without being asked')
        question?.resolve(text)
      }
    } catch (error) {
      this.#fail('too-long', error instanceof Error ? error.message : String(error))
    }
  }

  #ending(code: number | null, signal: string | null): string {
    return `it ended by ${signal ?? `code ${code}`}${this.#said === '' ? '' : `: ${this.#said}`}`
  }

  #fail(reason: ChildFailureReason, detail: string): void {
    if (this.#failure !== null) return
    const full = /heap (limit|out of memory)|out of memory/i.test(detail)
    this.#failure = new ChildFailure(full ? 'memory' : reason, detail)
    this.#process.kill('SIGKILL')
    this.#question?.reject(this.#failure)
    this.#question = null
  }
}
