// One host process and the conversation with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { HostSettings, Outcome, Request } from './host/outcome.ts'

// Built by `scripts/build-escapes.mjs`: Node reads no TypeScript.
const PROGRAM = fileURLToPath(new URL('../../build/escapes/host/main.js', import.meta.url))
const MAX_TERMINAL_CHARS = 2 ** 20

/** What a host can be asked, with what it answers. */
interface Questions {
  readonly prepare: { params: { grants: object }; answer: string | null }
  readonly run: { params: Request; answer: Outcome }
  readonly endRun: { params: object; answer: null }
  readonly isPolluted: { params: object; answer: boolean }
  readonly close: { params: object; answer: null }
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** The host is gone, or does not answer any more. */
export class HostLostError extends Error {
  override readonly name = 'HostLostError'
}

export class Lane {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #nextId = 1
  #terminal = ''
  #lost = ''

  /** @param how `netns`: in a network namespace without a network */
  constructor(settings: HostSettings, { env, netns }: { env: NodeJS.ProcessEnv; netns: boolean }) {
    const args = [PROGRAM, JSON.stringify(settings)]
    const [command, before] = netns ? ['unshare', ['-rn', process.execPath]] : [process.execPath, []]
    const child = spawn(command, [...before, ...args], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      // A host that is killed resets its pipes.
      stream.on('error', () => {})
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (this.#terminal.length < MAX_TERMINAL_CHARS) this.#terminal += text
      })
    }
    child.on('message', (message) => {
      const { id, value, error } = message as Answer
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) waiting?.resolve(value)
      else waiting?.reject(new Error(error))
    })
    child.on('error', (error) => this.#lose(`host could not be started: ${error.message}`))
    child.on('close', (code, signal) => this.#lose(`host ended with ${signal ?? code}`))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Is the host still there to be asked? */
  get usable(): boolean {
    return this.#lost === ''
  }

  /** What the host has printed since it was asked last. */
  takeTerminal(): string {
    const text = this.#terminal
    this.#terminal = ''
    return text
  }

  /** @throws HostLostError when the host has ended, or does not answer in time and is killed */
  async ask<Method extends keyof Questions>(
    method: Method,
    params: Questions[Method]['params'],
    deadlineSeconds: number,
  ): Promise<Questions[Method]['answer']> {
    if (!this.usable) throw new HostLostError(this.#lost)
    const id = this.#nextId++
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const deadline = setTimeout(
      () => this.#lose(`host did not answer within ${deadlineSeconds} s`),
      deadlineSeconds * 1000,
    )
    this.#child.send({ id, method, params })
    try {
      return (await answer) as Questions[Method]['answer']
    } finally {
      clearTimeout(deadline)
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = new Promise((resolve) => this.#child.once('close', resolve))
    if (this.usable) await this.ask('close', {}, 20).catch(() => {})
    this.#child.kill('SIGKILL')
    await closed
  }

  #lose(why: string): void {
    this.#lost ||= why
    this.#child.kill('SIGKILL')
    for (const { reject } of this.#waiting.values()) reject(new HostLostError(this.#lost))
    this.#waiting.clear()
  }
}
