import { errno } from './errno.ts'
import type { FileErrors } from './file-errors.ts'

/**
 * How much may still be written to the host. Every byte counts once when it is written, also when it is overwritten
 * later; files and folders count while they exist.
 */
export class WriteQuota {
  readonly #errors: FileErrors
  #bytesLeft: number
  #filesLeft: number

  constructor(errors: FileErrors, maxBytes: number, maxFiles: number) {
    this.#errors = errors
    this.#bytesLeft = maxBytes
    this.#filesLeft = maxFiles
  }

  /** Takes up to `count` bytes and gives how many it could; throws ENOSPC when there are none. */
  takeBytes(count: number): number {
    if (count > 0 && this.#bytesLeft === 0) throw this.#errors.make(errno('ENOSPC'))
    const taken = Math.min(count, this.#bytesLeft)
    this.#bytesLeft -= taken
    return taken
  }

  /** Takes `count` bytes or throws ENOSPC. */
  takeAllBytes(count: number): void {
    if (count > this.#bytesLeft) throw this.#errors.make(errno('ENOSPC'))
    this.#bytesLeft -= count
  }

  giveBackBytes(count: number): void {
    this.#bytesLeft += count
  }

  /** Makes one file or folder with `make`; throws ENOSPC when that would be one too many. */
  making<Value>(make: () => Value): Value {
    if (this.#filesLeft === 0) throw this.#errors.make(errno('ENOSPC'))
    const made = make()
    this.#filesLeft -= 1
    return made
  }

  /** A file or folder was removed. */
  removed(): void {
    this.#filesLeft += 1
  }
}
