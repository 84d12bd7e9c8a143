import { makeBridge } from './bridge/make-bridge.ts'
import { cancelledResult } from './build-result.ts'
import { defaultCacheFolder } from './cache-folder.ts'
import { UnsupportedError } from './errors.ts'
import type { ExecutionEvent } from './events.ts'
import { type ExecutionOptions, parseExecutionOptions } from './execution-options.ts'
import { collect, type PythonExecutor } from './executor.ts'
import { FileKeeper } from './files/file-keeper.ts'
import { giveFiles } from './files/give-files.ts'
import { hostEnvironment } from './host-environment.ts'
import { chooseImage, type ImageChoice } from './image/choose-image.ts'
import type { Image } from './image/image.ts'
import { ownFolders } from './image/own-folders.ts'
import { parseSandboxOptions, type SandboxOptions, type SandboxSettings } from './options.ts'
import { parseCode } from './parse-options.ts'
import { type FileAccess, fileAccess } from './permissions/file-access.ts'
import { type Grants, resolveGrants } from './permissions/grants.ts'
import { type LibraryAccess, libraryAccess } from './permissions/library-access.ts'
import { WorkerPool } from './pool.ts'
import { makeRequest, maxResultChars } from './request.ts'
import type { CodeExecutionResult } from './result.ts'
import { runOnWorker } from './run.ts'

/** What a message of the runner may hold beside the result: the error and the frame around it. */
const MESSAGE_OVERHEAD_BYTES = 2 ** 20

/**
 * Runs untrusted Python: each execution in a fresh interpreter, in a process of its own that may touch nothing.
 *
 * @example
 * ```ts
 * const sandbox = new PyodideSandbox({ timeoutSeconds: 10, memoryLimitMb: 256 })
 * const result = await sandbox.execute('import math\nprint("hi")\nmath.tau')
 * console.log(result.stdout, result.result)
 * await sandbox.close()
 * ```
 */
export class PyodideSandbox implements PythonExecutor {
  readonly #settings: SandboxSettings
  readonly #grants: Grants
  readonly #files: FileAccess
  readonly #keeper: FileKeeper
  readonly #libraries: LibraryAccess
  readonly #image: ImageChoice
  #pool: WorkerPool | null = null

  /**
   * Checks the options; nothing is started.
   * @throws InvalidOptionsError naming each option, and each entry of a grant, that cannot be used
   * @throws ImageUnknownError naming the images that exist
   * @throws UnsupportedError for an option that this version cannot honour
   */
  constructor(options: SandboxOptions = {}) {
    this.#settings = parseSandboxOptions(options)
    refuseUnsupported(this.#settings)
    const { cacheDir = defaultCacheFolder(), allowRead, allowWrite, logger } = this.#settings
    this.#keeper = new FileKeeper(this.#settings.maxFileBytes)
    const env = hostEnvironment()
    const protectedFolders = ownFolders(cacheDir, isGranted(allowRead) || isGranted(allowWrite))
    this.#grants = resolveGrants(this.#settings, { cwd: process.cwd(), env, protectedFolders })
    this.#files = fileAccess(this.#grants, this.#settings)
    this.#libraries = libraryAccess(this.#grants)
    this.#image = chooseImage(this.#settings, cacheDir)
    for (const warning of this.#grants.warnings) logger?.warn({ warning }, 'grant.warning')
  }

  /** Makes the image when it is missing, and warms the pool. Optional: the first execution does what is needed. */
  async start(): Promise<void> {
    await this.#workers().warm()
  }

  /**
   * Runs `code` to its end. What Python did wrong is in the result; what we failed to do is thrown.
   * @throws InvalidOptionsError
   * @throws QueueFullError
   * @throws SandboxClosedError
   * @throws PackageError when the packages cannot be had
   * @throws FileInputError, WorkspaceFileError when a file cannot be given to Python
   * @throws WorkerStartError, ImageBuildError, CacheUnwritableError when no worker can be had
   */
  execute(code: string, options: ExecutionOptions = {}): Promise<CodeExecutionResult> {
    return collect(this.stream(code, options))
  }

  /** Runs `code` and yields what happens as it happens. Leaving the loop ends the run. Throws as `execute` does. */
  async *stream(code: string, options: ExecutionOptions = {}): AsyncGenerator<ExecutionEvent, void, void> {
    const settings = parseExecutionOptions(options)
    const sandbox = {
      ...this.#settings,
      env: this.#grants.env,
      files: this.#files,
      libraries: this.#libraries,
    }
    const request = makeRequest(parseCode(code), sandbox, settings)
    const { signal } = request
    if (signal?.aborted) {
      yield { type: 'finished', result: cancelledResult(request, 0) }
      return
    }
    const pool = this.#workers()
    const asked = performance.now()
    const lease = await pool.lease(signal).catch((error: unknown) => {
      if (signal?.aborted) return null
      throw error
    })
    if (lease === null) {
      yield { type: 'finished', result: cancelledResult(request, performance.now() - asked) }
      return
    }
    try {
      await giveFiles(lease.worker, request)
      const { queueMs, startMs } = lease
      yield* runOnWorker(lease.worker, request, { queueMs, startMs, keeper: this.#keeper })
    } finally {
      pool.giveBack(lease.worker)
    }
  }

  /** Ends every process of this sandbox. Executions in progress end as `crashed`; later ones are refused. */
  async close(): Promise<void> {
    await this.#workers().close()
    await this.#keeper.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #workers(): WorkerPool {
    if (this.#pool === null) {
      const maxMessageBytes = maxResultChars(this.#settings.maxOutputBytes) + MESSAGE_OVERHEAD_BYTES
      const means = {
        files: this.#files,
        libraries: this.#libraries,
        makeBridge: () => makeBridge(this.#grants),
      }
      let image: Image | null = null
      this.#pool = new WorkerPool(this.#settings.pool, async (signal) => {
        image ??= await this.#image.open(means)
        return await image.startWorker(maxMessageBytes, signal)
      })
    }
    return this.#pool
  }
}

function isGranted(grant: boolean | readonly string[]): boolean {
  return grant === true || (Array.isArray(grant) && grant.length > 0)
}

/** An option that is not honoured must not look as if it were. */
function refuseUnsupported(settings: SandboxSettings): void {
  const later = 'this version does not have it yet'
  if (settings.stateful) throw new UnsupportedError('stateful', later)
  for (const name of ['allowRead', 'allowWrite', 'allowRun', 'allowFfi'] as const) {
    // A path such as C:\data has no place in Python's file system, which is that of Linux; nor are there process groups.
    if (process.platform === 'win32' && isGranted(settings[name]))
      throw new UnsupportedError(name, 'not on Windows')
  }
}
