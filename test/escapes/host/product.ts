import type { PyodideSandbox, SandboxOptions } from 'agentchat-sandbox'
import { lookAtRest, OWN_SESSION } from './changed-sessions.ts'
import type { Host, Outcome, ProductSettings, Request } from './outcome.ts'

/** Sessions of attacks may be so large at rest, so that one which is too large need not take minutes. */
const MAX_SESSION_BYTES = 2 ** 24

/** An outcome while it is made. */
type Made = { -readonly [Part in keyof Omit<Outcome, 'hostLagMs'>]: Outcome[Part] }

/** The library as its users have it. */
export class Product implements Host {
  readonly #options: SandboxOptions
  readonly #library: string
  readonly #sandboxes = new Map<string, PyodideSandbox>()
  #grants = '{}'

  constructor({ options, library }: Omit<ProductSettings, 'kind'>) {
    this.#options = options
    this.#library = library
  }

  /** Warms the pool, so that the worker that the attack will have is there. */
  async prepare(grants: object): Promise<string | null> {
    if (JSON.stringify(grants) !== this.#grants) await this.close()
    this.#grants = JSON.stringify(grants)
    try {
      const sandbox = await this.#sandbox('here')
      await sandbox.start()
      return null
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'unsupported') return error.message
      throw error
    }
  }

  async run({ code, elsewhere, inSession, timeoutSeconds, memoryLimitMb }: Request): Promise<Made> {
    const sandbox = await this.#sandbox(elsewhere ? 'elsewhere' : 'here')
    const limits = { timeoutSeconds, ...(memoryLimitMb === undefined ? {} : { memoryLimitMb }) }
    const outcome: Made = { result: null, thrown: '', seconds: 0, finished: 0, raw: '', atRest: null }
    const session = inSession ? sandbox.session(OWN_SESSION) : null
    let started = performance.now()
    try {
      for await (const event of (session ?? sandbox).stream(code, limits)) {
        if (event.type === 'started') started = performance.now()
        if (outcome.finished > 0) outcome.finished += 100
        if (event.type !== 'finished') continue
        outcome.seconds = (performance.now() - started) / 1000
        outcome.finished += 1
        outcome.result = event.result
      }
      if (session !== null) outcome.atRest = await lookAtRest(session, await this.#class(), this.#settings())
    } catch (error) {
      outcome.thrown = String(error)
    } finally {
      await session?.close()
    }
    return outcome
  }

  /** Nothing: the product ends its workers by itself. */
  async endRun(): Promise<void> {}

  async close(): Promise<void> {
    const open = [...this.#sandboxes.values()]
    this.#sandboxes.clear()
    await Promise.all(open.map((sandbox) => sandbox.close()))
  }

  async #sandbox(place: 'here' | 'elsewhere'): Promise<PyodideSandbox> {
    const Sandbox = await this.#class()
    const existing = this.#sandboxes.get(place)
    if (existing !== undefined) return existing
    const pool = { min: place === 'here' ? 1 : 0, max: 2 }
    const sandbox = new Sandbox({ ...this.#settings(), pool })
    this.#sandboxes.set(place, sandbox)
    return sandbox
  }

  async #class(): Promise<typeof PyodideSandbox> {
    return (await import(this.#library)).PyodideSandbox
  }

  #settings(): SandboxOptions {
    return { ...this.#options, ...JSON.parse(this.#grants), maxSessionBytes: MAX_SESSION_BYTES }
  }
}
