/** So many files of the log, of 16 MB each, are read again at most after the process was killed. */
const FILES = 2

/**
 * Knows when a checkpoint is due: PostgreSQL alone in its process makes none before its end, however long its log has
 * grown.
 */
export class Checkpoints {
  #files = 0

  /** The log goes on in another file. */
  logFile(): void {
    this.#files += 1
  }

  /** Reports whether one is due, once. */
  take(): boolean {
    if (this.#files < FILES) return false
    this.#files = 0
    return true
  }
}
