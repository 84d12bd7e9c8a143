import { setTimeout as sleep } from 'node:timers/promises'
import type { CodeExecutionResult, PythonRunner } from 'agentchat-sandbox'
import { InputLines } from '../../services/executions/input-lines.ts'
import { failureOf } from '../failure-wire.ts'
import { MAX_MESSAGE_BYTES } from '../messages.ts'
import { resultToLines } from '../result-wire.ts'
import type { CallAnswer } from '../tool-wire.ts'
import { optionsOf, type Work } from '../work.ts'
import { EventRing } from './event-ring.ts'
import type { FileOutcome } from './session-files.ts'
import { type AskMeans, ToolAsks } from './tool-asks.ts'

/** A result up to this size stands in its event; a larger one is fetched in pieces. */
const MAX_INLINE_BYTES = 64 * 1024
/** A machine answers who asks for events at the latest then. */
export const READ_WAIT_MS = 2000

/** A file that is being fetched: where its stream is. */
interface Reading {
  readonly of: string
  readonly stream: AsyncIterator<Uint8Array>
  offset: number
  rest: Buffer
}

/** One execution on this machine: until its end is recorded somewhere, and a little longer. */
export class MachineRun {
  readonly id: string
  readonly #ring = new EventRing()
  readonly #input = new InputLines()
  readonly #controller = new AbortController()
  readonly #asks: ToolAsks
  #result: CodeExecutionResult | null = null
  #lines: Buffer = Buffer.alloc(0)
  #reading: Reading | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #isRecorded = false
  #isOver = false

  constructor(id: string, asking: AskMeans) {
    this.id = id
    this.#asks = new ToolAsks(async (event) => await this.#ring.push(event), asking)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Does its code wait for what a tool gives? */
  get isWaiting(): boolean {
    return !this.#isOver && this.#asks.isWaiting
  }

  get isRecorded(): boolean {
    return this.#isRecorded
  }

  /** Roughly what it holds, in bytes. */
  get bytes(): number {
    return this.#ring.bytes + this.#lines.length
  }

  /** Runs the work to its end, and keeps what came of it. Never rejects. */
  async run(runner: PythonRunner, work: Work): Promise<void> {
    try {
      const { signal } = this.#controller
      const stdin = work.interactive ? { stdin: () => this.#input.next(signal) } : {}
      const tools = work.tools === undefined ? {} : { tools: this.#asks.tools(work.tools) }
      for await (const event of runner.stream(work.code, {
        ...optionsOf(work),
        ...stdin,
        ...tools,
        signal,
      })) {
        if (event.type === 'finished') await this.#finish(event.result)
        // The service that answers calls tells of them itself.
        else if (event.type !== 'tool-call' && event.type !== 'tool-result') await this.#ring.push(event)
      }
      if (this.#result === null) throw new TypeError('Cannot run it: the sandbox told of no end')
    } catch (error) {
      if (this.#result === null) this.#ring.end(failureOf(error))
    } finally {
      this.#isOver = true
    }
  }

  /** Does something with the files of a session, and keeps what came of it. Never rejects. */
  async use(work: () => Promise<FileOutcome>): Promise<void> {
    try {
      const { files, content } = await work()
      this.#lines = content
      this.#ring.end({ type: 'done', files, bytes: content.length })
    } catch (error) {
      this.#ring.end(failureOf(error))
    } finally {
      this.#isOver = true
    }
  }

  async #finish(result: CodeExecutionResult): Promise<void> {
    this.#lines = await resultToLines(result)
    this.#result = result
    const { length } = this.#lines
    if (length > MAX_INLINE_BYTES) this.#ring.end({ type: 'finished', bytes: length })
    else this.#ring.end({ type: 'finished', lines: this.#lines.toString() })
  }

  /** Nothing comes of it here. */
  forget(): void {
    this.#controller.abort(new Error('it is not run here any more'))
    this.#ring.close()
  }

  cancel(): void {
    this.#controller.abort(new Error('cancelled'))
  }

  /** Its end is recorded: nobody needs it any more but late readers. */
  recorded(): void {
    this.#isRecorded = true
  }

  /** Resolves when its end is recorded, or after so long. */
  async untilRecorded(ms: number): Promise<void> {
    const until = performance.now() + ms
    while (!this.#isRecorded && performance.now() < until) await sleep(20)
  }

  /** Gives its code the line that it waits for; false when it waits for none. */
  give(line: string | null): boolean {
    if (!this.#input.isWaiting) return false
    this.#input.give(line)
    return true
  }

  /** A service has answered a call of a tool; false when its code waits for none. */
  answer(call: number, answer: CallAnswer): boolean {
    return this.#asks.answer(call, answer)
  }

  /** The answer to who reads its events. */
  async read(after: number): Promise<Buffer> {
    return await this.#ring.read(after, READ_WAIT_MS)
  }

  /** A piece of something large, from an offset on: empty at its end, and of what is not there. */
  async piece(of: string, offset: number): Promise<Buffer> {
    if (of === 'result') return pieceOf(this.#lines, offset)
    const [kind, number = ''] = of.split(':', 2)
    if (kind === 'event') return pieceOf(this.#ring.json(Number(number)) ?? Buffer.alloc(0), offset)
    // One after the other: they read the same stream.
    const piece = this.#turn.then(async () => await this.#pieceOfFile(of, Number(number), offset))
    this.#turn = piece.catch(() => {})
    return await piece
  }

  async #pieceOfFile(of: string, number: number, offset: number): Promise<Buffer> {
    const file = this.#result?.files[number]
    if (file === undefined || file.sha256 === null) return Buffer.alloc(0)
    let reading = this.#reading
    if (reading === null || reading.of !== of || reading.offset !== offset) {
      await reading?.stream.return?.()
      reading = { of, stream: file.stream()[Symbol.asyncIterator](), offset: 0, rest: Buffer.alloc(0) }
      this.#reading = reading
      while (reading.offset < offset && (await take(reading, offset - reading.offset)).length > 0);
    }
    return await take(reading, MAX_MESSAGE_BYTES)
  }
}

/** Takes up to so many bytes out of a stream. */
async function take(reading: Reading, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let wanted = bytes
  while (wanted > 0) {
    if (reading.rest.length === 0) {
      const next = await reading.stream.next()
      if (next.done === true) break
      reading.rest = Buffer.from(next.value)
      continue
    }
    const piece = reading.rest.subarray(0, wanted)
    reading.rest = reading.rest.subarray(piece.length)
    reading.offset += piece.length
    wanted -= piece.length
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function pieceOf(all: Buffer, offset: number): Buffer {
  return all.subarray(offset, offset + MAX_MESSAGE_BYTES)
}
