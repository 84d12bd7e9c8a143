import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import { UnavailableError } from '../../services/errors.ts'
import { MachineAnswerError } from '../../services/executions/machines.ts'
import { jsonInTurns } from '../json-in-turns.ts'
import {
  doneSchema,
  encoded,
  largeEventSchema,
  MAX_MESSAGE_BYTES,
  type MachineAsk,
  parsed,
  readAnswerSchema,
} from '../messages.ts'
import { MAX_RESULT_BYTES } from '../result-wire.ts'
import { machineSubject, serviceSubject } from '../subjects.ts'
import type { CallAnswer } from '../tool-wire.ts'

/** A machine answers who reads events within two seconds. */
const READ_MS = 4000
const ANSWER_MS = 2000
const PAUSE_MS = 200
/** A display is the largest event of a machine. */
const MAX_EVENT_BYTES = 9 * 2 ** 20
/**
 * What a machine may tell of one execution before its end, in bytes of its answers: far more than the limits of a sandbox
 * allow. A short event takes more room than its letters.
 */
const MAX_TOLD_BYTES = 128 * 2 ** 20
const EVENT_ROOM_BYTES = 64

/** An event as it came: with its number, and not yet parsed. */
export type WireEvent = readonly [number: number, event: unknown]

/**
 * One execution on one machine, as another process reaches it; or what another service runs, which is asked in the same way.
 * What is asked again does no harm.
 */
export class MachineLink {
  readonly #connection: NatsConnection
  readonly #subject: string
  readonly #isService: boolean
  readonly #id: string
  #toldBytes = 0

  constructor(connection: NatsConnection, where: string | { readonly service: string }, id: string) {
    this.#connection = connection
    this.#subject = typeof where === 'string' ? machineSubject(where) : serviceSubject(where.service)
    // A service lets go of events that others replace.
    this.#isService = typeof where !== 'string'
    this.#id = id
  }

  /**
   * The events after a number, as they come: those that are asked for, so that a slow reader holds up nobody. Ends when the
   * machine does not have the execution, or `until` is aborted: a machine that does not answer is asked again until then.
   * @throws MachineAnswerError for what no machine of ours answers
   */
  async *events(after: number, until: AbortSignal): AsyncGenerator<WireEvent, void, void> {
    let last = after
    while (!until.aborted) {
      const asked = performance.now()
      const answer = await this.#read(last)
      if (answer === null) {
        await sleep(PAUSE_MS)
        continue
      }
      if (!answer.known) return
      const before = last
      for (const [number, event] of answer.events) {
        if (this.#isService ? number <= last : number !== last + 1) break
        const whole = await this.#whole(number, event, until)
        if (whole === undefined) break
        last = number
        yield [number, whole]
      }
      // One that waits before it says that there is nothing new is asked again at once.
      if (last === before && performance.now() - asked < PAUSE_MS) await sleep(PAUSE_MS)
    }
  }

  /** Asks until it is heard, or `until` is aborted; null then. */
  async ask(ask: MachineAsk, until: AbortSignal): Promise<boolean | null> {
    while (!until.aborted) {
      const answer = await this.#request(ask, ANSWER_MS).catch(() => null)
      // What is no answer is not done either, and would be none again.
      if (answer !== null) return parsed(doneSchema, answer)?.done ?? false
      await sleep(PAUSE_MS)
    }
    return null
  }

  /** Answers a call of a tool, until that is heard. */
  async answer(call: number, answer: CallAnswer, until: AbortSignal): Promise<void> {
    await this.ask({ op: 'answer', id: this.#id, call, answer }, until)
  }

  /** Its end is recorded. Nobody waits for whether that was heard. */
  recorded(): void {
    if (this.#connection.isClosed()) return
    this.#connection.publish(this.#subject, encoded({ op: 'recorded', id: this.#id }))
  }

  /**
   * Something large, in pieces, up to so many bytes, each asked for until it comes.
   * @throws UnavailableError when it is not there any more
   * @throws MachineAnswerError when it is not as large, or `until` is aborted
   */
  async *pieces(of: string, bytes: number, until: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    for (let offset = 0; offset < bytes; ) {
      if (until.aborted) throw new MachineAnswerError(`"${of}" of ${bytes} bytes takes too long`)
      const piece = await this.#request({ op: 'piece', id: this.#id, of, offset }, READ_MS).catch(() => null)
      if (piece === null) {
        await sleep(PAUSE_MS)
        continue
      }
      if (piece.byteLength === 0) throw new UnavailableError('machine')
      // Each is whole: crumbs would come for ever.
      if (piece.byteLength !== Math.min(MAX_MESSAGE_BYTES, bytes - offset))
        throw new MachineAnswerError(`"${of}" has ${offset + piece.byteLength} of ${bytes} bytes`)
      offset += piece.byteLength
      yield piece
    }
  }

  /** The same, whole. */
  async fetched(of: string, bytes: number, until: AbortSignal): Promise<Buffer> {
    if (bytes > MAX_RESULT_BYTES)
      throw new MachineAnswerError(`"${of}" has ${bytes} bytes, at most ${MAX_RESULT_BYTES} are taken`)
    const pieces: Uint8Array[] = []
    for await (const piece of this.pieces(of, bytes, until)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  /** Null where nothing came. */
  async #read(after: number) {
    const data = await this.#request({ op: 'read', id: this.#id, after }, READ_MS).catch(() => null)
    if (data === null) return null
    const answer = parsed(readAnswerSchema, data)
    if (answer === null) throw new MachineAnswerError('it tells no events')
    // Whatever is beside them, and how often they come.
    if (answer.events.length > 0 || data.byteLength > EVENT_ROOM_BYTES)
      this.#count(data.byteLength + answer.events.length * EVENT_ROOM_BYTES)
    return answer
  }

  #count(bytes: number): void {
    this.#toldBytes += bytes
    if (!this.#isService && this.#toldBytes > MAX_TOLD_BYTES)
      throw new MachineAnswerError(`it tells more than ${MAX_TOLD_BYTES} bytes before an end`)
  }

  /** Undefined where it is not there any more. */
  async #whole(number: number, event: unknown, until: AbortSignal): Promise<unknown> {
    const large = largeEventSchema.safeParse(event)
    if (!large.success) return event
    const { bytes } = large.data
    const most = this.#isService ? MAX_RESULT_BYTES : MAX_EVENT_BYTES
    if (bytes > most)
      throw new MachineAnswerError(`event ${number} has ${bytes} bytes, at most ${most} are taken`)
    this.#count(bytes)
    try {
      return await jsonInTurns(await this.fetched(`event:${number}`, bytes, until))
    } catch (error) {
      if (error instanceof UnavailableError || until.aborted) return undefined
      if (error instanceof MachineAnswerError) throw error
      const what = error instanceof Error ? error.message : String(error)
      throw new MachineAnswerError(`event ${number} ${what}`, { cause: error })
    }
  }

  async #request(ask: MachineAsk, timeout: number): Promise<Uint8Array> {
    return (await this.#connection.request(this.#subject, encoded(ask), { timeout })).data
  }
}
