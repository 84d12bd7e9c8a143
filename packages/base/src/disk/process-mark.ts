import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { hasCode } from './error-code.ts'

/** Which process it was: its number alone is given to others after its end, and to others in other containers. */
export interface ProcessMark {
  readonly pid: number
  /** Where the number is that of this process: the boot of the machine, and the name space. */
  readonly space: string
  /** When it began, as the kernel counts; empty where nobody tells. */
  readonly started: string
}

const MAX_CHARS = 200

/** The mark of this process. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, space: ownSpace(), started: startOf(process.pid) ?? '' }
}

/** Reads a mark, or null where there is none. */
export function parseMark(text: string): ProcessMark | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  if (!('pid' in value && 'space' in value && 'started' in value)) return null
  const { pid, space, started } = value
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null
  if (typeof space !== 'string' || typeof started !== 'string') return null
  if (space.length > MAX_CHARS || started.length > MAX_CHARS) return null
  return { pid, space, started }
}

/** Does this process still run? Null where that cannot be told from here: it is one of another name space. */
export function isRunning({ pid, space, started }: ProcessMark): boolean | null {
  if (space !== ownSpace()) return null
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false
  }
  const since = startOf(pid)
  return since === null || since === started
}

function ownSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname().slice(0, MAX_CHARS)
  }
}

/** Null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Fields are counted from behind the name, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
