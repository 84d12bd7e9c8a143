import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { joinSignals } from 'agentchat-sandbox-base/async/join-signals'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { FileInputError, InvalidOptionsError, PackageError, WorkspaceFileError } from '../../errors/errors.ts'
import type { SandboxError } from '../../errors/sandbox-error.ts'
import { collect } from '../execute.ts'
import type { ExecutionOptions } from '../execution-options.ts'
import { executeWithPackages, type PackageParts } from '../on-demand/execute-with-packages.ts'
import type { ExecutionRequest } from '../request.ts'
import { BatchLease } from './batch-lease.ts'
import {
  type BatchItem,
  type BatchOptions,
  type BatchProgram,
  type BatchPrograms,
  type BatchSettings,
  parseBatchOptions,
  parseProgram,
  parsePrograms,
} from './batch-options.ts'
import { OrderedItems } from './ordered-items.ts'

/** What a batch needs of its sandbox. */
export interface BatchParts extends PackageParts {
  /** @throws InvalidOptionsError */
  request(code: string, options: ExecutionOptions): ExecutionRequest
}

/**
 * Runs every program in a fresh interpreter and yields what became of it, in the order of the programs. Programs are taken
 * as they are wanted. Leaving the loop ends what runs.
 * @throws InvalidOptionsError at once
 * @throws QueueFullError, SandboxClosedError, and what starting a worker may throw: the batch ends with it
 */
export function runBatch(
  parts: BatchParts,
  programs: BatchPrograms,
  options: BatchOptions,
): AsyncGenerator<BatchItem, void, void> {
  return itemsOf(parts, parsePrograms(programs), parseBatchOptions(options))
}

async function* itemsOf(
  parts: BatchParts,
  programs: BatchPrograms,
  { concurrency, signal }: BatchSettings,
): AsyncGenerator<BatchItem, void, void> {
  const over = new AbortController()
  using joined = joinSignals(signal, over.signal)
  const run = new BatchRun(parts, programs, joined.signal)
  const lanes = Array.from({ length: concurrency }, () => run.lane())
  const all = Promise.all(lanes)
  let ended = false
  inBackground(
    all.finally(() => {
      ended = true
    }),
  )
  try {
    for (;;) {
      const { changed } = run.items
      const item = run.items.take()
      if (item !== null) yield item
      else if (ended) break
      else await Promise.race([changed, all])
    }
    await all
  } finally {
    over.abort()
    await Promise.allSettled(lanes)
    await run.close()
  }
}

/** One batch: where its programs come from, and what became of them. */
class BatchRun {
  readonly items = new OrderedItems()
  readonly #parts: BatchParts
  readonly #programs: AsyncIterator<string | BatchProgram> | Iterator<string | BatchProgram>
  readonly #signal: AbortSignal
  #taken = 0
  #taking: Promise<unknown> = Promise.resolve()
  #ended = false

  constructor(parts: BatchParts, programs: BatchPrograms, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
    this.#programs =
      Symbol.asyncIterator in programs ? programs[Symbol.asyncIterator]() : programs[Symbol.iterator]()
  }

  /** Runs one program after the other until there is none. */
  async lane(): Promise<void> {
    using worker = new BatchLease(this.#parts)
    for (let next = await this.#take(); next !== null; next = await this.#take())
      await this.#run(worker, next.index, next.program)
  }

  /** Tells the source that nothing more is wanted of it. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#programs.return?.()
  }

  async #run(worker: BatchLease, index: number, program: string | BatchProgram): Promise<void> {
    while (!this.items.hasRoomFor(index) && !this.#signal.aborted) await this.#untilChanged()
    try {
      const { code, ...options } = parseProgram(program)
      const request = this.#parts.request(code, { ...options, signal: this.#signal })
      if (needsItsOwnWorker(request)) {
        const result = await collect(executeWithPackages(this.#parts, request))
        this.items.add({ index, result, error: null })
      } else await worker.run(request, (result) => this.items.add({ index, result, error: null }))
    } catch (error) {
      if (!isOfOneProgram(error)) throw error
      this.items.add({ index, result: null, error })
    }
  }

  /** The next program, one lane after the other; null when there is none or none is wanted. */
  async #take(): Promise<{ readonly index: number; readonly program: string | BatchProgram } | null> {
    const taken = this.#taking.then(async () => {
      if (this.#ended || this.#signal.aborted) return null
      const next = await this.#programs.next()
      if (next.done === true) {
        this.#ended = true
        return null
      }
      return { index: this.#taken++, program: next.value }
    })
    this.#taking = taken.catch(() => {
      this.#ended = true
    })
    return await taken
  }

  async #untilChanged(): Promise<void> {
    await untilAborted(this.items.changed, this.#signal).catch(() => {})
  }
}

/** Other packages are another image, and what native code of the host does to a process cannot be set back. */
function needsItsOwnWorker({ packages, autoInstall, libraries }: ExecutionRequest): boolean {
  return packages.length > 0 || autoInstall !== false || libraries.plan !== null
}

/** Errors that are of one program alone, and say nothing of the others. */
function isOfOneProgram(error: unknown): error is SandboxError {
  return [InvalidOptionsError, FileInputError, WorkspaceFileError, PackageError].some(
    (kind) => error instanceof kind,
  )
}
