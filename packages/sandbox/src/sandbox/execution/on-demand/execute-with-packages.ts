import { PackageError } from '../../errors/errors.ts'
import type { ExecutionEvent } from '../../result/events.ts'
import type { CodeExecutionResult } from '../../result/result.ts'
import type { Worker } from '../../worker/worker.ts'
import type { DerivedPools, PoolUse } from '../../workers/derived-pools.ts'
import type { Lease } from '../../workers/pool.ts'
import { cancelledResult } from '../build-result.ts'
import { type ExecutionParts, giveFiles, leaseUnlessAborted } from '../execute.ts'
import type { ExecutionRequest } from '../request.ts'
import { runOnWorker } from '../run.ts'
import type { ImportPackages, MissingImport } from './import-packages.ts'
import { lackingImports } from './lacking-imports.ts'
import { packageResult, withMissing } from './package-failure.ts'
import { type SlowWork, withProgress } from './with-progress.ts'

/** What an execution needs whose packages are found first. */
export interface PackageParts extends ExecutionParts {
  /** Workers with more packages. */
  readonly derived: DerivedPools
  readonly imports: ImportPackages
}

/**
 * One execution in a worker that has the packages which it asks for and, with `autoInstall`, those that its code imports.
 * Throws as `executeOnce` does.
 */
export async function* executeWithPackages(
  parts: PackageParts,
  request: ExecutionRequest,
): AsyncGenerator<ExecutionEvent, void, void> {
  if (request.signal?.aborted) {
    yield { type: 'finished', result: cancelledResult(request, 0) }
    return
  }
  using supply = new Supply(parts, request)
  const found = yield* workerOrResult(supply, request)
  if ('status' in found) {
    yield { type: 'finished', result: found }
    return
  }
  await giveFiles(found, request)
  const context = { ...supply.took, keeper: parts.keeper, interpreter: 'new' as const }
  for await (const event of runOnWorker(found, request, context)) {
    if (event.type !== 'finished' || supply.missing.length === 0) yield event
    else yield { ...event, result: withMissing(event.result, supply.missing, parts.imports) }
  }
}

/** The result where there is nothing to run: cancelled, or packages that cannot be had. */
async function* workerOrResult(
  supply: Supply,
  request: ExecutionRequest,
): AsyncGenerator<ExecutionEvent, Worker | CodeExecutionResult, void> {
  try {
    return (yield* supply.find()) ?? cancelledResult(request, supply.took.queueMs)
  } catch (error) {
    if (!(error instanceof PackageError) || request.packages.length === 0) throw error
    return packageResult(request, error, supply.took)
  }
}

/** Finds the packages and the worker of one execution, and gives back what it has when it is disposed. */
class Supply implements Disposable {
  readonly #parts: PackageParts
  readonly #request: ExecutionRequest
  /** Of a pool of its own, where it needs more packages. */
  #use: PoolUse | null = null
  #lease: Lease | null = null
  #missing: readonly MissingImport[] = []
  /** What it took so far, in milliseconds. */
  readonly took = { queueMs: 0, startMs: 0, packagesMs: 0 }

  constructor(parts: PackageParts, request: ExecutionRequest) {
    this.#parts = parts
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
        work: (onProgress) => this.#parts.derived.use(packages, onProgress),
        abandon: (late) => late[Symbol.dispose](),
      })
      if (use === null) return null
      this.#use = use
    }
    const worker = await this.#takeWorker()
    if (worker === null || autoInstall === false) return worker
    const lacking = await lackingImports(worker, this.#request)
    if (lacking.length === 0 && worker.alive) return worker
    // It has read hostile code, and waiting for packages must not keep its place from others.
    this.#lease?.[Symbol.dispose]()
    const supply = yield* this.#packages({
      work: (onProgress) => {
        const wish = { asked: packages, autoInstall, onProgress }
        return this.#parts.imports.supply(this.#parts.derived, lacking, wish)
      },
      abandon: (late) => late.use?.[Symbol.dispose](),
    })
    if (supply === null) return null
    this.#missing = supply.missing
    if (supply.use !== null) {
      this.#use?.[Symbol.dispose]()
      this.#use = supply.use
    }
    return await this.#takeWorker()
  }

  [Symbol.dispose](): void {
    this.#lease?.[Symbol.dispose]()
    this.#use?.[Symbol.dispose]()
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

  async #takeWorker(): Promise<Worker | null> {
    const asked = performance.now()
    this.#lease = await leaseUnlessAborted(this.#use?.pool ?? this.#parts.pool, this.#request.signal)
    this.took.queueMs += this.#lease?.queueMs ?? performance.now() - asked
    this.took.startMs += this.#lease?.startMs ?? 0
    return this.#lease?.worker ?? null
  }
}
