import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { guard, killGroup, release } from '../host/guardian.ts'
import type { Launch } from '../wall/launch.ts'
import { innermostProcess, readStats } from './process-stats.ts'
import { Standing } from './standing.ts'

const MAX_STDERR_BYTES = 4096
const WATCH_INTERVAL_MS = 20

/** How a process ended. */
export interface Ending {
  readonly exitCode: number | null
  /** The start of what it said on standard error, at most 4 KiB, without colours. */
  readonly stderr: string
  /** It was killed because it held more memory than it may. */
  readonly tooLarge: boolean
}

/** What a process may take. */
export interface Bounds {
  readonly deadlineMs: number
  /** Of its resident set. */
  readonly memoryBytes: number
}

/**
 * Runs a process without input to its end, with exactly this environment; kills it at the deadline, when it holds too
 * much memory, and when this process ends, or the signal is aborted.
 */
export function runToEnd(
  { path, args, env }: Launch,
  { deadlineMs, memoryBytes }: Bounds,
  signal: AbortSignal,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      env,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
    })
    const group = child.pid
    if (group !== undefined) guard(group)
    new Standing(group ?? 0, 'equal')
    const stop = () => group !== undefined && killGroup(group)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    let tooLarge = false
    const watch = setInterval(() => {
      const held = group === undefined ? null : readStats(innermostProcess(group))
      if (held === null || held.residentBytes <= memoryBytes) return
      tooLarge = true
      stop()
    }, WATCH_INTERVAL_MS)
    const over = () => {
      clearInterval(watch)
      signal.removeEventListener('abort', stop)
    }
    const chunks: Buffer[] = []
    let size = 0
    child.stderr.on('data', (chunk: Buffer) => {
      if (size < MAX_STDERR_BYTES) chunks.push(chunk.subarray(0, MAX_STDERR_BYTES - size))
      size += chunk.length
    })
    child.stderr.on('error', () => {})
    child.on('error', (error) => {
      over()
      reject(error)
    })
    child.on('close', (exitCode) => {
      over()
      if (group !== undefined) release(group)
      const text = Buffer.concat(chunks).toString('utf8')
      resolve({ exitCode, stderr: stripVTControlCharacters(text).trim(), tooLarge })
    })
  })
}
