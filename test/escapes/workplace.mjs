// A folder in which a run of the suite keeps everything that hosts and workers may write, and what the naive runner needs.
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findDeno } from '../../packages/sandbox/build/sandbox/host/deno-binary.js'
import { findPyodide } from '../../packages/sandbox/build/sandbox/host/pyodide-package.js'
import { CANARY_ENV, CANARY_ENV_TOKEN } from './canaries.mjs'
import { makeUnhardened } from './unhardened.mjs'

export const NAIVE_PROGRAM = 'naive-runner.mjs'
const PYODIDE_FILES = [
  'package.json',
  'pyodide-lock.json',
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'pyodide.mjs',
  'python_stdlib.zip',
]

export class Workplace {
  folder = mkdtempSync(join(tmpdir(), 'agentchat-escapes-'))
  deno = findDeno().path
  #hasImage = false
  /** @type {string | undefined} */
  #unhardened

  constructor() {
    for (const name of ['home', 'tmp', 'cache', 'deno']) mkdirSync(join(this.folder, name))
  }

  /** The environment of a host: the canary is in it, and everything that it may write is here. */
  get env() {
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
  get denoDir() {
    return join(this.folder, 'tmp', 'deno-@RUN@')
  }

  /** Folder of the naive runner: its program, Pyodide, and a snapshot, which only lets it start sooner. */
  get image() {
    const folder = join(this.folder, 'naive')
    if (this.#hasImage) return folder
    mkdirSync(folder)
    const pyodide = findPyodide().folder
    for (const name of PYODIDE_FILES) copyFileSync(join(pyodide, name), join(folder, name))
    cpSync(fileURLToPath(new URL(NAIVE_PROGRAM, import.meta.url)), join(folder, NAIVE_PROGRAM))
    const args = ['run', '-A', '--quiet', join(folder, NAIVE_PROGRAM), folder, '--make-snapshot']
    const { status, stderr } = spawnSync(this.deno, args, { env: this.env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`Cannot make the snapshot of the naive runner: ${stderr}`)
    this.#hasImage = true
    return folder
  }

  /** Path of the library as it is. */
  get library() {
    return fileURLToPath(new URL('../../packages/sandbox/build/sandbox/index.js', import.meta.url))
  }

  /** Path of the library without its hardening. */
  get unhardenedLibrary() {
    this.#unhardened ??= makeUnhardened(join(this.folder, 'unhardened'))
    return this.#unhardened
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
