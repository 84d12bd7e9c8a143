import { lstat, readdir, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Finding, ok, warn } from './check.ts'

/** Temporary folders of processes of ours carry their numbers. */
const TEMPORARY = /^agentchat-sandbox-(?<pid>\d+)-\w+$/
/** More files than this are not looked at. */
const MOST_FILES = 200_000

/** What of ours is on the disk, by what it is, and whether something was left behind by a process that is gone. */
export async function lookAtDisk(cacheDir: string): Promise<Finding> {
  const kept = await namesIn(cacheDir)
  const sizes: string[] = []
  for (const name of kept) sizes.push(`${name} ${megabytes(await bytesOf(join(cacheDir, name)))}`)
  const temporary = (await namesIn(tmpdir())).filter((name) => TEMPORARY.test(name))
  const left = temporary.filter((name) => !isRunning(Number(TEMPORARY.exec(name)?.groups?.pid)))
  let temporaryBytes = 0
  for (const name of temporary) temporaryBytes += await bytesOf(join(tmpdir(), name))
  if (temporary.length > 0) sizes.push(`temporary files ${megabytes(temporaryBytes)}`)
  const { bavail, bsize } = await statfs(cacheDir)
  const detail = `${[...sizes, `${megabytes(bavail * bsize)} are free`].join(', ')}`
  if (left.length === 0) return ok(detail)
  const paths = left.map((name) => join(tmpdir(), name)).join(' ')
  return warn(`${detail}; ${left.length} temporary folders of processes that are gone`, `rm -r ${paths}`)
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort()
}

/** What a file, or a folder with all that is in it, takes on the disk. What goes meanwhile takes nothing. */
async function bytesOf(path: string): Promise<number> {
  const waiting = [path]
  let bytes = 0
  for (let looked = 0; looked < MOST_FILES; looked++) {
    const next = waiting.pop()
    if (next === undefined) break
    const stats = await lstat(next).catch(() => null)
    if (stats === null) continue
    bytes += stats.blocks * 512
    if (stats.isDirectory()) for (const name of await namesIn(next)) waiting.push(join(next, name))
  }
  return bytes
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's runs, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
