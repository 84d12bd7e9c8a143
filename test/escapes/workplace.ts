// A folder in which a run of the suite keeps everything that hosts and workers may write, and what the naive runner needs.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findDeno } from '../../packages/sandbox/src/sandbox/host/deno-binary.ts'
import { findPyodide } from '../../packages/sandbox/src/sandbox/host/pyodide-package.ts'
import { CANARY_ENV, CANARY_ENV_TOKEN } from './canaries.ts'
import { makeUnhardened } from './unhardened.ts'

export const NAIVE_PROGRAM = 'naive-runner.js'
const PYODIDE_FILES = [
  'package.json',
  'pyodide-lock.json',
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'pyodide.mjs',
  'python_stdlib.zip',
]

export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'agentchat-escapes-'))
  readonly deno = findDeno().path
  #hasImage = false
  #unhardened: string | undefined

  constructor() {
    for (const name of ['home', 'tmp', 'cache', 'deno']) mkdirSync(join(this.folder, name))
  }

  /** The environment of a host: the canary is in it, and everything that it may write is here. */
  get env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: join(this.folder, 'home'),
      TMPDIR: join(this.folder, 'tmp'),
      // Images of another run are good enough: no worker can write there.
      AGENTCHAT_CACHE_DIR: process.env.AGENTCHAT_CACHE_DIR ?? join(this.folder, 'cache'),
      DENO_DIR: join(this.folder, 'deno'),
      [CANARY_ENV]: CANARY_ENV_TOKEN,
    }
  }

  /** Stands for a folder that each worker has for itself. */
  get denoDir(): string {
    return join(this.folder, 'tmp', 'deno-@RUN@')
  }

  /** Folder of the naive runner: its program, Pyodide, and a snapshot, which only lets it start sooner. */
  get image(): string {
    const folder = join(this.folder, 'naive')
    if (this.#hasImage) return folder
    mkdirSync(folder)
    const pyodide = findPyodide().folder
    for (const name of PYODIDE_FILES) copyFileSync(join(pyodide, name), join(folder, name))
    const program = fileURLToPath(new URL(`../../build/escapes/${NAIVE_PROGRAM}`, import.meta.url))
    copyFileSync(program, join(folder, NAIVE_PROGRAM))
    const args = ['run', '-A', '--quiet', join(folder, NAIVE_PROGRAM), folder, '--make-snapshot']
    const { status, stderr } = spawnSync(this.deno, args, { env: this.env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`Cannot make the snapshot of the naive runner: ${stderr}`)
    this.#hasImage = true
    return folder
  }

  /** Path of the library as it is. */
  get library(): string {
    return fileURLToPath(new URL('../../packages/sandbox/build/sandbox/index.js', import.meta.url))
  }

  /** Path of the library without its hardening. */
  get unhardenedLibrary(): string {
    this.#unhardened ??= makeUnhardened(join(this.folder, 'unhardened'))
    return this.#unhardened
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
