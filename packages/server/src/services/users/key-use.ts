import type { Database } from '../../db/index.ts'
import { touchApiKeys } from '../../db/queries/api-keys.ts'
import { type Logger, loggable } from '../../logger.ts'

const WRITE_EVERY_MS = 10_000

/** Notes when keys were last used, all of some seconds in one write: a read must not cost a write. */
export class KeyUse implements AsyncDisposable {
  readonly #db: Database
  readonly #logger: Logger
  readonly #used = new Set<string>()
  #timer: NodeJS.Timeout | null = null

  constructor(db: Database, logger: Logger) {
    this.#db = db
    this.#logger = logger
  }

  /** This key was used now. */
  note(id: string): void {
    this.#used.add(id)
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS).unref()
  }

  /** Writes what was noted. What cannot be written is lost: it is a convenience. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const ids = [...this.#used]
    this.#used.clear()
    try {
      await touchApiKeys(this.#db, ids, new Date())
    } catch (error) {
      this.#logger.warn({ error: loggable(error) }, 'key-use.write-failed')
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.flush()
  }
}
