import { readdirSync, readlinkSync } from 'node:fs'

/**
 * The descriptor under which a program that we start has a file of ours open. Its children inherit it, also those that
 * leave the process group or lose their parent: so they can be found again. A number that programs do not use.
 */
export const MARKER_FD = 100

/**
 * Kills every process whose marker has `mark` in its path: the names of folders, between slashes. Linux only; elsewhere
 * finds nobody. Says how many were found.
 */
export function killMarked(mark: string): number {
  if (process.platform !== 'linux') return 0
  let found = 0
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || !targetOf(`/proc/${pid}/fd/${MARKER_FD}`).includes(mark)) continue
    found += 1
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended meanwhile, or may not be killed by us.
    }
  }
  return found
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
