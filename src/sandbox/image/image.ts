import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { denoArgs } from '../deno-args.ts'
import { type DenoBinary, findDeno } from '../deno-binary.ts'
import { UnsupportedError } from '../errors.ts'
import type { Progress } from '../options.ts'
import { newTemporaryPath } from '../worker/guardian.ts'
import { Worker } from '../worker/worker.ts'
import { buildImage } from './build.ts'
import { CodeCache } from './code-cache.ts'
import { checkFolder } from './manifest.ts'
import { findPyodide, type PyodidePackage } from './pyodide-package.ts'
import { BASE_RECIPE, type ImageRecipe, imageKey, runnerProgram } from './recipe.ts'

/** Where an image is and who is told how it is made. */
export interface ImagePlace {
  readonly cacheDir: string
  readonly onProgress: (progress: Progress) => void
}

/** Builds that are under way in this process, by folder, so that two sandboxes do not build the same image twice. */
const building = new Map<string, Promise<void>>()

/** A prepared memory of Python, on disk, and what is needed to start workers from it. */
export class Image {
  readonly #recipe: ImageRecipe
  readonly #deno: DenoBinary
  readonly #pyodide: PyodidePackage
  readonly #place: ImagePlace
  readonly #codeCache: CodeCache
  #checked: Promise<string | null> | null = null
  readonly folder: string

  /**
   * Names the image; nothing is read or built yet.
   * @throws UnsupportedError for an image that is not known
   * @throws DenoNotFoundError
   * @throws DenoUnsuitableError
   */
  constructor(name: string, place: ImagePlace) {
    if (name !== BASE_RECIPE.name)
      throw new UnsupportedError('image', `there is no image "${name}", only "base"`)
    this.#recipe = BASE_RECIPE
    this.#place = place
    this.#deno = findDeno()
    this.#pyodide = findPyodide()
    this.folder = join(place.cacheDir, 'images', imageKey(this.#recipe, this.#deno, this.#pyodide))
    const programs = createHash('sha256')
      .update(`${runnerProgram('main')}\0${this.folder}`)
      .digest('hex')
      .slice(0, 16)
    this.#codeCache = new CodeCache(join(place.cacheDir, 'code', `${this.#deno.version}-${programs}`))
  }

  get exists(): boolean {
    return existsSync(join(this.folder, 'manifest.json'))
  }

  /** What is wrong with the files on disk, or null. Asked once in the life of this object. */
  check(): Promise<string | null> {
    this.#checked ??= checkFolder(this.folder)
    return this.#checked
  }

  /**
   * Starts a worker, and makes the image first when it is missing or damaged. The files are checked while the worker
   * starts; a worker that came up from damaged files has run no code of a caller and is thrown away.
   * @throws ImageBuildError
   * @throws CacheUnwritableError
   * @throws WorkerStartError
   */
  async startWorker(maxMessageBytes: number, signal?: AbortSignal): Promise<Worker> {
    if (!this.exists) await this.#build()
    const [problem, start] = await Promise.all([
      this.check(),
      this.#start(maxMessageBytes, signal).then(
        (worker) => ({ worker }),
        (error: unknown) => ({ error }),
      ),
    ])
    if (problem !== null) {
      if ('worker' in start) await start.worker[Symbol.asyncDispose]()
      await this.#rebuild(problem)
      return await this.#start(maxMessageBytes, signal)
    }
    if ('error' in start) throw start.error
    return start.worker
  }

  async #start(maxMessageBytes: number, signal?: AbortSignal): Promise<Worker> {
    const denoDir = newTemporaryPath()
    const first = !this.#codeCache.exists
    await this.#codeCache.copyTo(denoDir)
    const folder = `${this.folder}/`
    const args = denoArgs({
      readable: [this.folder],
      writable: [],
      script: runnerProgram('main'),
      argument: JSON.stringify({ image: folder }),
    })
    const plan = { path: this.#deno.path, args, denoDir, maxMessageBytes }
    const worker = await Worker.start(plan, signal)
    if (first) await this.#codeCache.keep(denoDir)
    await worker.closeDenoDir()
    return worker
  }

  async #build(): Promise<void> {
    const { onProgress } = this.#place
    const running = building.get(this.folder)
    if (running !== undefined) return await running
    const build = buildImage({
      recipe: this.#recipe,
      deno: this.#deno,
      pyodide: this.#pyodide,
      target: this.folder,
      onProgress,
    }).finally(() => building.delete(this.folder))
    building.set(this.folder, build)
    await build
  }

  async #rebuild(problem: string): Promise<void> {
    this.#place.onProgress({ stage: `image is damaged (${problem}), building it again`, done: 0, total: 4 })
    const aside = join(this.folder, '..', `.damaged-${Date.now()}-${process.pid}`)
    // Moved away first: another process may have it open, and must not see it half removed.
    await rename(this.folder, aside).catch(() => {})
    await rm(aside, { recursive: true, force: true })
    this.#checked = null
    await this.#build()
  }
}
