import { parseExecutionOptions } from '../packages/sandbox/build/sandbox/execution/execution-options.js'
import { makeRequest } from '../packages/sandbox/build/sandbox/execution/request.js'
import { runOnWorker } from '../packages/sandbox/build/sandbox/execution/run.js'
import { defaultCacheFolder } from '../packages/sandbox/build/sandbox/host/cache-folder.js'
import { Image } from '../packages/sandbox/build/sandbox/image/image.js'
import { BASE_RECIPE } from '../packages/sandbox/build/sandbox/image/recipe.js'
import { collect } from '../packages/sandbox/build/sandbox/index.js'
import { parseSandboxOptions } from '../packages/sandbox/build/sandbox/options.js'

const MAX_MESSAGE_BYTES = 2 ** 22

/**
 * One worker that runs one program after the other, which no pool ever does with the programs of two callers. Made of
 * the library's inner parts.
 */
export class OneWorker {
  #worker
  #settings = parseSandboxOptions({})
  #runs = 0

  /** @param {import('../packages/sandbox/build/sandbox/worker/worker.js').Worker} worker */
  constructor(worker) {
    this.#worker = worker
  }

  static async start() {
    const image = new Image(BASE_RECIPE, {
      cacheDir: defaultCacheFolder(),
      isolation: 'auto',
      onProgress: () => {},
    })
    const worker = await image.startWorker(MAX_MESSAGE_BYTES)
    // As a pool does it.
    worker.warmUp()
    return new OneWorker(worker)
  }

  /**
   * @param {string} code
   * @returns {Promise<import('../packages/sandbox/build/sandbox/index.js').CodeExecutionResult>}
   */
  async execute(code) {
    const request = makeRequest(code, this.#settings, parseExecutionOptions({}))
    this.#runs += 1
    const message = { ...request.message, run: this.#runs }
    return await collect(runOnWorker(this.#worker, { ...request, message }, { queueMs: 0, startMs: 0 }))
  }

  get pid() {
    return this.#worker.pid
  }

  async close() {
    await this.#worker[Symbol.asyncDispose]()
  }
}
