import type { EventEmitter } from 'node:events'

/** Waits for the first of these events, at most this long; null: without end. False when the time has passed. */
export function waitForEvent(
  emitter: EventEmitter,
  events: readonly string[],
  deadlineMs: number | null,
): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (happened: boolean) => {
      clearTimeout(timer)
      for (const event of events) emitter.removeListener(event, done)
      resolve(happened)
    }
    const done = () => settle(true)
    const timer = deadlineMs === null ? undefined : setTimeout(() => settle(false), Math.max(0, deadlineMs))
    for (const event of events) emitter.once(event, done)
  })
}
