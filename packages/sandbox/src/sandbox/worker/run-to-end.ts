import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import type { Launch } from '../wall/launch.ts'
import { guard, release } from './guardian.ts'

const MAX_STDERR_BYTES = 4096

/** How a process ended. */
export interface Ending {
  readonly exitCode: number | null
  /** The start of what it said on standard error, at most 4 KiB, without colours. */
  readonly stderr: string
}

/**
 * Runs a process without input to its end, with exactly this environment; kills it at the deadline, and when this
 * process ends.
 */
export function runToEnd({ path, args, env }: Launch, deadlineMs: number): Promise<Ending> {
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
    const chunks: Buffer[] = []
    let size = 0
    child.stderr.on('data', (chunk: Buffer) => {
      if (size < MAX_STDERR_BYTES) chunks.push(chunk.subarray(0, MAX_STDERR_BYTES - size))
      size += chunk.length
    })
    child.on('error', reject)
    child.on('close', (exitCode) => {
      if (group !== undefined) release(group)
      const text = Buffer.concat(chunks).toString('utf8')
      resolve({ exitCode, stderr: stripVTControlCharacters(text).trim() })
    })
  })
}
