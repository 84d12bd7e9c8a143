import type { ExecutionEvent } from '../result/events.ts'
import type { Worker } from '../worker/worker.ts'
import type { DerivedPools, PoolUse } from '../workers/derived-pools.ts'
import type { WorkerPool } from '../workers/pool.ts'
import type { ImportPackages, MissingImport } from './on-demand/import-packages.ts'
import { lackingImports } from './on-demand/lacking-imports.ts'
import { type SlowWork, withProgress } from './on-demand/with-progress.ts'
import type { ExecutionRequest } from './request.ts'

/** Where workers come from. */
export interface WorkerSources {
  /** With what the sandbox has. */
  readonly pool: WorkerPool
  /** With more packages. */
  readonly derived: DerivedPools
  readonly imports: ImportPackages
}

/**
 * Finds the worker of one execution: one that has the packages which it asks for and, with `autoInstall`, those that its
 * code imports. Gives back what it has when it is disposed.
 */
export class Supply implements Disposable {
  readonly #sources: WorkerSources
  readonly #request: ExecutionRequest
  /** Of a pool of its own, where it needs more packages. */
  #use: PoolUse | null = null
  #worker: Worker | null = null
  #missing: readonly MissingImport[] = []
  /** What it took so far, in milliseconds. */
  readonly took = { queueMs: 0, startMs: 0, packagesMs: 0 }

  constructor(sources: WorkerSources, request: ExecutionRequest) {
    this.#sources = sources
    this.#request = request
  }

  /** What the code imports and nobody could bring. */
  get missing(): readonly MissingImport[] {
    return this.#missing
  }

  /**
   * Yields what is done, and returns the worker, or null when the execution was cancelled first.
   * @throws PackageError
   * @throws QueueFullError, SandboxClosedError, WorkerStartError and what else getting a worker may throw
   */
  async *find(): AsyncGenerator<ExecutionEvent, Worker | null, void> {
    const { packages, autoInstall } = this.#request
    if (packages.length > 0) {
      const use = yield* this.#packages({
        work: (onProgress) => this.#sources.derived.use(packages, onProgress),
        abandon: (late) => late.done(),
      })
      if (use === null) return null
      this.#use = use
    }
    const worker = await this.#lease()
    if (worker === null || autoInstall === false) return worker
    const lacking = await lackingImports(worker, this.#request)
    if (lacking.length === 0 && worker.alive) return worker
    // It has read hostile code, and waiting for packages must not keep its place from others.
    this.#giveBack()
    const supply = yield* this.#packages({
      work: (onProgress) => {
        const wish = { asked: packages, autoInstall, onProgress }
        return this.#sources.imports.supply(this.#sources.derived, lacking, wish)
      },
      abandon: (late) => late.use?.done(),
    })
    if (supply === null) return null
    this.#missing = supply.missing
    if (supply.use !== null) {
      this.#use?.done()
      this.#use = supply.use
    }
    return await this.#lease()
  }

  [Symbol.dispose](): void {
    this.#giveBack()
    this.#use?.done()
  }

  get #pool(): WorkerPool {
    return this.#use?.pool ?? this.#sources.pool
  }

  async *#packages<Value>(
    slow: Omit<SlowWork<Value>, 'signal'>,
  ): AsyncGenerator<ExecutionEvent, Value | null, void> {
    const started = performance.now()
    try {
      return yield* withProgress({ ...slow, signal: this.#request.signal })
    } finally {
      this.took.packagesMs += performance.now() - started
    }
  }

  async #lease(): Promise<Worker | null> {
    const { signal } = this.#request
    const asked = performance.now()
    const lease = await this.#pool.lease(signal).catch((error: unknown) => {
      if (signal?.aborted) return null
      throw error
    })
    this.took.queueMs += lease?.queueMs ?? performance.now() - asked
    this.took.startMs += lease?.startMs ?? 0
    this.#worker = lease?.worker ?? null
    return this.#worker
  }

  #giveBack(): void {
    if (this.#worker !== null) this.#pool.giveBack(this.#worker)
    this.#worker = null
  }
}
