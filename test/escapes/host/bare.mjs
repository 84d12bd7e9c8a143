import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'

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
export class Bare {
  #settings
  #runs = 0
  #endings = new Set()

  /**
   * @param {object} settings
   * @param {string} settings.path
   * @param {string[]} settings.args
   * @param {NodeJS.ProcessEnv} settings.env
   * @param {string | null} settings.denoDir made for each run, in place of `@RUN@` its number, and taken away before
   * the program comes, as the product does it
   */
  constructor(settings) {
    this.#settings = settings
  }

  async prepare() {
    return null
  }

  /**
   * @param {import('./product.mjs').Request} request
   * @returns {Promise<import('./product.mjs').Outcome>}
   */
  run({ code, timeoutSeconds }) {
    const { path, args, env, denoDir } = this.#numbered()
    if (denoDir !== null) mkdirSync(denoDir)
    const child = spawn(path, args, { env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    const end = () => {
      try {
        process.kill(-child.pid, 'SIGKILL')
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
        resolve({ result, thrown, seconds: (performance.now() - started) / 1000, finished: 1, raw })
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
      child.stdout.on('data', (chunk) => answer.read(chunk))
      child.stderr.on('data', (chunk) => answer.keep(chunk))
      child.stdin.on('error', () => {})
      child.once('error', (error) => answer.end(error.message))
      child.once('close', (exitCode, signal) => answer.end(`worker ended with ${signal ?? exitCode}`))
    })
  }

  /** Ends the process groups of all workers. */
  async endRun() {
    for (const end of this.#endings) end()
  }

  close() {
    return this.endRun()
  }

  #numbered() {
    const text = JSON.stringify(this.#settings).replaceAll('@RUN@', `${process.pid}-${this.#runs++}`)
    return JSON.parse(text)
  }
}

/** What a worker says, until the first line of JSON with a status. */
class Answer {
  onReady = () => {}
  #done
  #bytes = 0
  #raw = ''
  #line = ''

  /** @param {(result: object | null, thrown: string, raw: string) => void} done called once */
  constructor(done) {
    this.#done = done
  }

  /** @param {Buffer} chunk */
  keep(chunk) {
    this.#bytes += chunk.length
    if (this.#raw.length < MAX_KEPT_CHARS) this.#raw += chunk.toString('latin1')
    if (this.#bytes > FLOOD_BYTES) this.end(`took ${this.#bytes} bytes of output`)
  }

  /** @param {Buffer} chunk */
  read(chunk) {
    this.keep(chunk)
    const lines = (this.#line + chunk.toString('utf8')).split('\n')
    this.#line = lines.pop() ?? ''
    for (const line of lines) {
      const message = parse(line)
      if (message?.ready === true) this.onReady()
      else if (typeof message?.status === 'string') this.end('', message)
    }
  }

  /**
   * @param {string} thrown
   * @param {object | null} [result]
   */
  end(thrown, result = null) {
    const done = this.#done
    this.#done = () => {}
    done(result, thrown, this.#raw)
  }
}

/** @param {string} path */
function closeFolder(path) {
  rmSync(path, { recursive: true, force: true })
  writeFileSync(path, '')
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
