import { execFile } from 'node:child_process'
import { release } from 'node:os'

/** Processes and threads that may be behind one wall. Deno has some twenty, and at most five hundred more for files. */
const MAX_TASKS = 768
/** Since this version each user name space counts for itself (`RLIMIT_NPROC` in setrlimit(2)). */
const COUNTS_APART = [5, 14] as const

/** Whether the kernel counts the tasks of a worker behind the second wall, and would keep them to a limit. */
export function canLimitTasks(kernel = release(), uid = process.getuid?.() ?? 0): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number)
  const apart = major > COUNTS_APART[0] || (major === COUNTS_APART[0] && minor >= COUNTS_APART[1])
  // The kernel makes an exception for root, under whatever name a name space knows it.
  return process.platform === 'linux' && apart && uid !== 0
}

/**
 * Bounds how many processes and threads a worker behind the second wall can have. From outside and when it has started:
 * a limit that was in force before would count everything that its user runs on the whole machine. Where `prlimit` (of
 * util-linux) is missing, nothing is done: what a worker starts ends with its run all the same.
 */
export function limitTasks(pid: number, maxTasks = MAX_TASKS): Promise<void> {
  if (!canLimitTasks() || pid === 0) return Promise.resolve()
  return new Promise((resolve) => {
    const args = ['--pid', String(pid), `--nproc=${maxTasks}:${maxTasks}`]
    execFile('prlimit', args, { env: { PATH: '/usr/bin:/bin' }, timeout: 5000 }, () => resolve())
  })
}
