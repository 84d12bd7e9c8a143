import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { type HostBridge, noBridge } from '../bridge/host-bridge.ts'
import { type DenoBinary, findDeno } from '../host/deno-binary.ts'
import { newTemporaryPath } from '../host/guardian.ts'
import { findPyodide, type PyodidePackage } from '../host/pyodide-package.ts'
import type { Progress } from '../listeners.ts'
import { type FileAccess, NO_FILES } from '../permissions/file-access.ts'
import { type LibraryAccess, NO_LIBRARIES } from '../permissions/library-access.ts'
import { limitTasks } from '../wall/kernel-limits.ts'
import { type Launch, launchWorker, type Wall } from '../wall/launch.ts'
import { type Isolation, type SecondWall, SecondWallChoice, type WallTeller } from '../wall/second-wall.ts'
import { removeLeftovers } from '../worker/leftovers.ts'
import { PermissionAudit } from '../worker/permission-audit.ts'
import type { Priority } from '../worker/standing.ts'
import { Worker, type WorkerPlan } from '../worker/worker.ts'
import { buildImage } from './build.ts'
import { CodeCache, codeCacheName } from './code-cache.ts'
import { checkFolder, hashOf } from './manifest.ts'
import { BASE_RECIPE, type ImageRecipe, imageKey } from './recipe.ts'
import { inBuildPlace, sharedBuild } from './shared-builds.ts'

/** Where an image is and who is told how it is made. */
export interface ImagePlace {
  readonly cacheDir: string
  readonly isolation: Isolation
  readonly onProgress: (progress: Progress) => void
  /** What of the host's files workers may touch; by default nothing. */
  readonly files?: FileAccess
  /** Which libraries of the host workers may open; by default none. */
  readonly libraries?: LibraryAccess
  /** Told when workers stand behind less than both walls; by default nobody is. */
  readonly tellWall?: WallTeller | undefined
  /** What the host does for each worker; by default nothing, and every call is refused. */
  readonly makeBridge?: () => Promise<HostBridge>
  /** How workers share the cores; by default equally. */
  readonly priority?: Priority
}

/** A prepared memory of Python, on disk, and what is needed to start workers from it. */
export class Image {
  readonly #recipe: ImageRecipe
  readonly #deno: DenoBinary
  readonly #pyodide: PyodidePackage
  readonly #place: ImagePlace
  /** V8 keeps compiled code by path, and behind the second wall paths are others. */
  readonly #codeCaches: Readonly<Record<Wall, CodeCache>>
  readonly #secondWall: SecondWallChoice
  #checked: Promise<string | null> | null = null
  #repairing: Promise<void> | null = null
  readonly folder: string

