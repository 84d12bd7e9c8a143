import type { ExecuteMessage, FindImportsMessage } from '../protocol/host-messages.ts'
import { beginComputing, endComputing } from './cpu-clock.ts'
import { WORKSPACE } from './emscripten-settings.ts'
import { HostCalls } from './host-calls.ts'
import type { HostChannel } from './host-channel.ts'
import type { Interpreter } from './interpreter.ts'
import { Interrupts } from './interrupts.ts'
import { Changes } from './memory-files/changes.ts'
import { addDevices } from './memory-files/devices.ts'
import { FileAsks } from './memory-files/file-asks.ts'
import { boundModes } from './memory-files/modes.ts'
import { boundNames } from './memory-files/names.ts'
import { endPipes } from './memory-files/pipes.ts'
import { ProgramFile } from './memory-files/program-file.ts'
import { FileQuota } from './memory-files/quota.ts'
import { setMemoryLimit } from './memory-limit.ts'
import { pause } from './pause.ts'
import type { EmscriptenFs, PyProxy } from './pyodide-module.ts'
import { scryptMix } from './scrypt.ts'
import type { StandardStreams } from './standard-streams.ts'

/** Mask of an open file's flags: 0 means read only. */
const ACCESS_MODE = 3

/** Functions are compiled when they are first called: these cells call what most programs call. */
const WARM_UP_CELLS = ['print("warm")', '[1.5, {"a": None}]', 'print("warm")', 'print("warm")']

const WARM_UP: Omit<ExecuteMessage, 'code'> = {
  type: 'execute',
  run: 0,
  args: [],
  globals: null,
  stdin: null,
  env: '{}',
  maxOutputBytes: 1024,
  tailBytes: 512,
  maxResultBytes: 1024,
  memoryLimitBytes: Number.MAX_SAFE_INTEGER,
  maxFileBytes: Number.MAX_SAFE_INTEGER,
  maxFiles: Number.MAX_SAFE_INTEGER,
  interactive: false,
  tools: null,
  isLast: false,
}

/** What was refused of the host's files. */
interface FileRefusals {
  lastRefusal: object | null
}

/** How Python opens libraries of the host. */
interface LibraryOpener {
  readonly open: (path: string) => object
}

/** What was granted, beside the interpreter itself. */
interface Granted {
  readonly files: FileRefusals | null
  readonly libraries: LibraryOpener | null
}

/** Runs cells in the interpreter, one at a time. */
export class CellRunner {
  readonly #channel: HostChannel
  readonly #streams: StandardStreams
  readonly #interrupts: Interrupts
  readonly #runCell: PyProxy
  readonly #reset: PyProxy
  readonly #connect: PyProxy
  readonly #findImports: PyProxy
  readonly #files: FileRefusals | null
  /** The functions that Python is given. */
  readonly given: readonly unknown[]
  /** Python's questions to the host. */
  readonly calls: HostCalls
  /** Holds the files in memory to their limits. */
  readonly quota: FileQuota
  readonly #program: ProgramFile
  readonly #changes: Changes
  readonly #asks: FileAsks
  #runNumber = 0

