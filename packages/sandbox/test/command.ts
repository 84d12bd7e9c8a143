import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'
import { isRunning, runningProcesses } from './sandbox-fixture.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** The program of the command, as it is built. */
export const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** What a command wrote, and how it ended. */
export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

/** A command that was started. */
export interface Running {
  readonly child: ChildProcess
  /** Resolves when its standard output holds `text`. */
  printed(text: string): Promise<void>
  readonly outcome: Promise<Outcome>
}

/** How a command is started, beside its arguments. */
export interface Surroundings {
  /** Its whole standard input; without it that is at its end. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Another command's program. */
  readonly main?: string
}

/** Starts the built command. */
export function start(
  args: readonly string[],
  { input = '', env = {}, main = MAIN }: Surroundings = {},
): Running {
  const child = spawn(process.execPath, [main, ...args], { cwd: ROOT, env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.end(input)
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ stdout, stderr, exitCode }))
  })
  const printed = async (text: string) => {
    while (!stdout.includes(text)) {
      if (child.exitCode !== null)
        throw new Error(`ended without printing ${JSON.stringify(text)}: ${stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { child, printed, outcome }
}

/** Runs the built command to its end. */
export function command(args: readonly string[], surroundings?: Surroundings): Promise<Outcome> {
  return start(args, surroundings).outcome
}

/** The Deno processes below this one, whatever stands between. */
export function workersOf({ child }: Running): number[] {
  const processes = runningProcesses()
  const below = (parent: number | undefined): typeof processes =>
    processes.filter((entry) => entry.parent === parent).flatMap((entry) => [entry, ...below(entry.pid)])
  return below(child.pid)
    .filter(({ name }) => name === 'deno')
    .map(({ pid }) => pid)
}

/** Waits until none of these processes runs. */
export async function expectGone(workers: readonly number[]): Promise<void> {
  await expect.poll(() => workers.filter(isRunning), { message: 'workers' }).toEqual([])
}

/** Makes the image of the built library, so that no test waits for it. */
export async function prepareImage(): Promise<void> {
  expect(existsSync(MAIN), 'the build is there: run `npm run build`').toBe(true)
  expect(await command(['run', '-c', ''])).toMatchObject({ exitCode: 0, stdout: '' })
}

/** A folder for the files of a test, removed at its end. */
export function scratchFolder(): {
  folder: string
  file(name: string, content: string | Uint8Array): string
} {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-cli-test-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  return { folder, file }
}
