import { expect } from 'vitest'

/** CPU time of this process that one case may take, in milliseconds: others who have the core do not count. */
export const MAX_CPU_MS = 400
const TRIES = 3

/** Does some work, which may throw nothing, and takes no longer than any of its kind; a collection of garbage may disturb. */
export async function expectQuick(work: () => Promise<unknown>): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < TRIES && best > MAX_CPU_MS; tries += 1) {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000)
  }
  expect(best, 'CPU time, in ms').toBeLessThan(MAX_CPU_MS)
}
