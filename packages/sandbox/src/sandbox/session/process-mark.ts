import { readFileSync, readlinkSync } from 'node:fs'
import { z } from 'zod'

const markSchema = z.strictObject({
  pid: z.int().positive(),
  /** When it began, as the kernel counts, with the boot and the name space that this is true for. */
  started: z.string().max(500),
})

/** Which process it was: its number alone is given to others after its end. */
export type ProcessMark = z.output<typeof markSchema>

/** The mark of this process. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, started: startOf(process.pid) ?? '' }
}

/** Reads a mark, or null where there is none. */
export function parseMark(text: string): ProcessMark | null {
  try {
    return markSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Does this process still run? One of another boot, or of a container that is gone, does not. */
export function isRunning({ pid, started }: ProcessMark): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
  }
  const since = startOf(pid)
  return since === null || since === started
}

/** Null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    const space = readlinkSync('/proc/self/ns/pid')
    // Fields are counted from behind the name, which may hold anything.
    return `${boot}/${space}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return null
  }
}
