import type { ExecutionRequest } from '../request.ts'
import type { Worker } from '../worker/worker.ts'
import { WorkerGoneError } from '../worker/worker-asks.ts'
import { WorkerFiles } from './worker-files.ts'

/**
 * Puts the files of a request into the working folder. Aborting the request ends the worker; whoever runs code on it
 * then hears of its end.
 * @throws FileInputError, WorkspaceFileError
 */
export async function giveFiles(worker: Worker, { inputs, signal }: ExecutionRequest): Promise<void> {
  const files = new WorkerFiles(worker)
  const abort = () => worker.kill()
  signal?.addEventListener('abort', abort)
  try {
    for (const [name, input] of Object.entries(inputs)) await files.write(name, input)
  } catch (error) {
    if (!(error instanceof WorkerGoneError)) throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
