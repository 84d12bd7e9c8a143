import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findBubblewrap } from './host-tools.ts'

/** Starting a program behind the wall takes some milliseconds; a machine that needs this long is out of order. */
const PROBE_MS = 10_000
/** The name spaces that a worker is put into, around the least that can be run. */
const ARGS = [
  ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts'],
  ...['--unshare-cgroup-try', '--die-with-parent', '--as-pid-1', '--cap-drop', 'ALL'],
  ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', '/bin/sh', '-c', ':'],
]

/** What the probe of the second wall has found: it stands, or why it does not. */
export type WallProbe = { readonly stands: true } | { readonly stands: false; readonly reason: string }

/** Tries whether this machine lets bubblewrap put a process behind the second wall, without starting a worker. */
export async function probeSecondWall(bubblewrap: string | null = findBubblewrap()): Promise<WallProbe> {
  if (process.platform !== 'linux') return { stands: false, reason: 'there is none on this platform' }
  if (bubblewrap === null) return { stands: false, reason: 'bubblewrap is not installed' }
  try {
    await promisify(execFile)(bubblewrap, ARGS, { env: {}, timeout: PROBE_MS, killSignal: 'SIGKILL' })
    return { stands: true }
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const reason = said === '' ? 'bubblewrap does not work here' : said
    return { stands: false, reason: reason.slice(0, 500) }
  }
}
