import { clearTimer, setTimer } from './timers.ts'
import { Turns } from './turns.ts'

/** What a stack of Python waits for. */
export interface Pause {
  readonly promise: Promise<void>
  wake(): void
}

const turns = new Turns()

/**
 * Lets a stack of Python wait until it is woken or the time is over. Nothing of Python runs on the way, which an interrupt
 * could hit in its place.
 * @param milliseconds 0 for one turn of the event loop, below 0 without an end
 */
export function pause(milliseconds: number): Pause {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (milliseconds === 0) turns.take(resolve)
  const timer = milliseconds > 0 ? setTimer(resolve, milliseconds) : null
  const wake = () => {
    if (timer !== null) clearTimer(timer)
    resolve()
  }
  return { promise, wake }
}
