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
}

/**
 * For what nobody should ever reach: no core dump; a written file of 64 MiB; 256 open files; 8 GiB of data, which is the
 * largest heap that can be asked for, twice; 25 hours of CPU time, which is more than an execution can ask for.
 */
const LIMITS: KernelLimits = { c: '0', f: '131072', n: '256', d: '8388608', t: '90000' }

/** Where a stricter limit is in force already, that one stays. */
const SCRIPT = `
for limit in $1; do ulimit -\${limit%=*} \${limit#*=} 2>/dev/null; done
shift
exec "$@"
`

/**
 * The command that runs `command` under limits of the kernel. Where writing is granted, a file may have any size: that
 * has its own quota. Windows has no such limits.
 */
export function withKernelLimits(
  command: readonly string[],
  mayWrite: boolean,
  limits: Partial<KernelLimits> = {},
): readonly string[] {
  if (process.platform === 'win32') return command
  const all = { ...LIMITS, ...(mayWrite ? { f: 'unlimited' } : {}), ...limits }
  const words = Object.entries(all).map(([letter, value]) => `${letter}=${value}`)
  return ['/bin/sh', '-c', SCRIPT, 'agentchat-worker', words.join(' '), ...command]
}
