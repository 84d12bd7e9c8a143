import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Another process has this data folder open. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  readonly code = 'folder-in-use'
  readonly folder: string
  readonly pid: number
  constructor(folder: string, pid: number) {
    super(
      `Cannot use the data folder "${folder}": process ${pid} has it open; end that one, ` +
        'or set AGENTCHAT_DATA_DIR to another folder',
    )
    this.folder = folder
    this.pid = pid
  }
}

const ownerSchema = z.object({ pid: z.int().positive(), started: z.string() })
type Owner = z.output<typeof ownerSchema>

/**
 * Takes a folder for this process, until it is disposed or the process ends. A lock whose process is gone is taken
 * over; a process number that was given to another program since does not count.
 * @throws FolderInUseError
 */
export function lockFolder(folder: string): Disposable {
  const path = join(folder, 'service.lock')
  const own: Owner = { pid: process.pid, started: startOf(process.pid) ?? '' }
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 })
  try {
    while (!tryLink(draft, path)) {
      const text = readIfThere(path)
      if (text === null) continue
      const owner = ownerOf(text)
      if (owner !== null && isAlive(owner)) throw new FolderInUseError(folder, owner.pid)
      removeStale(path, text)
    }
  } finally {
    rmSync(draft, { force: true })
  }
  let held = true
  return {
    [Symbol.dispose]() {
      if (held) rmSync(path, { force: true })
      held = false
    },
  }
}

/** A link is made whole or not at all: nobody ever reads a lock that is half written. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Two that find the same stale lock must not both remove it, for the second would remove the first one's new lock. */
function removeStale(path: string, text: string): void {
  const aside = `${path}.stale-${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if (readFileSync(aside, 'utf8') !== text) tryLink(aside, path)
  rmSync(aside, { force: true })
}

function ownerOf(text: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
  }
  const since = startOf(pid)
  return since === null || since === started
}

/** When a process began, as the kernel counts it, with the boot that it counts from; null where nobody tells. */
function startOf(pid: number): string | null {
  const stat = readIfThere(`/proc/${pid}/stat`)
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')
  if (stat === null || boot === null) return null
  return `${boot.trim()}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}
