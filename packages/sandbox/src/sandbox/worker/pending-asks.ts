import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { BODY_BOUNDS, parseJson } from 'agentchat-sandbox-base/gate/json-text'
import { decodeCall, encodeCall } from '../../protocol/frames.ts'
import type { FileAsk } from '../../protocol/host-messages.ts'
import { type FileAnswer, fileAnswerSchema } from '../../protocol/runner-messages.ts'

/** A worker that takes longer than this to answer is not our runner. */
const ANSWER_DEADLINE_MS = 30_000

/** An answer and the bytes that came with it, which are the host's own copy. */
export interface Answered {
  readonly answer: FileAnswer
  readonly data: Uint8Array
}

/** The pipe to a worker. */
interface AskPipe {
  send(payload: Uint8Array): void
  /** Resolves when little is waiting to be sent. */
  drained(): Promise<void>
  /** The worker does not answer as our runner does. */
  breakOff(detail: string): void
}

/** What the host asks of a worker while no code runs. */
export class PendingAsks {
  readonly #pipe: AskPipe
  readonly #waiting = new Map<number, Deferred<Answered>>()
  #lastId = 0
  #gone = false

  constructor(pipe: AskPipe) {
    this.#pipe = pipe
  }

  /** @throws WorkerGoneError */
  async ask(ask: FileAsk, data: Uint8Array = new Uint8Array()): Promise<Answered> {
    await this.#pipe.drained()
    if (this.#gone) throw new WorkerGoneError()
    this.#lastId += 1
    const id = this.#lastId
    const answered = deferred<Answered>()
    this.#waiting.set(id, answered)
    const deadline = setTimeout(() => this.#pipe.breakOff('no answer to a question'), ANSWER_DEADLINE_MS)
    this.#pipe.send(encodeCall({ id, json: Buffer.from(JSON.stringify(ask), 'utf8'), data }))
    return await answered.promise.finally(() => clearTimeout(deadline))
  }

  /** Takes the payload of an answer. @throws Error when it is none that our runner gives */
  take(payload: Uint8Array): void {
    const { id, json, data } = decodeCall(payload)
    const answered = this.#waiting.get(id)
    if (answered === undefined) throw new TypeError('Cannot read an answer: nobody asked')
    const text = new TextDecoder('utf-8', { fatal: true }).decode(json)
    const answer = fileAnswerSchema().parse(parseJson(text, BODY_BOUNDS))
    this.#waiting.delete(id)
    // Copied: the bytes are a view of what the next frame overwrites.
    answered.resolve({ answer, data: data.slice() })
  }

  /** The worker has ended. */
  close(): void {
    this.#gone = true
    for (const answered of this.#waiting.values()) answered.reject(new WorkerGoneError())
    this.#waiting.clear()
  }
}

/** The worker ended before it answered. Caught by those who ask. */
export class WorkerGoneError extends Error {
  override name = 'WorkerGoneError'

  constructor() {
    super('Cannot ask the worker: it has ended')
  }
}
