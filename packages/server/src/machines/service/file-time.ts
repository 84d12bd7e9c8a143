/** What a machine may take to give files, whatever they hold, and what a slow wire takes for their bytes. */
const GRACE_MS = 120_000
const BYTES_A_MS = 256

/** The time that a machine has to give files, all of them together: many small ones take no longer than few. */
export class FileTime {
  #until: number | null = null

  /** Aborted when the time is over that it has for so many bytes more. */
  forBytes(bytes: number): AbortSignal {
    const now = performance.now()
    this.#until = (this.#until ?? now + GRACE_MS) + bytes / BYTES_A_MS
    return AbortSignal.timeout(Math.max(0, Math.ceil(this.#until - now)))
  }
}
