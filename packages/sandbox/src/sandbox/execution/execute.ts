import { PackageError } from '../errors/errors.ts'
import type { ExecutionEvent } from '../result/events.ts'
import type { CodeExecutionResult } from '../result/result.ts'
import type { Worker } from '../worker/worker.ts'
import { cancelledResult } from './build-result.ts'
import type { FileKeeper } from './file-keeper.ts'
import { giveFiles } from './give-files.ts'
import { packageResult, withMissing } from './on-demand/package-failure.ts'
import type { ExecutionRequest } from './request.ts'
import { runOnWorker } from './run.ts'
import { Supply, type WorkerSources } from './supply.ts'

/** What an execution without a session needs of its sandbox. */
export interface ExecutionParts extends WorkerSources {
  /** Keeps the files that the code makes. */
  readonly keeper: FileKeeper
}

/**
 * One execution in a worker that is then destroyed.
 * @throws QueueFullError, SandboxClosedError, FileInputError, WorkspaceFileError
 * @throws WorkerStartError, ImageBuildError, CacheUnwritableError when no worker can be had
 */
export async function* executeOnce(
  parts: ExecutionParts,
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
  const context = { ...supply.took, keeper: parts.keeper }
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
