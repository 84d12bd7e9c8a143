// What Linux says of processes. Elsewhere nothing is known of them, and every function gives nothing.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const NAMESPACES = ['ipc', 'mnt', 'net', 'pid', 'user', 'uts']

export interface Stat {
  readonly pid: number
  /** At most 15 characters. */
  readonly name: string
  readonly state: string
  readonly cpuMs: number
  /** In ticks since boot: with the pid it names a process for ever. */
  readonly started: number
}

/** Null when it is gone. */
export function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name may hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
      state: fields[0] ?? '',
      cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
      started: Number(fields[19]),
    }
  } catch {
    return null
  }
}

/** Does this very process still run? A zombie does not. */
export function isAlive({ pid, started }: Pick<Stat, 'pid' | 'started'>): boolean {
  const stat = readStat(pid)
  return stat !== null && stat.started === started && stat.state !== 'Z' && stat.state !== 'X'
}

/** Every process under it, whichever thread started it. */
export function descendants(pid: number): Stat[] {
  return children(pid).flatMap((child) => {
    const stat = readStat(child)
    return stat === null ? [] : [stat, ...descendants(child)]
  })
}

function children(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}

/** Zeros when it is gone. */
export function readMemory(pid: number): { readonly residentBytes: number; readonly peakBytes: number } {
  const text = read(`/proc/${pid}/status`)
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') }
}

/** Bytes of shared memory on this machine, file systems in memory included. */
export function readSharedMemory(): number {
  return Number(/^Shmem:\s+(\d+) kB$/m.exec(read('/proc/meminfo'))?.[1] ?? 0) * 1024
}

/** The environment that it was started with. */
export function readEnvironment(pid: number): Record<string, string> {
  const entries = read(`/proc/${pid}/environ`).split('\0').filter(Boolean)
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
}

/** Kinds of namespace, as `net`, that it has in common with this process. */
export function sharedNamespaces(pid: number): string[] {
  return NAMESPACES.filter((kind) => {
    const own = namespace('self', kind)
    return own !== '' && own === namespace(pid, kind)
  })
}

function namespace(pid: number | 'self', kind: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    return ''
  }
}

/** Processes that have it on their command line. */
export function processesThatMention(text: string): Stat[] {
  return pids().flatMap((pid) => {
    if (pid === process.pid || !read(`/proc/${pid}/cmdline`).includes(text)) return []
    const stat = readStat(pid)
    return stat === null ? [] : [stat]
  })
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
