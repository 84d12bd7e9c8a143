import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { joinSignals } from 'agentchat-sandbox-base/async/join-signals'
import type { ExecutionEvent } from '../result/events.ts'
import type { CodeExecutionResult } from '../result/result.ts'
import { WorkerGoneError } from '../worker/pending-asks.ts'
import type { Worker } from '../worker/worker.ts'
import { WorkspaceFiles } from '../worker/workspace-files.ts'
import type { Lease, WorkerPool } from '../workers/pool.ts'
import { cancelledResult } from './build-result.ts'
import type { FileKeeper } from './file-keeper.ts'
import type { ExecutionRequest } from './request.ts'
import { runOnWorker } from './run.ts'

/** What an execution without a session needs of its sandbox. */
export interface ExecutionParts {
  /** Workers with what the sandbox has. */
  readonly pool: WorkerPool
  /** Keeps the files that the code makes. */
  readonly keeper: FileKeeper
}

/**
 * One execution in a worker that is then destroyed.
 * @throws QueueFullError, SandboxClosedError, FileInputError, WorkspaceFileError
 * @throws WorkerStartError, ImageBuildError, CacheUnwritableError when no worker can be had
 */
export async function* executeOnce(
  { pool, keeper }: ExecutionParts,
  request: ExecutionRequest,
): AsyncGenerator<ExecutionEvent, void, void> {
  const asked = performance.now()
  using lease = await leaseUnlessAborted(pool, request.signal)
  if (lease === null) {
    yield { type: 'finished', result: cancelledResult(request, performance.now() - asked) }
    return
  }
  const { worker, queueMs, startMs } = lease
  await giveFiles(worker, request)
  yield* runOnWorker(worker, request, { queueMs, startMs, keeper, interpreter: 'new' })
}

/** A lease, or null when the execution was cancelled first. Throws as `WorkerPool.lease` does. */
export async function leaseUnlessAborted(
  pool: WorkerPool,
  signal: AbortSignal | undefined,
): Promise<Lease | null> {
  if (signal?.aborted) return null
  try {
    return await pool.lease(signal)
  } catch (error) {
    if (signal?.aborted) return null
    throw error
  }
}

/** Reads a stream of events to its end and gives the result in its last event. */
export async function collect(events: AsyncIterable<ExecutionEvent>): Promise<CodeExecutionResult> {
  for await (const event of events) {
    if (event.type === 'finished') return event.result
  }
  throw new TypeError('Cannot collect the result: the stream ended without a "finished" event')
}

/**
 * Puts the files of a request into the working folder. Aborting the request ends the worker, and the end of the worker
 * ends this, whatever the source of the files; a run on it then ends as crashed.
 * @throws FileInputError, WorkspaceFileError
 */
export async function giveFiles(worker: Worker, { inputs, signal }: ExecutionRequest): Promise<void> {
  const entries = Object.entries(inputs)
  if (entries.length === 0) return
  const gone = new AbortController()
  inBackground(worker.gone.then(() => gone.abort()))
  using joined = joinSignals(signal, gone.signal)
  try {
    const files = new WorkspaceFiles(worker)
    for (const [name, input] of entries) await files.write(name, input, joined.signal)
  } catch (error) {
    if (joined.signal.aborted) worker.kill()
    else if (!(error instanceof WorkerGoneError)) throw error
  }
}
