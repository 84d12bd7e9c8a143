// One host process and the conversation with it.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('host/main.mjs', import.meta.url))
const MAX_TERMINAL_CHARS = 2 ** 20

/** The host is gone, or does not answer any more. */
export class HostLostError extends Error {
  name = 'HostLostError'
}

export class Lane {
  #child
  #waiting = new Map()
  #nextId = 1
  #terminal = ''
  #lost = ''

  /**
   * @param {object} settings of the host
   * @param {{ env: NodeJS.ProcessEnv, netns: boolean }} how `netns`: in a network namespace without a network
   */
  constructor(settings, { env, netns }) {
    const command = [process.execPath, PROGRAM, JSON.stringify(settings)]
    if (netns) command.unshift('unshare', '-rn')
    const child = spawn(command[0], command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      // A host that is killed resets its pipes.
      stream.on('error', () => {})
      stream.setEncoding('utf8').on('data', (text) => {
        if (this.#terminal.length < MAX_TERMINAL_CHARS) this.#terminal += text
      })
    }
    child.on('message', ({ id, value, error }) => {
      const { resolve, reject } = this.#waiting.get(id) ?? {}
      this.#waiting.delete(id)
      if (error === undefined) resolve?.(value)
      else reject?.(new Error(error))
    })
    child.on('error', (error) => this.#lose(`host could not be started: ${error.message}`))
    child.on('close', (code, signal) => this.#lose(`host ended with ${signal ?? code}`))
  }

  get pid() {
    return this.#child.pid ?? 0
  }

  /** Is the host still there to be asked? */
  get usable() {
    return this.#lost === ''
  }

  /** What the host has printed since it was asked last. */
  takeTerminal() {
    const text = this.#terminal
    this.#terminal = ''
    return text
  }

  /**
   * @param {string} method
   * @param {object} params
   * @param {number} deadlineSeconds
   * @throws HostLostError when the host has ended, or does not answer in time and is killed
   */
  async ask(method, params, deadlineSeconds) {
    if (!this.usable) throw new HostLostError(this.#lost)
    const id = this.#nextId++
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const deadline = setTimeout(
      () => this.#lose(`host did not answer within ${deadlineSeconds} s`),
      deadlineSeconds * 1000,
    )
    this.#child.send({ id, method, params })
    try {
      return await answer
    } finally {
      clearTimeout(deadline)
    }
  }

  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = new Promise((resolve) => this.#child.once('close', resolve))
    if (this.usable) await this.ask('close', {}, 20).catch(() => {})
    this.#child.kill('SIGKILL')
    await closed
  }

  /** @param {string} why */
  #lose(why) {
    this.#lost ||= why
    this.#child.kill('SIGKILL')
    for (const { reject } of this.#waiting.values()) reject(new HostLostError(this.#lost))
    this.#waiting.clear()
  }
}
