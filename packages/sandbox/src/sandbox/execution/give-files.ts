import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { joinSignals } from 'agentchat-sandbox-base/async/join-signals'
import type { Worker } from '../worker/worker.ts'
import { WorkerGoneError } from '../worker/worker-asks.ts'
import { WorkerFiles } from '../worker/worker-files.ts'
import type { ExecutionRequest } from './request.ts'

/**
 * Puts the files of a request into the working folder. Aborting the request ends the worker, and the end of the worker
 * ends this, whatever the files come from; whoever runs code on it then hears of its end.
 * @throws FileInputError, WorkspaceFileError
 */
export async function giveFiles(worker: Worker, { inputs, signal }: ExecutionRequest): Promise<void> {
  const entries = Object.entries(inputs)
  if (entries.length === 0) return
  const gone = new AbortController()
  inBackground(worker.gone.then(() => gone.abort()))
  using joined = joinSignals(signal, gone.signal)
  try {
    const files = new WorkerFiles(worker)
    for (const [name, input] of entries) await files.write(name, input, joined.signal)
  } catch (error) {
    if (joined.signal.aborted) worker.kill()
    else if (!(error instanceof WorkerGoneError)) throw error
  }
}
