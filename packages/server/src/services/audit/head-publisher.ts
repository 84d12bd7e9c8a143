import { appendFileSync } from 'node:fs'
import { type Logger, loggable } from '../../logger.ts'
import { type SignedReceiver, sendSigned } from '../webhooks/send-signed.ts'

/** Where heads of the log are told, so that a holder of the database and the key cannot change what was told. */
export interface HeadPlaces {
  /** Each is appended to this file, which may belong to somebody else, or be one that can only grow. */
  readonly file?: string | undefined
  /** Each is sent there, signed as webhooks are. */
  readonly webhook?: SignedReceiver | undefined
  /** The least time between two. */
  readonly everySeconds: number
}

/** Tells heads of the log to the outside: the first at once, then the newest each time, and the last one. */
export class HeadPublisher {
  readonly #places: HeadPlaces
  readonly #logger: Logger
  #newest: string | null = null
  #toldAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> = Promise.resolve()

  constructor(places: HeadPlaces, logger: Logger) {
    this.#places = places
    this.#logger = logger
  }

  /** The file that they are told to. */
  get file(): string | undefined {
    return this.#places.file
  }

  /** There is a new head. */
  note(checkpoint: string): void {
    const { file, webhook, everySeconds } = this.#places
    if (file === undefined && webhook === undefined) return
    this.#newest = checkpoint
    const rest = this.#toldAt + everySeconds * 1000 - performance.now()
    if (rest <= 0) this.#tell()
    else this.#timer ??= setTimeout(() => this.#tell(), rest).unref()
  }

  /** Tells the last head. Never rejects. */
  async close(): Promise<void> {
    this.#tell()
    await this.#sending
  }

  #tell(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const checkpoint = this.#newest
    if (checkpoint === null) return
    this.#newest = null
    this.#toldAt = performance.now()
    const { file, webhook } = this.#places
    const failed = (where: string) => (error: unknown) =>
      this.#logger.error({ where, error: loggable(error) }, 'audit.head-not-told')
    try {
      if (file !== undefined) appendFileSync(file, `${checkpoint}\n`)
    } catch (error) {
      failed('file')(error)
    }
    if (webhook !== undefined)
      this.#sending = this.#sending.then(() => send(webhook, checkpoint)).catch(failed('webhook'))
  }
}

async function send(webhook: SignedReceiver, checkpoint: string): Promise<void> {
  const id = `msg_${checkpoint.split('\n', 2)[1]}`
  await sendSigned(webhook, { id, type: 'audit.checkpoint', data: { checkpoint }, holder: 'audit' })
}
