import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UnavailableError } from './errors.ts'

/**
 * What is left for the database when nothing new is taken any more: two files of its log, so that it never stands
 * before a full disk itself.
 */
const RESERVE_BYTES = 32 * 2 ** 20
/**
 * Others may fill the disk to its last byte. A file of this size is given up then, and no sooner, since they would fill its
 * room too: it is for the ends of what runs, which are written in any case.
 */
const KEPT_BYTES = 4 * 2 ** 20
const LAST_BYTES = 2 ** 20
const KEPT_NAME = 'room-for-ends'
/** How long what was found out holds. */
const FRESH_MS = 250

/** Watches the room on the disk that the embedded database is on. */
export class DiskSpace {
  readonly #folder: string | null
  #checkedAt = Number.NEGATIVE_INFINITY
  #hasRoom = true
  #keepsRoom = false

  /** @param folder null where the database is on another machine */
  constructor(folder: string | null) {
    this.#folder = folder
  }

  /** Reports whether there is room for something new. */
  hasRoom(): boolean {
    const now = performance.now()
    if (this.#folder !== null && now - this.#checkedAt > FRESH_MS) {
      const { bavail, bsize } = statfsSync(this.#folder)
      const free = bavail * bsize
      this.#hasRoom = free > RESERVE_BYTES
      if (free > RESERVE_BYTES + KEPT_BYTES) this.#keepRoom(this.#folder)
      else if (free < LAST_BYTES) this.#giveRoomUp(this.#folder)
      this.#checkedAt = now
    }
    return this.#hasRoom
  }

  /** Room on that disk, in bytes; null where it is not known. */
  freeBytes(): number | null {
    if (this.#folder === null) return null
    try {
      const { bavail, bsize } = statfsSync(this.#folder)
      return bavail * bsize
    } catch {
      return null
    }
  }

  /** @throws UnavailableError when there is hardly any room left */
  demandRoom(): void {
    if (!this.hasRoom()) throw new UnavailableError('disk')
  }

  #keepRoom(folder: string): void {
    if (this.#keepsRoom) return
    try {
      writeFileSync(join(folder, KEPT_NAME), Buffer.alloc(KEPT_BYTES), { mode: 0o600 })
      this.#keepsRoom = true
    } catch {
      // There is none to keep, or nothing may be written here, which others tell.
    }
  }

  /** Also what an earlier service has kept. */
  #giveRoomUp(folder: string): void {
    rmSync(join(folder, KEPT_NAME), { force: true })
    this.#keepsRoom = false
  }
}
