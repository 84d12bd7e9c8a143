import { openSync, readSync } from 'node:fs'

/** In milliseconds. */
export interface ThreadTimes {
  readonly usedMs: number
  /** For a processor. */
  readonly waitedMs: number
}

/**
 * Reads what the main thread has computed, and waited for a processor. Where the kernel does not tell, it counts as
 * computing all the time.
 */
export function threadTimes(): () => ThreadTimes {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
    const bytes = Buffer.alloc(128)
    return () => {
      // Asking for this brings the kernel's count up to now: else it is of the last tick, up to 4 ms ago.
      process.cpuUsage()
      const length = readSync(file, bytes, 0, bytes.length, 0)
      const [used = '0', waited = '0'] = bytes.toString('latin1', 0, length).split(' ')
      return { usedMs: Number(used) / 1e6, waitedMs: Number(waited) / 1e6 }
    }
  } catch {
    return () => ({ usedMs: performance.now(), waitedMs: 0 })
  }
}
