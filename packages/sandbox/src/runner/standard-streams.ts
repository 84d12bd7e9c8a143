import { FRAME_STDERR, FRAME_STDOUT } from '../protocol/frames.ts'
import type { ExecuteMessage } from '../protocol/host-messages.ts'
import type { HostChannel } from './host-channel.ts'
import { LastBytes } from './last-bytes.ts'
import type { DeviceOperations, EmscriptenFs } from './pyodide-module.ts'

type OutputLimits = Pick<ExecuteMessage, 'maxOutputBytes' | 'tailBytes'>

/** Python's standard input, output and error for one run after the other. */
export class StandardStreams {
  readonly #stdin = new Input()
  readonly #stdout: Output
  readonly #stderr: Output
  #fs: EmscriptenFs | null = null

  constructor(channel: HostChannel) {
    this.#stdout = new Output(channel, FRAME_STDOUT)
    this.#stderr = new Output(channel, FRAME_STDERR)
  }

  /** Puts the streams behind Python's file descriptors 0, 1 and 2. */
  attach(fs: EmscriptenFs): void {
    this.#fs = fs
    const input = (buffer: Uint8Array) => this.#stdin.read(buffer)
    const output = (stream: Output) => (buffer: Uint8Array) => stream.write(buffer)
    const transfers = [input, output(this.#stdout), output(this.#stderr)]
    for (const [descriptor, transfer] of transfers.entries()) openDevice(fs, descriptor, transfer)
  }

  /** Begins a run: what `input()` reads, and how many bytes of each output stream are sent, as they come and at the end. */
  begin(stdin: string | null, { maxOutputBytes, tailBytes }: OutputLimits): void {
    this.#reopen()
    this.#stdin.bytes = stdin === null ? new Uint8Array() : new TextEncoder().encode(stdin)
    this.#stdout.begin(maxOutputBytes, tailBytes)
    this.#stderr.begin(maxOutputBytes, tailBytes)
  }

  /** What an earlier cell of a session has closed; the lowest descriptor that is free is the one that is opened. */
  #reopen(): void {
    if (this.#fs === null) return
    for (const [descriptor, { path, flags }] of DEVICES.entries()) {
      if (!this.#fs.streams[descriptor]) this.#fs.open(path, flags)
    }
  }

  /** Ends a run: sends the last bytes of what was cut. Gives how many were left out of each stream, null for whole ones. */
  finish(): { stdout: number | null; stderr: number | null } {
    return { stdout: this.#stdout.finish(), stderr: this.#stderr.finish() }
  }

  /**
   * Sends what JavaScript prints where Python's output goes: bytes on Deno's own standard output would break the
   * framing.
   */
  replaceConsole(): void {
    const encoder = new TextEncoder()
    const print =
      (output: Output) =>
      (...values: unknown[]) =>
        void output.write(encoder.encode(`${values.map((value) => String(value)).join(' ')}\n`))
    const out = print(this.#stdout)
    const error = print(this.#stderr)
    globalThis.console = Object.assign(Object.create(null), {
      log: out,
      info: out,
      debug: out,
      warn: error,
      error,
      trace: error,
    }) as Console
  }
}

/** A device that Emscripten's own standard streams do not use. */
const DEVICE_MAJOR = 200

/** By descriptor, with flags as in `open(2)`. */
const DEVICES = [
  { path: '/dev/stdin', flags: 0 },
  { path: '/dev/stdout', flags: 1 },
  { path: '/dev/stderr', flags: 1 },
]

/** Moves bytes between Python's memory and us; gives how many. */
type Transfer = (buffer: Uint8Array) => number

function openDevice(fs: EmscriptenFs, descriptor: number, transfer: Transfer): void {
  const { path, flags } = DEVICES[descriptor] ?? { path: '', flags: 0 }
  const device = fs.makedev(DEVICE_MAJOR, descriptor)
  const move: DeviceOperations['read'] = (_stream, memory, offset, length) =>
    transfer(new Uint8Array(memory.buffer, memory.byteOffset + offset, length))
  fs.registerDevice(device, {
    open(stream) {
      stream.seekable = false
    },
    close() {},
    read: move,
    write: move,
  })
  fs.unlink(path)
  fs.mkdev(path, device)
  fs.closeStream(descriptor)
  fs.open(path, flags)
}

class Input {
  bytes = new Uint8Array()

  read(buffer: Uint8Array): number {
    const taken = this.bytes.subarray(0, buffer.length)
    buffer.set(taken)
    this.bytes = this.bytes.subarray(taken.length)
    return taken.length
  }
}

/**
 * Every write goes to the host at once: a worker that has to be killed a moment later loses nothing. Past the limit
 * only the last bytes are held, and sent when the run has ended.
 */
class Output {
  readonly #channel: HostChannel
  readonly #kind: number
  #left = 0
  #last = new LastBytes(0)

  constructor(channel: HostChannel, kind: number) {
    this.#channel = channel
    this.#kind = kind
  }

  begin(maxBytes: number, tailBytes: number): void {
    this.#left = maxBytes
    this.#last = new LastBytes(tailBytes)
  }

  write(buffer: Uint8Array): number {
    const sent = buffer.length > this.#left ? buffer.subarray(0, this.#left) : buffer
    if (sent.length < buffer.length) this.#last.add(buffer.subarray(sent.length))
    if (sent.length > 0) {
      this.#left -= sent.length
      this.#channel.sendOutput(this.#kind, sent)
    }
    return buffer.length
  }

  finish(): number | null {
    const { seen, dropped, pieces } = this.#last
    // Output of a task that outlives the run is discarded.
    this.begin(0, 0)
    if (seen === 0) return null
    for (const piece of pieces) this.#channel.sendOutput(this.#kind, piece)
    return dropped
  }
}
