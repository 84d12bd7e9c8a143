import { closeAll } from 'agentchat-sandbox-base/async/close-all'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { closingController } from './closing.ts'
import { SandboxClosedError } from './errors/errors.ts'
import type { FileKeeper } from './execution/file-keeper.ts'
import type { PackageParts } from './execution/on-demand/execute-with-packages.ts'
import { ImportPackages } from './execution/on-demand/import-packages.ts'
import { maxResultChars } from './execution/request.ts'
import { findPyodide } from './host/pyodide-package.ts'
import { chooseImage, type ImageChoice } from './image/choose-image.ts'
import type { Image } from './image/image.ts'
import type { Progress } from './listeners.ts'
import type { SandboxSettings } from './options.ts'
import type { FileAccess } from './permissions/file-access.ts'
import type { Grants } from './permissions/grants.ts'
import type { LibraryAccess } from './permissions/library-access.ts'
import { Places } from './places.ts'
import { DerivedPools } from './workers/derived-pools.ts'
import { WorkerPool } from './workers/pool.ts'

/** What a message of the runner may hold beside the result: the error and the frame around it. */
const MESSAGE_OVERHEAD_BYTES = 2 ** 20

/** What the workers of a sandbox have and where they are. */
interface WorkersPlan {
  readonly cacheDir: string
  readonly grants: Grants
  readonly files: FileAccess
  readonly libraries: LibraryAccess
  readonly keeper: FileKeeper
}

/** The workers of one sandbox: those of its own image, and those with the packages of single executions. */
export class SandboxWorkers {
  readonly #settings: SandboxSettings
  readonly #plan: WorkersPlan
  readonly #image: ImageChoice
  readonly #places: Places
  readonly #closing = closingController()
  /** Of the sandbox's own image. */
  readonly pool: WorkerPool
  /** Gets packages for what code imports. */
  readonly imports: ImportPackages
  /** What an execution without a session needs. */
  readonly executionParts: PackageParts

  /**
   * Nothing is started yet.
   * @throws ImageUnknownError
   * @throws InvalidOptionsError when there is no such wheel folder
   */
  constructor(settings: SandboxSettings, plan: WorkersPlan) {
    this.#settings = settings
    this.#plan = plan
    this.#image = chooseImage(settings, plan.cacheDir, this.#closing.signal)
    this.#places = settings.pool.places ?? new Places(settings.pool)
    this.pool = this.#makePool(settings.pool.min, () => this.openImage())
    const derived = new DerivedPools({
      derive: (requirements, tell) => {
        const onProgress = (progress: Progress) => {
          settings.onProgress?.(progress)
          tell(progress)
        }
        const { signal } = this.#closing
        return untilAborted(this.#image.derive(requirements, { ...this.#means(), onProgress }), signal)
      },
      makePool: (image) => this.#makePool(Math.min(1, settings.pool.min), async () => image),
      prune: async () => (await import('./image/prune-choices.ts')).pruneChoices(plan.cacheDir),
    })
    // Loaded only where it is needed: most sandboxes look for nothing.
    this.imports = new ImportPackages(async () => {
      const { ImportNames } = await import('./packages/import-names.ts')
      return await ImportNames.load(findPyodide(), settings.wheels)
    })
    this.executionParts = { pool: this.pool, derived, imports: this.imports, keeper: plan.keeper }
  }

  /** The packages that were asked for. */
  get packages(): readonly string[] {
    return this.#image.packages
  }

  /** @throws PackageError, CacheUnwritableError */
  openImage(): Promise<Image> {
    return untilAborted(this.#image.open(this.#means()), this.#closing.signal)
  }

  /** The name of the exact image, which is made when it is missing. Throws as `openImage` does. */
  async imageId(): Promise<string> {
    return await (await this.openImage()).id(this.#closing.signal)
  }

  /** Ends every worker and every build that nobody else waits for, and refuses everyone who waits. */
  async close(): Promise<void> {
    this.#closing.abort(new SandboxClosedError())
    await closeAll(
      () => this.pool.close(),
      () => this.executionParts.derived.close(),
    )
  }

  #makePool(min: number, image: () => Promise<Image>): WorkerPool {
    const maxMessageBytes = maxResultChars(this.#settings.maxOutputBytes) + MESSAGE_OVERHEAD_BYTES
    return new WorkerPool(min, this.#places, async (signal) =>
      (await image()).startWorker(maxMessageBytes, signal),
    )
  }

  #means() {
    const { files, libraries, grants } = this.#plan
    const { priority } = this.#settings.pool
    const makeBridge = async () => (await import('./bridge/make-bridge.ts')).makeBridge(grants)
    return { files, libraries, priority, makeBridge }
  }
}
