import type { ExecuteMessage } from '../protocol/host-messages.ts'
import type { HostChannel } from './host-channel.ts'
import type { Interpreter } from './interpreter.ts'
import { Interrupts } from './interrupts.ts'
import { setMemoryLimit } from './memory-limit.ts'
import type { PyProxy } from './pyodide-module.ts'
import type { StandardStreams } from './standard-streams.ts'

/**
 * Python functions are compiled by V8 when they are first called: these cells call what most programs call, so that
 * the first real one does not wait for it.
 */
const WARM_UP_CELLS = [
  'print("warm")',
  'x = [i for i in range(3)]\nx',
  'import json\nraise ValueError(x)',
  '1 +',
]

/** Runs cells in the interpreter, one at a time. */
export class CellRunner {
  readonly #channel: HostChannel
  readonly #streams: StandardStreams
  readonly #interrupts: Interrupts
  readonly #runCell: PyProxy
  readonly #reset: PyProxy
  #run = 0

  constructor({ module, cell }: Interpreter, channel: HostChannel, streams: StandardStreams) {
    this.#channel = channel
    this.#streams = streams
    this.#runCell = cell.run_cell as PyProxy
    this.#reset = cell.reset as PyProxy
    const raiseWhileWaiting = cell.raise_in_waiters as PyProxy
    this.#interrupts = new Interrupts(
      () => channel.hostHasSpoken,
      () => void raiseWhileWaiting(),
    )
    this.#interrupts.install(module)
    streams.attach(module.FS)
  }

  /** Runs a few cells whose output and outcome nobody sees. */
  async warmUp(): Promise<void> {
    for (const code of WARM_UP_CELLS) {
      this.#streams.begin(null, 0)
      await this.#runCell.callPromising(code, undefined, '[]', 1000)
    }
    this.#reset()
  }

  async run(message: ExecuteMessage): Promise<void> {
    this.#run = message.run
    setMemoryLimit(message.memoryLimitBytes)
    this.#streams.begin(message.stdin, message.maxOutputBytes)
    this.#interrupts.arm()
    const outcome = await this.#outcome(message)
    this.#interrupts.disarm()
    const { stdout, stderr } = this.#streams.truncated
    // `outcome` is JSON text made in Python: fields of the message, without braces.
    this.#channel.send(
      `{"type":"end","run":${message.run},"stdoutCut":${stdout},"stderrCut":${stderr},${outcome}}`,
    )
  }

  interrupt(run: number): void {
    if (run === this.#run) this.#interrupts.deliver()
  }

  async #outcome(message: ExecuteMessage): Promise<string> {
    try {
      const { code, globals, args, maxResultBytes } = message
      return (await this.#runCell.callPromising(
        code,
        globals ?? undefined,
        JSON.stringify(args),
        maxResultBytes,
      )) as string
    } catch (error) {
      // The interpreter itself broke: a stack overflow in C, a trap. It is of no further use.
      return `"result":null,"resultCut":false,"error":${JSON.stringify(crashOf(error))}`
    }
  }
}

function crashOf(error: unknown): Record<string, unknown> {
  const message = String(error instanceof Error ? error.message : error).slice(0, 2000)
  return { kind: 'crashed', name: 'InterpreterCrash', message, traceback: '', line: null }
}
