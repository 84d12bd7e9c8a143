import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from 'agentchat-sandbox-base/disk/make-folder'
import type { DenoBinary } from '../host/deno-binary.ts'
import { runnerProgram } from '../host/runner-files.ts'
import type { Wall } from '../wall/launch.ts'
import { checkFolder, sealFolder } from './manifest.ts'

/**
 * V8's compiled form of the runner and of Pyodide's JavaScript half, as Deno keeps it. It is filled by the first worker
 * and copied for each later one: a folder that two workers could write to would let one leave something for the other.
 */
export class CodeCache {
  readonly #folder: string
  #names: Promise<readonly string[]> | null = null

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Is there a cache that workers can start from? */
  get exists(): boolean {
    return existsSync(join(this.#folder, 'manifest.json'))
  }

  /** Copies the cache to the folder that a worker will have as its own. Without it the worker starts all the same. */
  async copyTo(target: string): Promise<void> {
    await mkdir(target, { recursive: true })
    this.#names ??= this.#checkedNames()
    try {
      for (const name of await this.#names) await copyFile(join(this.#folder, name), join(target, name))
    } catch {
      // Somebody has emptied the cache folder. Half a cache is of no use.
      this.#names = null
      await rm(target, { recursive: true, force: true })
      await mkdir(target, { recursive: true })
    }
  }

  /** Keeps what a worker, which has never run a caller's code, left in its own folder; where it can be written. */
  async keep(source: string): Promise<void> {
    await this.#replace(source).catch(() => {})
    this.#names = null
  }

  async #replace(source: string): Promise<void> {
    const draft = `${this.#folder}.${randomUUID()}`
    await makeFolder(draft)
    const names = (await readdir(source)).filter((name) => name.includes('_cache_v'))
    for (const name of names) await copyFile(join(source, name), join(draft, name))
    await sealFolder(draft, names)
    try {
      await rename(draft, this.#folder)
    } catch {
      // Another process was faster.
      await rm(draft, { recursive: true, force: true })
    }
  }

  async #checkedNames(): Promise<readonly string[]> {
    if (!this.exists) return []
    if ((await checkFolder(this.#folder)) !== null) {
      await rm(this.#folder, { recursive: true, force: true })
      return []
    }
    return (await readdir(this.#folder)).filter((name) => name !== 'manifest.json')
  }
}

/** Name of the cache folder for workers of the image in this folder, behind this wall. */
export function codeCacheName(deno: DenoBinary, wall: Wall, image: string): string {
  const programs = createHash('sha256')
    .update(`${runnerProgram('main')}\0${image}`)
    .digest('hex')
  return `${deno.version}-${wall}-${programs.slice(0, 16)}`
}
