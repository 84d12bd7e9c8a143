import { AsyncLocalStorage } from 'node:async_hooks'

const lanes = new AsyncLocalStorage<string>()

/** Does work for somebody: its queries, and those of whatever it begins, wait in the line of that one. */
export function inLane<Result>(lane: string, work: () => Result): Result {
  return lanes.run(lane, work)
}

/** In whose line queries wait now; what the service does by itself has its own. */
export function laneNow(): string {
  return lanes.getStore() ?? ''
}
