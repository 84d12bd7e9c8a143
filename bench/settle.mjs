import { setTimeout as sleep } from 'node:timers/promises'
import { denoDescendants, hasProc, isAsleep } from './proc.mjs'

const POLL_MS = 100
const DEADLINE_MS = 60_000
/** Where processes cannot be looked at: longer than starting a worker takes. */
const BLIND_MS = 2000

/**
 * Waits until this process has so many workers and none of them has used the processor, or wanted to, for a while: the
 * pool has refilled and is at rest, as users meet it.
 * @param {number} workers
 * @param {number} idleSeconds
 */
export async function settle(workers, idleSeconds = 0.5) {
  if (!hasProc) return await sleep(BLIND_MS)
  const deadline = performance.now() + DEADLINE_MS
  let last = ''
  for (let quietSince = performance.now(); performance.now() - quietSince < idleSeconds * 1000; ) {
    if (performance.now() > deadline)
      throw new Error(`Cannot measure: the pool has no ${workers} idle workers`)
    await sleep(POLL_MS)
    const now = denoDescendants()
    const state = now.map(({ pid, cpuSeconds }) => `${pid} ${cpuSeconds.toFixed(2)}`).join()
    const atRest = now.length === workers && state === last && now.every(({ pid }) => isAsleep(pid))
    if (!atRest) quietSince = performance.now()
    last = state
  }
}
