import { statfsSync } from 'node:fs'
import { UnavailableError } from './errors.ts'

/**
 * What is left for the database when nothing new is taken any more: two files of its log, so that it never stands
 * before a full disk itself, with room for the ends of what runs.
 */
const RESERVE_BYTES = 32 * 2 ** 20
/** How long what was found out holds. */
const FRESH_MS = 250

/** Watches the room on the disk that the embedded database is on. */
export class DiskSpace {
  readonly #folder: string | null
  #checkedAt = Number.NEGATIVE_INFINITY
  #hasRoom = true

  /** @param folder null where the database is on another machine */
  constructor(folder: string | null) {
    this.#folder = folder
  }

  /** Reports whether there is room for something new. */
  hasRoom(): boolean {
    const now = performance.now()
    if (this.#folder !== null && now - this.#checkedAt > FRESH_MS) {
      const { bavail, bsize } = statfsSync(this.#folder)
      this.#hasRoom = bavail * bsize > RESERVE_BYTES
      this.#checkedAt = now
    }
    return this.#hasRoom
  }

  /** @throws UnavailableError when there is hardly any room left */
  demandRoom(): void {
    if (!this.hasRoom()) throw new UnavailableError('disk')
  }
}
