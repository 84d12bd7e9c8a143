import { join } from 'node:path'
import type { MessagePort, Worker } from 'node:worker_threads'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import { restoreError } from './errors/error-transfer.ts'
import { SandboxClosedError, UnsupportedError, WorkerStartError } from './errors/errors.ts'
import { type ExecutionOptions, parseExecutionOptions } from './execution/execution-options.ts'
import { restoreOutput } from './execution/output/kept-output.ts'
import { KeptFile } from './files/kept-file.ts'
import type { SandboxOptions } from './options.ts'
import type { CodeExecutionResult } from './result/result.ts'
import { withMethods } from './result/result-methods.ts'
import { PyodideSandbox } from './sandbox.ts'
import type { SyncAnswer, SyncExecutionOptions, SyncRequest, SyncSandboxOptions } from './sync-messages.ts'
import type { SyncThreadData } from './sync-thread.ts'

/** A thread that has not begun after this never will. */
const START_DEADLINE_MS = 30_000

/**
 * The sandbox for programs that cannot wait: `execute` blocks the calling thread until the result is there. The work
 * is done by a `PyodideSandbox` on a thread of its own.
 */
export class SyncPyodideSandbox {
  readonly #options: SyncSandboxOptions
  readonly #turn = new Int32Array(new SharedArrayBuffer(8))
  #thread: { readonly worker: Worker; readonly port: MessagePort } | null = null
  #closed = false

  /**
   * Checks the options; nothing is started.
   * @throws InvalidOptionsError
   * @throws UnsupportedError
   */
  constructor(options: SyncSandboxOptions = {}) {
    new PyodideSandbox(options)
    refuseTools(options)
    const { pool }: SandboxOptions = options
    if (pool?.places !== undefined)
      throw new UnsupportedError('pool.places', 'not in the sandbox that blocks')
    // A logger cannot be handed to another thread; it has been told everything by now.
    const { logger: _logger, ...others } = options
    this.#options = others
  }

  /** Runs `code` and blocks until it has ended. Throws as `PyodideSandbox.execute` does. */
  execute(code: string, options: SyncExecutionOptions = {}): CodeExecutionResult {
    if (this.#closed) throw new SandboxClosedError()
    parseExecutionOptions(options)
    refuseTools(options)
    const answer = this.#ask({ type: 'execute', code, options })
    if (answer.type === 'error') throw restoreError(answer.error)
    if (answer.type !== 'result') throw new TypeError(`Cannot read the answer "${answer.type}" of the thread`)
    const missing = { missing: 'it was not kept' }
    const files = answer.result.files.map(
      (file, index) => new KeptFile(file, answer.contents[index] ?? missing),
    )
    const fullOutput = restoreOutput(answer.result.fullOutput, answer.output)
    return withMethods({ ...answer.result, files, fullOutput })
  }

  /** Ends every process of this sandbox and its thread. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#thread === null) return
    const { worker } = this.#thread
    try {
      this.#ask({ type: 'close' })
    } finally {
      this.#thread = null
      inBackground(worker.terminate())
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #ask(request: SyncRequest): SyncAnswer {
    this.#thread ??= this.#startThread()
    Atomics.store(this.#turn, 0, 0)
    this.#thread.port.postMessage(request)
    this.#waitForAnswer()
    const { receiveMessageOnPort } = process.getBuiltinModule('node:worker_threads')
    const received = receiveMessageOnPort(this.#thread.port) as { message: SyncAnswer } | undefined
    if (received !== undefined) return received.message
    // The next execution starts another one.
    this.#thread = null
    throw new WorkerStartError('the thread of the blocking sandbox has ended', '')
  }

  /** An error of the thread itself would be told through the event loop, which is blocked. */
  #waitForAnswer(): void {
    const isSilent = () => Atomics.load(this.#turn, 1) === 0
    if (isSilent() && Atomics.wait(this.#turn, 0, 0, START_DEADLINE_MS) === 'timed-out' && isSilent()) {
      throw new WorkerStartError('the thread of the blocking sandbox did not start', '')
    }
    Atomics.wait(this.#turn, 0, 0)
  }

  #startThread(): { worker: Worker; port: MessagePort } {
    Atomics.store(this.#turn, 1, 0)
    const { MessageChannel, Worker } = process.getBuiltinModule('node:worker_threads')
    const { port1, port2 } = new MessageChannel()
    const data: SyncThreadData = { port: port2, turn: this.#turn, options: this.#options }
    const { folder, extension } = ownTree(import.meta.url)
    const program = join(folder, 'sandbox', `sync-thread${extension}`)
    const worker = new Worker(program, {
      workerData: data,
      transferList: [port2],
      // Ours is a program of its own: switches that the host was started with may be for another one.
      execArgv: [],
      // Node closes the descriptors that a thread has opened when it ends: by number, also those that the thread has
      // closed long since and that belong to somebody else now.
      trackUnmanagedFds: false,
    })
    // The caller learns of it from the answer that does not come.
    worker.on('error', () => {})
    // A program that forgets to close the sandbox can still end.
    worker.unref()
    port1.unref()
    return { worker, port: port1 }
  }
}

/** Functions cannot be handed to another thread, and this one is blocked while they would run. */
function refuseTools(options: object): void {
  const { tools = [] }: Pick<ExecutionOptions, 'tools'> = options
  if (tools.length > 0) throw new UnsupportedError('tools', 'not in the sandbox that blocks')
}