  constructor(
    { module, cell, files, libraries }: Interpreter & Granted,
    channel: HostChannel,
    streams: StandardStreams,
  ) {
    this.#files = files
    this.#channel = channel
    this.#streams = streams
    this.#runCell = cell.run_cell as PyProxy
    this.#reset = cell.reset as PyProxy
    this.#connect = cell.connect as PyProxy
    this.#findImports = cell.find_imports as PyProxy
    const raiseWhileWaiting = cell.raise_in_waiters as PyProxy
    this.#interrupts = new Interrupts(
      () => channel.hostHasSpoken,
      () => void raiseWhileWaiting(),
    )
    this.#interrupts.install(module)
    streams.attach(module.FS)
    addDevices(module.FS)
    this.quota = new FileQuota(module)
    boundNames(module)
    boundModes(module)
    endPipes(module)
    this.#program = new ProgramFile(module, WORKSPACE)
    this.#changes = new Changes(module.FS, WORKSPACE)
    this.#asks = new FileAsks(module.FS)
    const wake = cell.wake as PyProxy
    this.calls = new HostCalls(channel)
    this.given = [
      this.calls.call,
      this.calls.abandon,
      (mime: string, data: string, metadata: string) => this.#display(mime, data, metadata),
      (name: string) => this.#program.place(name),
      () => hasOpenFiles(module.FS),
      () => module.HEAPU8.length,
      scryptMix,
      pause,
      module.localTime.set,
      libraries?.open,
    ]
    wake(...this.given)
  }

  /** Python's memory and files have come from another worker: tells it again which functions it is given. */
  connect(): void {
    this.#connect(...this.given)
    this.quota.recount()
  }

  /** Runs a few cells and discards their output and outcome. */
  async warmUp(): Promise<void> {
    this.#channel.muted = true
    this.#reset(true)
    for (const code of WARM_UP_CELLS) await this.run({ ...WARM_UP, code })
    this.#reset()
    this.#channel.muted = false
  }

  async run(message: ExecuteMessage): Promise<void> {
    this.#runNumber = message.run
    if (this.#files !== null) this.#files.lastRefusal = null
    setMemoryLimit(message.memoryLimitBytes)
    this.quota.set(message.maxFileBytes, message.maxFiles)
    this.#changes.begin()
    this.#program.begin(message.code)
    this.#streams.begin(message.stdin, message)
    this.#channel.send(`{"type":"started","run":${message.run}}`)
    this.#interrupts.arm()
    beginComputing()
    const outcome = await this.#outcome(message)
    endComputing()
    this.#interrupts.disarm()
    const { stdout, stderr } = this.#streams.finish()
    const refusal = this.#files?.lastRefusal ?? null
    const refused = refusal === null ? '' : `"refused":${JSON.stringify(refusal)},`
    this.#program.end()
    const { files, dropped } = this.#changes.find()
    const changes = `"files":${JSON.stringify(files)},"filesDropped":${dropped},`
    // `outcome` is JSON text made in Python: fields of the message, without braces.
    this.#channel.send(
      `{"type":"end","run":${message.run},${cutOf('stdout', stdout)}${cutOf('stderr', stderr)}${changes}${refused}${outcome}}`,
    )
  }

  /** Answers what the host asks of the files. */
  answer(payload: Uint8Array): void {
    this.#channel.sendAnswer(this.#asks.answer(payload))
  }

  /** Lists the modules that the code imports and that are missing here. The code is parsed and not run. */
  findImports({ code, memoryLimitBytes }: FindImportsMessage): void {
    setMemoryLimit(memoryLimitBytes)
    // JSON text made in Python.
    this.#channel.send(`{"type":"imports","found":${this.#findImports(code) as string}}`)
  }

  interrupt(run: number): void {
    if (run === this.#runNumber) this.#interrupts.deliver()
  }

  /** `data` and `metadata` are JSON text made in Python. */
  #display(mime: string, data: string, metadata: string): void {
    const name = JSON.stringify(mime)
    this.#channel.send(
      `{"type":"display","run":${this.#runNumber},"mime":${name},"data":${data},"metadata":${metadata}}`,
    )
  }

  async #outcome(message: ExecuteMessage): Promise<string> {
    try {
      const { code, globals, args, maxResultBytes, env, interactive, tools, isLast } = message
      return (await this.#runCell.callPromising(
        code,
        globals ?? undefined,
        JSON.stringify(args),
        maxResultBytes,
        env,
        interactive,
        tools ?? undefined,
        isLast,
      )) as string
    } catch (error) {
      // The interpreter itself broke: a stack overflow in C, a trap. It is of no further use.
      return `"result":null,"resultCut":false,"displaysDropped":0,"error":${JSON.stringify(crashOf(error))}`
    }
  }
}

/** Is a file open that may have something to be written, beside the three standard streams? */
function hasOpenFiles({ streams }: EmscriptenFs): boolean {
  return streams.some((stream, descriptor) => descriptor > 2 && stream && (stream.flags & ACCESS_MODE) !== 0)
}

function cutOf(name: 'stdout' | 'stderr', dropped: number | null): string {
  return `"${name}Cut":${dropped !== null},"${name}Dropped":${dropped ?? 0},`
}

function crashOf(error: unknown): Record<string, unknown> {
  // What ends the program, such as `os._exit`, is thrown as an object that is no Error.
  const { message: told } = Object(error) as { readonly message?: unknown }
  const cause = String(told ?? error).slice(0, 2000)
  const message = `Python's interpreter broke: ${cause}`
  return { kind: 'crashed', name: 'InterpreterCrash', message, traceback: '', line: null }
}
