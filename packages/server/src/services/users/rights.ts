import type { Database } from '../../db/index.ts'
import { enabledUsers, validKeys, validSignIns } from '../../db/queries/rights.ts'
import { type Logger, loggable } from '../../logger.ts'
import type { Role } from '../permission-check.ts'

/** How long what goes on by a right may outlast it; also where another service has taken the right away. */
const LOOK_MS = 500

/** Something that goes on, and by whose right. */
export interface RightInUse {
  readonly userId: string
  /** The key that it was begun with. */
  readonly apiKeyId?: string | null
  /** The sign-in that it was begun with, where it is to end with that. */
  readonly signInId?: string | null
  /** The role that it needs, where it is to end with that. */
  readonly role?: Role
  /** Ends it. */
  end(): void
}

/**
 * Knows what goes on and by whose right, and ends it when that right has ended: the user was disabled or deleted, the key
 * was withdrawn or has expired. It asks the database, while something goes on: another service may have done it.
 */
export class Rights implements Disposable {
  readonly #db: Database
  readonly #logger: Logger
  readonly #uses = new Set<RightInUse>()
  #timer: NodeJS.Timeout | null = null
  #looking: Promise<void> | null = null

  /** Starts nothing. */
  constructor(db: Database, logger: Logger) {
    this.#db = db
    this.#logger = logger
  }

  /** Something goes on by a right, until it is disposed. */
  hold(use: RightInUse): Disposable {
    this.#uses.add(use)
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS).unref()
    return {
      [Symbol.dispose]: () => {
        this.#uses.delete(use)
        if (this.#uses.size === 0) this[Symbol.dispose]()
      },
    }
  }

  /** Ends what has no right any more. Never rejects: the next time comes. */
  async look(): Promise<void> {
    // One that is under way may have asked before the right ended.
    while (this.#looking !== null) await this.#looking
    this.#looking = this.#look().finally(() => {
      this.#looking = null
    })
    await this.#looking
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  async #look(): Promise<void> {
    const uses = [...this.#uses]
    if (uses.length === 0) return
    try {
      const now = new Date()
      const users = await enabledUsers(this.#db, distinct(uses, 'userId'))
      const keys = await validKeys(this.#db, distinct(uses, 'apiKeyId'), now)
      const signIns = await validSignIns(this.#db, distinct(uses, 'signInId'), now)
      for (const use of uses) {
        const { userId, apiKeyId, signInId, role } = use
        const actual = users.get(userId)
        const holds =
          actual !== undefined &&
          (role === undefined || role === actual) &&
          (!apiKeyId || keys.has(apiKeyId)) &&
          (!signInId || signIns.has(signInId))
        if (!holds && this.#uses.delete(use)) use.end()
      }
    } catch (error) {
      this.#logger.warn({ error: loggable(error) }, 'rights.look-failed')
    }
  }
}

function distinct(uses: readonly RightInUse[], name: 'userId' | 'apiKeyId' | 'signInId'): string[] {
  return [...new Set(uses.flatMap((use) => use[name] ?? []))]
}
