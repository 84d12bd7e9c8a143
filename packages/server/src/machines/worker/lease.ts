import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { z } from 'zod'
import { type Logger, loggable } from '../../logger.ts'
import { encoded, type factsSchema, leaseAnswerSchema, PROTOCOL, parsed } from '../messages.ts'
import { leaseSubject } from '../subjects.ts'

/** How often a machine says that it is there. */
const RENEW_MS = 2000
const ANSWER_MS = 1500
/** Who was not confirmed for so long, by the own clock, ends what it runs: sooner than the services take it for lost. */
export const SILENCE_MS = 6000

/** A machine is not taken in: it speaks otherwise than the services. */
export class JoinRefusedError extends Error {
  override readonly name = 'JoinRefusedError'
  readonly code = 'start-refused'
}

/** What a lease works with. */
export interface LeaseParts {
  readonly connection: NatsConnection
  readonly machine: string
  readonly logger: Logger
  /** What is told of the machine. */
  facts(): z.infer<typeof factsSchema>
  /** The lease is lost: nothing that runs may go on. Resolves when nothing does. */
  lost(): Promise<void>
}

/**
 * The right of a machine to run something. It is counted from when a request was sent whose answer confirms it, by a clock
 * that nobody sets; a machine that stood still for too long finds it lost before it does anything else.
 */
export class MachineLease {
  readonly #parts: LeaseParts
  #epoch: number | null = null
  #confirmedAt = 0
  #held: Deferred<void> = deferred()
  #isEnding = false
  #losing: Promise<void> | null = null
  #watch: NodeJS.Timeout | null = null
  #work: Promise<void> = Promise.resolve()

  constructor(parts: LeaseParts) {
    this.#parts = parts
  }

  /** Null while there is none. */
  get epoch(): number | null {
    if (this.#epoch !== null && performance.now() - this.#confirmedAt > SILENCE_MS) void this.#lose('silence')
    return this.#epoch
  }

  /** Joins for the first time. @throws JoinRefusedError */
  async start(): Promise<void> {
    await this.#join(true)
    this.#watch = setInterval(() => void this.epoch, 250)
    this.#work = this.#renewAgain()
  }

  /** Resolves when there is a lease, or none is wanted any more: where no service is left, none comes. */
  async held(isEnding: () => boolean): Promise<void> {
    while (this.epoch === null && !isEnding()) await Promise.race([this.#held.promise, sleep(250)])
  }

  /** Gives it back. */
  async leave(): Promise<void> {
    this.#isEnding = true
    if (this.#watch !== null) clearInterval(this.#watch)
    await this.#work
    if (this.#epoch !== null) await this.#ask({ op: 'leave', epoch: this.#epoch }).catch(() => {})
    this.#epoch = null
  }

  async #renewAgain(): Promise<void> {
    while (!this.#isEnding) {
      const { epoch } = this
      if (epoch === null) {
        await this.#losing
        await this.#join(false)
      } else {
        const sentAt = performance.now()
        const answer = await this.#ask({ op: 'renew', epoch, facts: this.#parts.facts() }).catch(() => null)
        if (answer?.epoch === epoch) this.#confirmedAt = sentAt
        else if (answer !== null) await this.#lose('fenced')
      }
      const until = performance.now() + (this.#epoch === null ? 250 : RENEW_MS)
      while (!this.#isEnding && performance.now() < until) await sleep(50)
    }
  }

  async #join(isFirst: boolean): Promise<void> {
    const { logger, machine } = this.#parts
    const sentAt = performance.now()
    try {
      const { epoch, refused } = await this.#ask({
        op: 'join',
        protocol: PROTOCOL,
        facts: this.#parts.facts(),
      })
      if (refused !== undefined) throw new JoinRefusedError(`Cannot join as "${machine}": ${refused}`)
      if (epoch === null) return
      this.#epoch = epoch
      this.#confirmedAt = sentAt
      this.#held.resolve()
      logger.info({ machine, epoch }, 'machine.joined')
    } catch (error) {
      if (isFirst && error instanceof JoinRefusedError) throw error
      // Services may come later than machines.
      logger.warn({ machine, error: loggable(error) }, 'machine.not-joined')
    }
  }

  async #lose(why: 'silence' | 'fenced'): Promise<void> {
    if (this.#epoch === null) return
    this.#parts.logger.warn({ machine: this.#parts.machine, epoch: this.#epoch, why }, 'machine.lease-lost')
    this.#epoch = null
    this.#held = deferred()
    this.#losing = this.#parts.lost()
    await this.#losing
  }

  async #ask(message: object): Promise<{ epoch: number | null; refused?: string | undefined }> {
    const { connection, machine } = this.#parts
    const answer = await connection.request(leaseSubject(machine), encoded(message), { timeout: ANSWER_MS })
    const read = parsed(leaseAnswerSchema, answer.data)
    if (read === null) throw new TypeError('Cannot read the answer of a service')
    return read
  }
}
