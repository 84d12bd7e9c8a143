import { type MessagePort, workerData } from 'node:worker_threads'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { plainError } from './errors/error-transfer.ts'
import { handOverOutput } from './execution/output/kept-output.ts'
import { KeptFile } from './files/kept-file.ts'
import type { CodeExecutionResult } from './result/result.ts'
import { PyodideSandbox } from './sandbox.ts'
import type { SyncAnswer, SyncRequest, SyncSandboxOptions } from './sync-messages.ts'

/** What the thread is started with. `turn[0]` becomes 1 when an answer lies at the port, `turn[1]` when the thread runs. */
export interface SyncThreadData {
  readonly port: MessagePort
  readonly turn: Int32Array
  readonly options: SyncSandboxOptions
}

const { port, turn, options } = workerData as SyncThreadData
const sandbox = new PyodideSandbox(options)
Atomics.store(turn, 1, 1)

port.on('message', (request: SyncRequest) => {
  inBackground(
    answerTo(request).then((answer) => {
      post(answer)
      wakeCaller()
    }),
  )
})
// A thread that breaks down answers nothing more, and its caller stays blocked.
process.once('exit', wakeCaller)

function wakeCaller(): void {
  Atomics.store(turn, 0, 1)
  Atomics.notify(turn, 0)
}

function post(answer: SyncAnswer): void {
  try {
    port.postMessage(answer)
  } catch (error) {
    // Something in the answer cannot be cloned; the caller must not wait for ever.
    port.postMessage({ type: 'error', error: plainError(new Error(String(error))) } satisfies SyncAnswer)
  }
}

/** Nothing of a result stays here: the calling thread removes the contents when nobody there holds them. */
function answerWith(result: CodeExecutionResult): SyncAnswer {
  const { files, fullOutput } = result
  const output = handOverOutput(fullOutput)
  return { type: 'result', result, contents: files.map(KeptFile.handOver), output }
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
