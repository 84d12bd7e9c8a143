import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { BareSettings, Host, Outcome, Request } from './outcome.ts'

/** Text of a worker that is kept; a naive host would keep all of it and die. */
const MAX_KEPT_CHARS = 2 ** 20
const FLOOD_BYTES = 64 * 2 ** 20
const START_SECONDS = 60
/** How much longer than its limit a run may take before the harness ends it, since this host does not. */
const OVERRUN_SECONDS = 1.5

/**
 * A host that knows nothing but its worker's command line: starts it, gives it the program, believes the first line of
 * JSON that has a status. It sets no limit of its own.
 */
export class Bare implements Host {
  readonly #settings: BareSettings
  readonly #endings = new Set<() => void>()
  #runs = 0

  constructor(settings: BareSettings) {
    this.#settings = settings
  }

  async prepare(): Promise<null> {
    return null
  }

  run({ code, timeoutSeconds }: Request): Promise<Omit<Outcome, 'hostLagMs'>> {
    const { path, args, env, denoDir } = this.#numbered()
    if (denoDir !== null) mkdirSync(denoDir)
    const child = spawn(path, args, { env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    }
    this.#endings.add(end)
    child.once('close', () => this.#endings.delete(end))
    return new Promise((resolve) => {
      let started = performance.now()
      const answer = new Answer((result, thrown, raw) => {
        clearTimeout(timer)
        // Past a result the worker may go on: a naive host does not look. Without one the harness ends it.
        if (result === null) end()
        const seconds = (performance.now() - started) / 1000
        resolve({ result, thrown, seconds, finished: 1, raw, atRest: null })
      })
      const giveUp = () => answer.end('not ended by anybody')
      let timer = setTimeout(giveUp, START_SECONDS * 1000)
      answer.onReady = () => {
        if (denoDir !== null) closeFolder(denoDir)
        started = performance.now()
        clearTimeout(timer)
        timer = setTimeout(giveUp, (timeoutSeconds + OVERRUN_SECONDS) * 1000)
        child.stdin.end(code)
      }
      child.stdout.on('data', (chunk: Buffer) => answer.read(chunk))
      child.stderr.on('data', (chunk: Buffer) => answer.keep(chunk))
      child.stdin.on('error', () => {})
      child.once('error', (error) => answer.end(error.message))
      child.once('close', (exitCode, signal) => answer.end(`worker ended with ${signal ?? exitCode}`))
    })
  }

  /** Ends the process groups of all workers. */
  async endRun(): Promise<void> {
    for (const end of this.#endings) end()
  }

  close(): Promise<void> {
    return this.endRun()
  }

  #numbered(): BareSettings {
    const text = JSON.stringify(this.#settings).replaceAll('@RUN@', `${process.pid}-${this.#runs++}`)
    return JSON.parse(text)
  }
}

/** Is called once. */
type Done = (result: Outcome['result'], thrown: string, raw: string) => void

/** What a worker says, until the first line of JSON with a status. */
class Answer {
  onReady: () => void = () => {}
  #done: Done
  #bytes = 0
  #raw = ''
  #line = ''

  constructor(done: Done) {
    this.#done = done
  }

  keep(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#raw.length < MAX_KEPT_CHARS) this.#raw += chunk.toString('latin1')
    if (this.#bytes > FLOOD_BYTES) this.end(`took ${this.#bytes} bytes of output`)
  }

  read(chunk: Buffer): void {
    this.keep(chunk)
    const lines = (this.#line + chunk.toString('utf8')).split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) {
      const message = parse(line)
      if (message?.ready === true) this.onReady()
      else if (typeof message?.status === 'string') this.end('', message)
    }
  }

  end(thrown: string, result: Outcome['result'] = null): void {
    const done = this.#done
    this.#done = () => {}
    done(result, thrown, this.#raw)
  }
}

function closeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true })
  writeFileSync(path, '')
}

/** What a line of a naive worker says: believed as it is, as such a host does it. */
function parse(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
