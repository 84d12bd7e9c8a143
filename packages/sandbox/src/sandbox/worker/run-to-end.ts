import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { guard, killGroup, release } from '../host/guardian.ts'
import type { Launch } from '../wall/launch.ts'

const MAX_STDERR_BYTES = 4096

/** How a process ended. */
export interface Ending {
  readonly exitCode: number | null
  /** The start of what it said on standard error, at most 4 KiB, without colours. */
  readonly stderr: string
}

/**
 * Runs a process without input to its end, with exactly this environment; kills it at the deadline, and when this
 * process ends, or the signal is aborted.
 */
export function runToEnd(
  { path, args, env }: Launch,
  deadlineMs: number,
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
    const stop = () => group !== undefined && killGroup(group)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    const chunks: Buffer[] = []
    let size = 0
    child.stderr.on('data', (chunk: Buffer) => {
      if (size < MAX_STDERR_BYTES) chunks.push(chunk.subarray(0, MAX_STDERR_BYTES - size))
      size += chunk.length
    })
    child.stderr.on('error', () => {})
    child.on('error', (error) => {
      signal.removeEventListener('abort', stop)
      reject(error)
    })
    child.on('close', (exitCode) => {
      signal.removeEventListener('abort', stop)
      if (group !== undefined) release(group)
      const text = Buffer.concat(chunks).toString('utf8')
      resolve({ exitCode, stderr: stripVTControlCharacters(text).trim() })
    })
  })
}
