import { execFile } from 'node:child_process'
import { release } from 'node:os'
/** A limit that the kernel keeps for each process of a worker, by its letter in `ulimit` (setrlimit(2)). */
export interface KernelLimits {
  /** Largest core dump. */
  readonly c: string
  /** Largest file that can be written, in units of 512 bytes. */
  readonly f: string
  /** Open files. */
  readonly n: string
  /** Private writable memory, in KiB. */
  readonly d: string
  /** CPU time, in seconds. */
  readonly t: string
  /** Stack of the main thread, in KiB: what V8 is told that it has (`deno-args.ts`), and some more. */
  readonly s: string
}

/**
 * For what nobody should ever reach: no core dump; a written file of 64 MiB; 256 open files; 64 GiB of data, which is the
 * largest heap that can be asked for and a thousand stacks, used or not (`deno-args.ts`); 25 hours of CPU time, which is
 * more than an execution can ask for.
 */
const LIMITS: KernelLimits = { c: '0', f: '131072', n: '256', d: '67108864', t: '90000', s: '65536' }

/** Where a stricter limit is in force already, that one stays. */
const SCRIPT = `
[ -z "$2" ] || exec 9<"$2"
for limit in $1; do ulimit -\${limit%=*} \${limit#*=} 2>/dev/null; done
shift 2
exec "$@"
`

/** How a command is to be run. */
export interface HowLimited {
  /** A file may have any size: writing is granted, which has its own quota. */
  readonly mayWrite: boolean
  /** A file that the command finds open as its descriptor 9. */
  readonly open?: string | null
}

/**
 * The command that runs `command` under limits of the kernel. Windows has no such limits.
 */
export function withKernelLimits(
  command: readonly string[],
  { mayWrite, open }: HowLimited,
  limits: Partial<KernelLimits> = {},
): readonly string[] {
  if (process.platform === 'win32') return command
  const all = { ...LIMITS, ...(mayWrite ? { f: 'unlimited' } : {}), ...limits }
  const words = Object.entries(all).map(([letter, value]) => `${letter}=${value}`)
  return ['/bin/sh', '-c', SCRIPT, 'agentchat-worker', words.join(' '), open ?? '', ...command]
}

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
