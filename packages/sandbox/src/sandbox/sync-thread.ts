import { type MessagePort, workerData } from 'node:worker_threads'
import { type PlainError, plainError } from './error-transfer.ts'
import { type Contents, KeptFile } from './files/kept-file.ts'
import { contentsOfOutput, type FullOutputContents } from './output/kept-output.ts'
import type { CodeExecutionResult, ExecutionOutcome } from './result.ts'
import { PyodideSandbox } from './sandbox.ts'
import type { SyncExecutionOptions, SyncSandboxOptions } from './sync-sandbox.ts'

/** What the thread is started with. `turn[0]` becomes 1 when an answer lies at the port, `turn[1]` when the thread runs. */
export interface SyncThreadData {
  readonly port: MessagePort
  readonly turn: Int32Array
  readonly options: SyncSandboxOptions
}

export type SyncRequest =
  | { readonly type: 'execute'; readonly code: string; readonly options: SyncExecutionOptions }
  | { readonly type: 'close' }

export type SyncAnswer =
  /** `contents` belongs to the files of the result: of an object only its fields cross to another thread. */
  | {
      readonly type: 'result'
      readonly result: ExecutionOutcome
      readonly contents: readonly Contents[]
      readonly output: FullOutputContents | null
    }
  | { readonly type: 'error'; readonly error: PlainError }
  | { readonly type: 'closed' }

const { port, turn, options } = workerData as SyncThreadData
const sandbox = new PyodideSandbox(options)
Atomics.store(turn, 1, 1)

port.on('message', async (request: SyncRequest) => {
  const answer = await answerTo(request)
  try {
    port.postMessage(answer)
  } catch (error) {
    // Something in the answer cannot be cloned; whoever waits must not wait for ever.
    port.postMessage({ type: 'error', error: plainError(new Error(String(error))) } satisfies SyncAnswer)
  }
  Atomics.store(turn, 0, 1)
  Atomics.notify(turn, 0)
})

/** Held until the thread ends: their contents go when nobody holds them. */
const held: CodeExecutionResult[] = []

function answerWith(result: CodeExecutionResult): SyncAnswer {
  const { files, fullOutput } = result
  if (files.length > 0 || fullOutput !== null) held.push(result)
  const output = contentsOfOutput(fullOutput)
  return { type: 'result', result, contents: files.map(KeptFile.contentsOf), output }
}

async function answerTo(request: SyncRequest): Promise<SyncAnswer> {
  try {
    switch (request.type) {
      case 'execute':
        return answerWith(await sandbox.execute(request.code, request.options))
      case 'close':
        await sandbox.close()
        return { type: 'closed' }
    }
    return request satisfies never
  } catch (error) {
    return { type: 'error', error: plainError(error) }
  }
}
