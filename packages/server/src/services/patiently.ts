import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceContext } from './context.ts'

/** After so many tries to record something, about a minute, the caller that waits is told; the tries go on. */
const PATIENT_TRIES = 12
const MAX_PAUSE_MS = 10_000

/**
 * Tries to write something until it is written, or the service ends. `late` is told once that it takes long.
 * @throws what the last try failed with
 */
export async function patiently<Value>(
  { runs, disk }: Pick<ServiceContext, 'runs' | 'disk'>,
  write: () => Promise<Value>,
  late: (error: unknown) => void,
): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write()
    } catch (error) {
      if (runs.closing) throw error
      // Where the disk is full, this gives up the room that is kept for it.
      disk.hasRoom()
      if (attempt === PATIENT_TRIES) late(error)
      await sleep(Math.min(100 * 2 ** attempt, MAX_PAUSE_MS))
    }
  }
}