  /**
   * Names the image; nothing is read or built yet.
   * @throws DenoNotFoundError
   * @throws DenoUnsuitableError
   * @throws IsolationError when `isolation` is `os` and bubblewrap is not installed
   */
  constructor(recipe: ImageRecipe, place: ImagePlace) {
    this.#recipe = recipe
    this.#place = place
    this.#deno = findDeno()
    this.#pyodide = findPyodide()
    this.folder = join(place.cacheDir, 'images', imageKey(this.#recipe, this.#deno, this.#pyodide))
    const codeCache = (wall: Wall) =>
      new CodeCache(join(place.cacheDir, 'code', codeCacheName(this.#deno, wall, this.folder)))
    this.#codeCaches = { deno: codeCache('deno'), bubblewrap: codeCache('bubblewrap') }
    this.#secondWall = new SecondWallChoice(place.isolation, place.tellWall)
  }

  get exists(): boolean {
    return existsSync(join(this.folder, 'manifest.json'))
  }

  /**
   * Names the very memory of this image, which is made when it is missing. Two builds of one recipe differ: a session
   * that grew from the one cannot go on from the other.
   */
  async id(signal?: AbortSignal): Promise<string> {
    if (!this.exists) await this.#build(signal)
    return `${basename(this.folder)}-${(await hashOf(this.folder, 'heap.bin')).slice(0, 16)}`
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
    if (!this.exists) await this.#build(signal)
    const start = await this.#start(maxMessageBytes, signal).then(
      (worker) => ({ worker }),
      (error: unknown) => ({ error }),
    )
    const check = this.check()
    const problem = await check
    if (problem !== null) {
      if ('worker' in start) await start.worker[Symbol.asyncDispose]()
      // Of several workers that meet the damage, one repairs it.
      if (this.#checked === check) this.#repairing ??= this.#rebuild(problem, signal)
      await this.#repairing
      return await this.#start(maxMessageBytes, signal)
    }
    if ('error' in start) throw start.error
    return start.worker
  }

  #start(maxMessageBytes: number, signal?: AbortSignal): Promise<Worker> {
    return this.#secondWall.behind((wall) => this.#startBehind(wall, maxMessageBytes, signal))
  }

  async #startBehind(
    wall: SecondWall | null,
    maxMessageBytes: number,
    signal?: AbortSignal,
  ): Promise<Worker> {
    const denoDir = newTemporaryPath()
    const codeCache = this.#codeCaches[wall === null ? 'deno' : 'bubblewrap']
    const first = !codeCache.exists
    const { makeBridge = async () => noBridge() } = this.#place
    const [audit, bridge] = await Promise.all([
      PermissionAudit.open(),
      makeBridge(),
      codeCache.copyTo(denoDir),
    ])
    const leftovers = { denoDir, audit, bridge }
    let worker: Worker | null = null
    try {
      const launch = this.#launch(wall, leftovers)
      const { priority } = this.#place
      const walls: Wall[] = wall === null ? ['deno'] : ['deno', 'bubblewrap']
      const starting = Worker.start({ launch, walls, maxMessageBytes, priority, ...leftovers }, signal)
      // While Deno starts: before, hashing would keep it waiting.
      inBackground(this.check())
      worker = await starting
      const limiting = wall === null ? null : limitTasks(worker.pid)
      if (first) await codeCache.keep(denoDir)
      closeDenoDir(denoDir)
      await limiting
      return worker
    } catch (error) {
      // A worker that is not handed out is nobody's.
      await worker?.[Symbol.asyncDispose]()
      await removeLeftovers(leftovers)
      throw error
    }
  }

  #launch(wall: SecondWall | null, { denoDir, audit }: Pick<WorkerPlan, 'denoDir' | 'audit'>): Launch {
    const { files = NO_FILES, libraries = NO_LIBRARIES } = this.#place
    return launchWorker({
      deno: this.#deno.path,
      image: this.folder,
      denoDir,
      wall,
      files,
      libraries,
      packages: this.#recipe.packages !== null,
      audit: audit?.path ?? null,
    })
  }

  #build(signal?: AbortSignal): Promise<void> {
    const build = async (unwanted: AbortSignal) => {
      const base = await this.#baseFolder(unwanted)
      await inBuildPlace(() => this.#buildFrom(base, unwanted), unwanted)
    }
    return sharedBuild(this.folder, build, signal)
  }

  /** Where an image with packages begins: at the base image, which is made when it is missing or damaged. */
  async #baseFolder(signal: AbortSignal): Promise<string> {
    if (this.#recipe.packages === null) return this.folder
    const base = new Image(BASE_RECIPE, this.#place)
    if (!base.exists) await base.#build(signal)
    const problem = await base.check()
    if (problem !== null) await base.#rebuild(problem, signal)
    return base.folder
  }

  #buildFrom(base: string, signal: AbortSignal): Promise<void> {
    return buildImage({
      signal,
      recipe: this.#recipe,
      base,
      deno: this.#deno,
      pyodide: this.#pyodide,
      target: this.folder,
      behind: (start) => this.#secondWall.behind(start),
      onProgress: this.#place.onProgress,
    })
  }

  async #rebuild(problem: string, signal?: AbortSignal): Promise<void> {
    // Another process may have repaired it meanwhile.
    try {
      if ((await checkFolder(this.folder)) !== null) await this.#replace(problem, signal)
    } finally {
      this.#checked = null
      this.#repairing = null
    }
  }

  async #replace(problem: string, signal?: AbortSignal): Promise<void> {
    this.#place.onProgress({ stage: `image is damaged (${problem}), building it again`, done: 0, total: 4 })
    const aside = join(this.folder, '..', `.damaged-${Date.now()}-${process.pid}`)
    // Moved away first: another process may have it open, and must not see it half removed.
    await rename(this.folder, aside).catch(() => {})
    await rm(aside, { recursive: true, force: true })
    await this.#build(signal)
  }
}

/**
 * Puts a file where Deno's cache folder was: `localStorage` and `caches` need no permission, outlive a process and can
 * fill the disk. To be called before the first caller's code.
 */
function closeDenoDir(folder: string): void {
  // A handful of files: at once, because each step that is waited for takes longer than all of them.
  rmSync(folder, { recursive: true, force: true })
  writeFileSync(folder, '')
}
