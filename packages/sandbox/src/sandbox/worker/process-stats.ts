import { readdirSync, readFileSync } from 'node:fs'

/** What the operating system says of a process. */
export interface ProcessStats {
  /** User and system time of all its threads, in milliseconds. */
  readonly cpuMs: number
  /** Resident set now, in bytes. */
  readonly residentBytes: number
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick (`USER_HZ`, proc(5)). */
const TICK_MS = 10

/**
 * Reads what a process uses, or null when it is gone or the platform does not tell. Synchronous on purpose: procfs
 * answers from memory in some 20 microseconds, and a watch must not wait behind other file work.
 */
export function readStats(pid: number): ProcessStats | null {
  if (process.platform !== 'linux') return null
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field, the name, may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      residentBytes: bytesIn(statusOf(pid), 'VmRSS'),
    }
  } catch {
    return null
  }
}

/** Bytes that the process has written to files and pipes since it began, or 0 when the platform does not tell. */
export function readWrittenBytes(pid: number): number {
  if (process.platform !== 'linux') return 0
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Highest resident set that the process ever had, in bytes, or 0 when the platform does not tell. */
export function readPeakMemory(pid: number): number {
  if (process.platform !== 'linux') return 0
  try {
    return bytesIn(statusOf(pid), 'VmHWM')
  } catch {
    return 0
  }
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'latin1')
}

/**
 * A size in the text of `/proc/<pid>/status`, in bytes, or 0 where it is not there. Unlike `stat`, which counts pages,
 * it does not depend on the size of a page: 4 KiB here, 16 or 64 KiB on other kernels.
 */
export function bytesIn(status: string, field: 'VmRSS' | 'VmHWM'): number {
  const line = status.split('\n').find((each) => each.startsWith(`${field}:`))
  return Number(/\d+/.exec(line ?? '')?.[0] ?? 0) * 1024
}

/**
 * The process at the end of a chain of only children: bubblewrap stays as the parent of what it runs. On a platform
 * that does not tell, the process itself.
 */
export function innermostProcess(pid: number): number {
  let current = pid
  for (let depth = 0; depth < 3; depth++) {
    const children = childrenOf(current)
    if (children.length !== 1 || children[0] === undefined) break
    current = children[0]
  }
  return current
}

/** So many processes are looked at below one: a worker has three. */
const MAX_BELOW = 16

/** The threads of a process and of what it has started; on a platform that does not tell, the process itself. */
export function threadsBelow(pid: number): number[] {
  if (process.platform !== 'linux') return [pid]
  const processes = [pid]
  for (let index = 0; index < processes.length && index < MAX_BELOW; index++)
    processes.push(...childrenOf(processes[index] ?? 0))
  return processes.slice(0, MAX_BELOW).flatMap(threadsOf)
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}

function childrenOf(pid: number): number[] {
  if (process.platform !== 'linux') return []
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/**
 * What a worker may take to answer one question between two runs, in milliseconds: keeping a session is work for each
 * MiB of it. A task that the code has left behind could take the processor for ever instead.
 */
const ANSWER_MS = 1000
const ANSWER_MS_PER_MIB = 15

/**
 * The CPU time of one worker, in milliseconds, and how much of it somebody has been charged with. What it took before
 * its first run is its start, which is nobody's.
 */
export class CpuMeter {
  readonly #pid: () => number
  #seen = 0
  #charged: number | null = null

  constructor(pid: () => number) {
    this.#pid = pid
  }

  /** A run begins: from the first one on everything is charged, also what is taken between two runs. */
  begin(): void {
    this.#charged ??= this.read()
  }

  /** All that it has taken; when it is gone, what was seen last. */
  read(): number {
    this.see(readStats(this.#pid())?.cpuMs ?? 0)
    return this.#seen
  }

  /** Somebody has read it from the system. */
  see(cpuMs: number): void {
    this.#seen = Math.max(this.#seen, cpuMs)
  }

  /** Gives what tells whether it has taken more than one answer is worth, from now on. */
  budget(): () => boolean {
    const start = this.read()
    return () => {
      const { cpuMs, residentBytes } = readStats(this.#pid()) ?? { cpuMs: 0, residentBytes: 0 }
      this.see(cpuMs)
      return cpuMs - start > ANSWER_MS + (residentBytes / 2 ** 20) * ANSWER_MS_PER_MIB
    }
  }

  /** What has not been charged yet; from now on it is. */
  take(): number {
    const total = this.read()
    const taken = total - (this.#charged ?? total)
    if (this.#charged !== null) this.#charged = total
    return taken
  }
}
