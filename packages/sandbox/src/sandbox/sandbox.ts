import { closeAll } from 'agentchat-sandbox-base/async/close-all'
import { InvalidOptionsError, UnsupportedError } from './errors/errors.ts'
import { runBatch } from './execution/batch/batch.ts'
import type { BatchItem, BatchOptions, BatchPrograms } from './execution/batch/batch-options.ts'
import { collect, executeOnce } from './execution/execute.ts'
import { type ExecutionOptions, parseExecutionOptions } from './execution/execution-options.ts'
import { FileKeeper } from './execution/file-keeper.ts'
import { executeWithPackages } from './execution/on-demand/execute-with-packages.ts'
import { type ExecutionRequest, makeRequest } from './execution/request.ts'
import { openToolDesk, type ToolDesk, type ToolDeskOptions } from './execution/tool-desk.ts'
import type { PythonExecutor } from './executor.ts'
import { defaultCacheFolder } from './host/cache-folder.ts'
import { hostEnvironment } from './host/host-environment.ts'
import type { CodeNeeds } from './inspection/code-needs.ts'
import { parseSandboxOptions, type SandboxOptions, type SandboxSettings } from './options.ts'
import { wheelFinder } from './packages/wheel-finder.ts'
import { parseCode } from './parse-options.ts'
import { type FileAccess, fileAccess } from './permissions/file-access.ts'
import { type Grants, ownFolders, resolveGrants } from './permissions/grants.ts'
import { type LibraryAccess, libraryAccess } from './permissions/library-access.ts'
import { RedactionPlan, withValues } from './redaction/redaction-plan.ts'
import type { ExecutionEvent } from './result/events.ts'
import type { CodeExecutionResult } from './result/result.ts'
import { SandboxWorkers } from './sandbox-workers.ts'
import { hostKey } from './seal/host-key.ts'
import { SecretGrants } from './secrets/secret-grants.ts'
import { sessionLimits } from './session/live-worker.ts'
import { runStatefully } from './session/run-statefully.ts'
import type { SandboxSession } from './session/session.ts'
import { parseSessionOptions, type SessionOptions } from './session/session-options.ts'
import { type Manner, Sessions } from './session/sessions.ts'
import type { SessionStore } from './store/session-store.ts'
import { foldersOf, storeOf } from './store/store-option.ts'
import { StoredSessions } from './store/stored-sessions.ts'
import { Toolbox } from './tools/toolbox.ts'
import type { WorkerCounts } from './workers/pool.ts'

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
  readonly #cacheDir: string
  readonly #grants: Grants
  readonly #files: FileAccess
  readonly #keeper: FileKeeper
  readonly #libraries: LibraryAccess
  readonly #workers: SandboxWorkers
  readonly #store: SessionStore | null
  readonly #tools: Toolbox
  readonly #redaction: RedactionPlan
  readonly #secrets: SecretGrants
  #sessions: Sessions | null = null

  /**
   * Checks the options; nothing is started.
   * @throws InvalidOptionsError naming each option, and each entry of a grant, that cannot be used
   * @throws ImageUnknownError naming the images that exist
   * @throws UnsupportedError for an option that this version cannot honour
   */
  constructor(options: SandboxOptions = {}) {
    this.#settings = parseSandboxOptions(options)
    refuseUnsupported(this.#settings)
    this.#tools = new Toolbox(this.#settings)
    this.#secrets = SecretGrants.none.with(this.#settings.secrets, 'options')
    this.#redaction = RedactionPlan.none.with(withValues(this.#settings), 'options')
    const { cacheDir = defaultCacheFolder(), allowRead, allowWrite, logger } = this.#settings
    this.#cacheDir = cacheDir
    this.#keeper = new FileKeeper(this.#settings.maxFileBytes)
    const env = hostEnvironment()
    this.#store = storeOf(this.#settings.sessionStore, this.#settings.maxSessionBytes)
    const ours = [cacheDir, ...foldersOf(this.#store)]
    const protectedFolders = ownFolders(ours, isGranted(allowRead) || isGranted(allowWrite))
    this.#grants = resolveGrants(this.#settings, { cwd: process.cwd(), env, protectedFolders })
    this.#files = fileAccess(this.#grants, this.#settings)
    this.#libraries = libraryAccess(this.#grants)
    this.#workers = new SandboxWorkers(this.#settings, {
      cacheDir,
      grants: this.#grants,
      files: this.#files,
      libraries: this.#libraries,
      keeper: this.#keeper,
    })
    for (const warning of this.#grants.warnings) logger?.warn({ warning }, 'grant.warning')
  }

  /** Its workers at this moment: those without packages of single executions. */
  get workers(): WorkerCounts {
    return this.#workers.pool.counts
  }

  /** The packages that were asked for: by name those of its image, then those of its option, as they stand there. */
  get packages(): readonly string[] {
    return this.#workers.packages
  }

  /** Makes the image when it is missing, and warms the pool. Optional: the first execution does what is needed. */
  async start(): Promise<void> {
    await this.#workers.pool.warm()
  }

  /**
   * Runs `code` to its end. What Python did wrong is in the result; what we failed to do is thrown.
   * @throws InvalidOptionsError, QueueFullError, SandboxClosedError
   * @throws PackageError when the packages cannot be had
   * @throws FileInputError, WorkspaceFileError when a file cannot be given to Python
   * @throws WorkerStartError, ImageBuildError, CacheUnwritableError when no worker can be had
   */
  execute(code: string, options: ExecutionOptions = {}): Promise<CodeExecutionResult> {
    return collect(this.stream(code, options))
  }

  /** Runs `code` and yields what happens as it happens. Leaving the loop ends the run. Throws as `execute` does. */
  async *stream(code: string, options: ExecutionOptions = {}): AsyncGenerator<ExecutionEvent, void, void> {
    if (this.#settings.stateful) {
      const { sessionBytes, sessionMetadata, ...others } = options
      yield* runStatefully(this.session({ sessionBytes, sessionMetadata }), code, others)
      return
    }
    const request = this.#request(code, options)
    const execute =
      request.packages.length > 0 || request.autoInstall !== false ? executeWithPackages : executeOnce
    yield* execute(this.#workers.executionParts, request)
  }

  /**
   * Reads `code` without running it, and says what it seems to need and what of that is granted. It is parsed by Python in a
   * worker like any other.
   * @throws InvalidOptionsError, and what getting a worker throws
   */
  async inspect(code: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<CodeNeeds> {
    const { executionParts: parts, imports } = this.#workers
    const { autoInstall } = this.#settings
    const { inspectCode } = await import('./inspection/inspect-code.ts')
    const things = { grants: this.#grants, autoInstall, secrets: this.#secrets.names }
    return await inspectCode(parseCode(code), { parts, imports, settings: this.#settings, ...things }, signal)
  }

  /**
   * Runs many programs of one owner, each in a fresh interpreter, but not each in a fresh process: between two of them the
   * interpreter is set back. A program can spoil later ones of the same batch through JavaScript, and nothing else; see
   * docs/batches.md. Yields what became of each, in their order. Leaving the loop ends the batch.
   * @throws InvalidOptionsError
   */
  batch(programs: BatchPrograms, options: BatchOptions = {}): AsyncGenerator<BatchItem, void, void> {
    if (this.#settings.stateful)
      throw new InvalidOptionsError('options', [
        { path: 'stateful', problem: 'must be false for a batch, whose programs share nothing, got true' },
      ])
    const request = (code: string, others: ExecutionOptions) => this.#request(code, others)
    return runBatch({ ...this.#workers.executionParts, request }, programs, options)
  }

  /**
   * Python that remembers from one execution to the next. Nothing is started yet; close it, or the sandbox.
   * @throws InvalidOptionsError
   */
  session(options: SessionOptions = {}): SandboxSession {
    const settings = parseSessionOptions(options)
    // Said now, and not by the first execution.
    this.#tools.offer(settings.tools, 'session options')
    return this.#allSessions().session(settings)
  }

  /** The sessions in the store, open or not. @throws InvalidOptionsError without the option `sessionStore` */
  get sessions(): StoredSessions {
    if (this.#store !== null) return new StoredSessions(this.#store)
    throw new InvalidOptionsError('options', [
      { path: 'sessionStore', problem: 'is needed for kept sessions' },
    ])
  }

  /** Answers calls of tools by code that runs elsewhere, under the limits of this sandbox. @throws InvalidOptionsError */
  async toolDesk({ tools, secrets, redaction, ...ends }: ToolDeskOptions): Promise<ToolDesk> {
    return await openToolDesk(this.#request('', { tools, secrets, redaction }), ends)
  }

  /** Ends every process of this sandbox. Executions in progress end as `crashed`; later ones are refused. */
  async close(): Promise<void> {
    await closeAll(
      () => this.#allSessions().close(),
      () => this.#workers.close(),
      () => this.#keeper.close(),
      async () => this.#tools[Symbol.dispose](),
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #request(code: string, options: ExecutionOptions, session: Manner | null = null): ExecutionRequest {
    const settings = parseExecutionOptions(options)
    const { stateful } = this.#settings
    if (!stateful && settings.sessionBytes !== undefined)
      throw new InvalidOptionsError('execution options', [
        { path: 'sessionBytes', problem: 'needs a sandbox with "stateful": true' },
      ])
    const sandbox = {
      ...this.#settings,
      env: this.#grants.env,
      files: this.#files,
      libraries: this.#libraries,
      toolSet: this.#tools.setFor(settings.tools ?? [], session?.tools ?? []),
      plan: session?.redaction ?? this.#redaction,
      grantedSecrets: session?.secrets ?? this.#secrets,
    }
    return makeRequest(parseCode(code), sandbox, settings)
  }

  #allSessions(): Sessions {
    const { maxLiveSessions, sessionKey } = this.#settings
    this.#sessions ??= new Sessions({
      pool: this.#workers.pool,
      limits: sessionLimits(this.#settings),
      maxLiveSessions,
      store: this.#store,
      imageId: () => this.#workers.imageId(),
      key: async () => sessionKey ?? (await hostKey(this.#cacheDir, this.#files)),
      request: (code, options, manner) => this.#request(code, options, manner),
      redaction: this.#redaction,
      secrets: this.#secrets,
      imports: this.#workers.imports,
      keeper: this.#keeper,
      findWheels: wheelFinder(this.#settings, this.#cacheDir),
    })
    return this.#sessions
  }
}

function isGranted(grant: boolean | readonly string[]): boolean {
  return grant === true || (Array.isArray(grant) && grant.length > 0)
}

/** An option that is not honoured must not look as if it were. */
function refuseUnsupported(settings: SandboxSettings): void {
  for (const name of ['allowRead', 'allowWrite', 'allowRun', 'allowFfi'] as const) {
    // A path such as C:\data has no place in Python's file system, which is that of Linux; nor are there process groups.
    if (process.platform === 'win32' && isGranted(settings[name]))
      throw new UnsupportedError(name, 'not on Windows')
  }
}
