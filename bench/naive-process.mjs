import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { findDeno } from '../packages/sandbox/build/sandbox/host/deno-binary.js'
import { findPyodide } from '../packages/sandbox/build/sandbox/host/pyodide-package.js'
import { runToEnd } from './run-to-end.mjs'

const PROGRAM = fileURLToPath(new URL('naive.mjs', import.meta.url))

/** Deno's caches of the naive path: like a user's they are kept from one process to the next. */
const cache = mkdtempSync(join(tmpdir(), 'agentchat-bench-naive-'))
process.once('exit', () => rmSync(cache, { recursive: true, force: true }))

/**
 * How a naive process is started; the program is one more argument.
 * @returns {{ path: string, args: string[], env: NodeJS.ProcessEnv }}
 */
export function naivePlan() {
  const args = ['run', '-A', '--quiet', PROGRAM, findPyodide().folder]
  return { path: findDeno().path, args, env: { ...process.env, DENO_DIR: cache } }
}

/**
 * Runs a program in a naive process from its start to its end.
 * @param {string} program
 * @returns {Promise<number>} seconds
 */
export async function runNaive(program) {
  const { path, args, env } = naivePlan()
  const { seconds } = await runToEnd(path, [...args, program], env)
  return seconds
}

/** A naive process that has started and runs one program after the other. */
export class NaiveServer {
  #child
  #lines

  constructor() {
    const { path, args, env } = naivePlan()
    this.#child = spawn(path, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** @returns {Promise<NaiveServer>} when Python is there */
  static async start() {
    const server = new NaiveServer()
    await server.#read()
    return server
  }

  get pid() {
    return this.#child.pid ?? 0
  }

  /**
   * @param {string} program
   * @returns {Promise<{ seconds: number, value: number | null }>} how long it took, and its last expression
   */
  async run(program) {
    this.#child.stdin.write(`${JSON.stringify({ program })}\n`)
    return await this.#read()
  }

  async close() {
    const closed = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin.end()
    await closed
  }

  async #read() {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('Cannot measure the naive path: its process ended')
    return JSON.parse(value)
  }
}
