import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import { parseJson } from 'agentchat-sandbox-base/gate/json-text'
import {
  doneSchema,
  encoded,
  largeEventSchema,
  MAX_MESSAGE_BYTES,
  type MachineAsk,
  parsed,
  readAnswerSchema,
  WIRE_BOUNDS,
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
        const whole = await this.#whole(number, event)
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
      const read = answer === null ? null : parsed(doneSchema, answer)
      if (read !== null) return read.done
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

  /** Something large, in pieces, up to so many bytes. @throws TypeError when it is not there, or not as large */
  async *pieces(of: string, bytes: number): AsyncGenerator<Uint8Array, void, void> {
    for (let offset = 0; offset < bytes; ) {
      const piece = await this.#request({ op: 'piece', id: this.#id, of, offset }, READ_MS)
      // Each is whole: crumbs would come for ever.
      if (piece.byteLength !== Math.min(MAX_MESSAGE_BYTES, bytes - offset))
        throw new TypeError(
          `Cannot fetch "${of}" from a machine: it has ${offset + piece.byteLength} of ${bytes} bytes`,
        )
      offset += piece.byteLength
      yield piece
    }
  }

  /** The same, whole. */
  async fetched(of: string, bytes: number): Promise<Buffer> {
    if (bytes > MAX_RESULT_BYTES) throw new TypeError(`Cannot fetch "${of}" from a machine: ${bytes} bytes`)
    const pieces: Uint8Array[] = []
    for await (const piece of this.pieces(of, bytes)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async #read(after: number) {
    try {
      return parsed(readAnswerSchema, await this.#request({ op: 'read', id: this.#id, after }, READ_MS))
    } catch {
      return null
    }
  }

  /** Undefined where it could not be fetched. */
  async #whole(number: number, event: unknown): Promise<unknown> {
    const large = largeEventSchema.safeParse(event)
    if (!large.success) return event
    if (large.data.bytes > (this.#isService ? MAX_RESULT_BYTES : MAX_EVENT_BYTES))
      throw new TypeError(`Cannot take event ${number} of a machine: it has ${large.data.bytes} bytes`)
    try {
      const bytes = await this.fetched(`event:${number}`, large.data.bytes)
      return parseJson(bytes.toString(), WIRE_BOUNDS)
    } catch {
      return undefined
    }
  }

  async #request(ask: MachineAsk, timeout: number): Promise<Uint8Array> {
    return (await this.#connection.request(this.#subject, encoded(ask), { timeout })).data
  }
}
