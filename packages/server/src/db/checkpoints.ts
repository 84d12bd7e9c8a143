/** So many files of the log, of 16 MB each, are read again at most after the process was killed. */
const FILES = 2

/**
 * PostgreSQL alone in its process makes no checkpoint before its end, however long its log has grown. Gives what is to
 * be called for each new file of the log; `make` must not reject for what the next time may mend.
 */
export function checkpoints(make: () => Promise<void>): () => void {
  let files = 0
  let pending = false
  return () => {
    files += 1
    if (files < FILES || pending) return
    pending = true
    // The file is asked for in the middle of a statement.
    setImmediate(() => {
      files = 0
      make()
        .catch(() => {})
        .finally(() => {
          pending = false
        })
    })
  }
}
