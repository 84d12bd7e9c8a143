import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { SetBackMessage } from '../../../protocol/host-messages.ts'
import type { RunnerMessage } from '../../../protocol/runner-messages.ts'
import type { CodeExecutionResult } from '../../result/result.ts'

import type { Question } from '../../worker/question.ts'
import type { Lease } from '../../workers/pool.ts'
import { cancelledResult } from '../build-result.ts'
import { collect, type ExecutionParts, giveFiles } from '../execute.ts'
import type { ExecutionRequest } from '../request.ts'
import { runOnWorker } from '../run.ts'

/** A worker is replaced after so many programs, whatever it says of itself. */
const MAX_PROGRAMS = 100

/** Ends of a program after which nothing that its worker says of itself is asked for. */
const REPLACED_AFTER: ReadonlySet<string | undefined> = new Set([
  'timeout',
  'cpu',
  'memory',
  'output',
  'cancelled',
  'crashed',
])

/** Runs the programs of one batch one after the other, in one worker as long as that can be set back between them. */
export class BatchLease implements Disposable {
  readonly #parts: ExecutionParts
  #lease: Lease | null = null
  #programs = 0

  constructor(parts: ExecutionParts) {
    this.#parts = parts
  }

  /**
   * Runs one program, in a place of its own. Throws as `executeOnce` does.
   * @param onResult is given the result before the worker is set back
   */
  async run(request: ExecutionRequest, onResult: (result: CodeExecutionResult) => void): Promise<void> {
    const result = await this.#resultOf(request)
    onResult(result)
    await this.#setBack(result)
  }

  /** Ends the worker. */
  [Symbol.dispose](): void {
    this.#lease?.[Symbol.dispose]()
    this.#lease = null
  }

  async #resultOf(request: ExecutionRequest): Promise<CodeExecutionResult> {
    const asked = performance.now()
    try {
      using _place = await this.#parts.pool.place(request.signal)
      return await this.#run(request, performance.now() - asked)
    } catch (error) {
      // What the worker holds now is not known.
      this[Symbol.dispose]()
      if (request.signal?.aborted) return cancelledResult(request, performance.now() - asked)
      throw error
    }
  }

  async #run(request: ExecutionRequest, queueMs: number): Promise<CodeExecutionResult> {
    const { pool, keeper } = this.#parts
    const isNew = this.#lease === null
    this.#lease ??= await pool.leaseWithoutPlace(request.signal)
    const { worker, startMs } = this.#lease
    if (isNew) {
      this.#programs = 0
      worker.begin({ type: 'begin-batch' })
    }
    this.#programs += 1
    await giveFiles(worker, request)
    const program = { ...request, message: { ...request.message, run: this.#programs } }
    const interpreter = isNew ? 'new' : 'set-back'
    const context = { queueMs, startMs: isNew ? startMs : 0, keeper, interpreter } as const
    return await collect(runOnWorker(worker, program, context))
  }

  async #setBack({ error }: CodeExecutionResult): Promise<void> {
    const worker = this.#lease?.worker
    const isSpent = this.#programs >= MAX_PROGRAMS || REPLACED_AFTER.has(error?.kind)
    if (worker === undefined) return
    if (isSpent || !worker.alive || (await worker.askIdle(new SetBackQuestion())) !== null)
      this[Symbol.dispose]()
  }
}

/** Asks a worker to set its interpreter back; it answers why that cannot be done, or null. */
class SetBackQuestion implements Question<string | null> {
  readonly message: SetBackMessage = { type: 'set-back' }
  readonly content: readonly Uint8Array[] = []
  readonly #done: Deferred<string | null> = deferred<string | null>()

  get done(): Promise<string | null> {
    return this.#done.promise
  }

  piece(): void {
    throw new TypeError('bytes that nobody asked for')
  }

  answer(message: RunnerMessage): void {
    if (message.type !== 'set-back') throw new TypeError(`unexpected message "${message.type}"`)
    this.#done.resolve(message.error)
  }

  gone(): void {
    this.#done.resolve('the worker has ended')
  }
}
