import { lookAtRest, OWN_SESSION } from './changed-sessions.mjs'

/** Sessions of attacks may be so large at rest, so that one which is too large need not take minutes. */
const MAX_SESSION_BYTES = 2 ** 24

/**
 * @typedef {object} Request
 * @property {string} code
 * @property {boolean} elsewhere in a pool of its own
 * @property {boolean} inSession in a session, which is saved and tampered with afterwards
 * @property {number} timeoutSeconds
 * @property {number} [memoryLimitMb]
 */

/**
 * @typedef {object} Outcome
 * @property {import('../../../packages/sandbox/build/sandbox/index.js').CodeExecutionResult | null} result null when there was none
 * @property {string} thrown what the host threw, or empty
 * @property {number} seconds of the user's code
 * @property {number} finished how many last events came
 * @property {string} raw other text that came from the worker
 * @property {import('./changed-sessions.mjs').AtRest | null} atRest what became of the session
 * @property {number} hostLagMs longest time that the host could do nothing else
 */

/** The library as its users have it. */
export class Product {
  #options
  #library
  #sandboxes = new Map()
  #grants = '{}'

  /**
   * @param {object} settings
   * @param {import('../../../packages/sandbox/build/sandbox/index.js').SandboxOptions} settings.options
   * @param {string} settings.library path of its main module
   */
  constructor({ options, library }) {
    this.#options = options
    this.#library = library
  }

  /**
   * Warms the pool, so that the worker that the attack will have is there.
   * @param {object} grants
   * @returns {Promise<string | null>} why this version cannot do that
   */
  async prepare(grants) {
    if (JSON.stringify(grants) !== this.#grants) await this.close()
    this.#grants = JSON.stringify(grants)
    try {
      const sandbox = await this.#sandbox('here')
      await sandbox.start()
      return null
    } catch (error) {
      if (error.code === 'unsupported') return error.message
      throw error
    }
  }

  /**
   * @param {Request} request
   * @returns {Promise<Outcome>}
   */
  async run({ code, elsewhere, inSession, timeoutSeconds, memoryLimitMb }) {
    const sandbox = await this.#sandbox(elsewhere ? 'elsewhere' : 'here')
    const limits = { timeoutSeconds, ...(memoryLimitMb === undefined ? {} : { memoryLimitMb }) }
    const outcome = { result: null, thrown: '', seconds: 0, finished: 0, raw: '', atRest: null }
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
      outcome.thrown = `${error.name}: ${error.message}`
    } finally {
      await session?.close()
    }
    return outcome
  }

  /** Nothing: the product ends its workers by itself. */
  async endRun() {}

  async close() {
    const open = [...this.#sandboxes.values()]
    this.#sandboxes.clear()
    await Promise.all(open.map((sandbox) => sandbox.close()))
  }

  /** @param {'here' | 'elsewhere'} place */
  async #sandbox(place) {
    const PyodideSandbox = await this.#class()
    const existing = this.#sandboxes.get(place)
    if (existing !== undefined) return existing
    const pool = { min: place === 'here' ? 1 : 0, max: 2 }
    const sandbox = new PyodideSandbox({ ...this.#settings(), pool })
    this.#sandboxes.set(place, sandbox)
    return sandbox
  }

  async #class() {
    return (await import(this.#library)).PyodideSandbox
  }

  #settings() {
    return { ...this.#options, ...JSON.parse(this.#grants), maxSessionBytes: MAX_SESSION_BYTES }
  }
}
