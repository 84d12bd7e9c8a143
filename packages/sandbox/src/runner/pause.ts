// Taken before user code runs: it may replace what it can reach.
const { setTimeout, clearTimeout } = globalThis

/** The longest time that a timer can be set to. */
const LONGEST_MS = 2 ** 31 - 1

/** What a stack of Python waits for. */
export interface Pause {
  readonly promise: Promise<void>
  wake(): void
}

/** A turn of the event loop is a message to ourselves: a timer would take a millisecond. */
const { port1, port2 } = new MessageChannel()
const turns: (() => void)[] = []
port1.onmessage = () => turns.shift()?.()

/**
 * Lets a stack of Python wait until it is woken or the time is over. Nothing of Python runs on the way, which an interrupt
 * could hit in its place.
 * @param milliseconds 0 for one turn of the event loop, below 0 without an end
 */
export function pause(milliseconds: number): Pause {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (milliseconds === 0) {
    turns.push(resolve)
    port2.postMessage(null)
  }
  const timer = milliseconds > 0 ? setTimeout(resolve, Math.min(milliseconds, LONGEST_MS)) : null
  const wake = () => {
    if (timer !== null) clearTimeout(timer)
    resolve()
  }
  return { promise, wake }
}
