import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/index.ts'
import { changedBytes, tableToVacuum, vacuumTable } from '../db/queries/space.ts'
import { type Logger, loggable } from '../logger.ts'
import type { DiskSpace } from './disk-space.ts'

/** After so many bytes of changes it is looked whether something is to be vacuumed: some 50 ms of work at a time. */
const CHANGED_BYTES = 8 * 2 ** 20
/** Rows that were removed or written, from which on a table is worth it. On a full disk each one is. */
const LEAST_ROWS = 1000
const EVERY_MS = 10_000
const PAUSE_MS = 20
const MAX_PIECES = 32

/** What it works with. */
export interface SpaceKeeperOptions {
  /** Null where PostgreSQL does this by itself. */
  readonly db: Database | null
  readonly disk: DiskSpace
  readonly logger: Logger
}

/**
 * Gives the room of what was removed from the embedded database back, which nobody else does: PostgreSQL has a process for
 * that, and is alone in its thread here. A table at a time, others have their turn in between; soon after it has changed,
 * so that each time is short.
 */
export class SpaceKeeper implements Disposable {
  readonly #options: SpaceKeeperOptions
  readonly #timer: NodeJS.Timeout | null
  #changed = 0
  #tidying: Promise<void> | null = null
  #closed = false

  constructor(options: SpaceKeeperOptions) {
    this.#options = options
    this.#timer = options.db === null ? null : setInterval(() => void this.tidy(), EVERY_MS).unref()
  }

  /** Vacuums what has changed, where enough has. Never rejects. */
  async tidy(): Promise<void> {
    const { db, logger } = this.#options
    if (db === null || this.#closed) return
    this.#tidying ??= this.#tidy(db)
      .catch((error: unknown) => {
        if (!this.#closed) logger.warn({ error: loggable(error) }, 'database.not-vacuumed')
      })
      .finally(() => {
        this.#tidying = null
      })
    await this.#tidying
  }

  [Symbol.dispose](): void {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  async #tidy(db: Database): Promise<void> {
    const changed = await changedBytes(db)
    const isFull = !this.#options.disk.hasRoom()
    if (!isFull && changed - this.#changed < CHANGED_BYTES) return
    const done = new Set<string>()
    while (done.size < MAX_PIECES && !this.#closed) {
      const name = await tableToVacuum(db, isFull ? 1 : LEAST_ROWS)
      // The counters follow a moment later: what was just vacuumed may still be first, and what was removed not be there.
      if (name === null || done.has(name)) return
      done.add(name)
      this.#changed = changed
      await vacuumTable(db, name)
      await sleep(PAUSE_MS, undefined, { ref: false })
    }
  }
}
