import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasProc } from './proc.mjs'

const SAMPLE_MS = 2000

/**
 * How busy the machine is with the work of others: figures taken on a busy machine say little.
 * @returns {Promise<number | null>} share of all cores, from 0 to 1, or null where it cannot be told
 */
export async function busyShare() {
  if (!hasProc) return null
  const before = readTicks()
  await sleep(SAMPLE_MS)
  const after = readTicks()
  return (after.busy - before.busy) / (after.all - before.all)
}

/** What all cores did since the machine started; time that its own host took away counts as busy. */
function readTicks() {
  const ticks = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].split(/\s+/).slice(1, 9).map(Number)
  const all = ticks.reduce((sum, each) => sum + each, 0)
  const [, , , idle, waiting] = ticks
  return { all, busy: all - idle - waiting }
}
