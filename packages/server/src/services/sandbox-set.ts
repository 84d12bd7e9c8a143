import { availableParallelism } from 'node:os'
import {
  type BatchItem,
  type BatchOptions,
  type BatchPrograms,
  type ExecutionEvent,
  type ExecutionOptions,
  Places,
  PyodideSandbox,
  type PythonExecutor,
  type SandboxOptions,
  type ToolDesk,
  type ToolDeskOptions,
  type WorkerCounts,
} from 'agentchat-sandbox'
import { withGuests } from './executions/fair-places.ts'
import { wrappedSession } from './sessions/wrapped-session.ts'

/** What a stored tool may ask for beside computing. */
export interface ToolPermissions {
  readonly allowNet: readonly string[]
}

const MAX_GRANTED = 8

interface Entry {
  readonly sandbox: PyodideSandbox
  running: number
}

/** The sandboxes of the service: one for code without permissions, and one for each set of them that tools use. */
export class SandboxSet implements AsyncDisposable {
  readonly #options: SandboxOptions
  readonly #plain: PyodideSandbox
  /** For what somebody runs beside something else: it takes neither the warm worker nor the cores of the next user. */
  readonly #beside: PyodideSandbox
  /** Most recently used last. */
  readonly #granted = new Map<string, Entry>()
  readonly #closing = new Set<Promise<void>>()

  /** Checks the options; starts nothing. */
  constructor(options: SandboxOptions) {
    const { min, max, maxQueue } = options.pool ?? {}
    // One budget: what is granted to code does not make more of it run at a time.
    const places = new Places({
      max: withGuests(max ?? availableParallelism()),
      ...(maxQueue === undefined ? {} : { maxQueue }),
    })
    this.#options = {
      ...options,
      pool: { places, priority: 'falling', ...(min === undefined ? {} : { min }) },
    }
    this.#plain = new PyodideSandbox(this.#options)
    this.#beside = new PyodideSandbox({
      ...this.#options,
      pool: { places, priority: 'low', min: Math.max(0, (min ?? 1) - 1) },
    })
  }

  /** The name of the image that all of them start from. */
  get image(): string {
    return this.#options.image ?? 'base'
  }

  /** The packages that were asked for when that image was built. */
  get packages(): readonly string[] {
    return this.#plain.packages
  }

  /** The workers of all of them. */
  get workers(): WorkerCounts {
    const all = [this.#plain, this.#beside, ...[...this.#granted.values()].map(({ sandbox }) => sandbox)]
    const sum = { warm: 0, leased: 0, starting: 0 }
    for (const { workers } of all) {
      sum.warm += workers.warm
      sum.leased += workers.leased
      sum.starting += workers.starting
    }
    return sum
  }

  /** Warms the one for code without permissions. */
  start(): Promise<void> {
    return this.#plain.start()
  }

  /** The executor for code with these permissions; `isOnly`: its user runs nothing else. */
  for(permissions: ToolPermissions, isOnly = true): PythonExecutor {
    if (permissions.allowNet.length === 0) return isOnly ? this.#plain : this.#beside
    return {
      stream: (code, options) => this.#stream(permissions, code, options),
      session: (options) => {
        const held = this.hold(permissions)
        const session = held.sandbox.session(options)
        const close = async () => {
          await session.close()
          held[Symbol.dispose]()
        }
        return wrappedSession(session, { close })
      },
    }
  }

  /** What answers calls of tools by code that runs elsewhere. */
  async toolDesk(options: ToolDeskOptions): Promise<ToolDesk> {
    return await this.#plain.toolDesk(options)
  }

  /** Runs programs of one owner without permissions, each in a fresh interpreter and not each in a fresh process. */
  batch(programs: BatchPrograms, options: BatchOptions): AsyncGenerator<BatchItem, void, void> {
    return this.#beside.batch(programs, options)
  }

  /** The sandbox for these permissions, which is not ended before it is let go. */
  hold(permissions: ToolPermissions): { readonly sandbox: PyodideSandbox } & Disposable {
    if (permissions.allowNet.length === 0) return { sandbox: this.#plain, [Symbol.dispose]: () => {} }
    const entry = this.#entryFor(permissions)
    entry.running += 1
    let held = true
    return {
      sandbox: entry.sandbox,
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        entry.running -= 1
        this.#trim()
      },
    }
  }

  async *#stream(
    permissions: ToolPermissions,
    code: string,
    options: ExecutionOptions | undefined,
  ): AsyncGenerator<ExecutionEvent, void, void> {
    using held = this.hold(permissions)
    yield* held.sandbox.stream(code, options)
  }

  #entryFor({ allowNet }: ToolPermissions): Entry {
    const key = JSON.stringify([...allowNet].sort())
    const entry = this.#granted.get(key) ?? {
      sandbox: new PyodideSandbox({
        ...this.#options,
        allowNet: [...allowNet],
        pool: { ...this.#options.pool, min: 0 },
      }),
      running: 0,
    }
    this.#granted.delete(key)
    this.#granted.set(key, entry)
    return entry
  }

  /** Ends those that were not used for longest, and of which nothing runs. */
  #trim(): void {
    for (const [key, { sandbox, running }] of this.#granted) {
      if (this.#granted.size <= MAX_GRANTED) return
      if (running > 0) continue
      this.#granted.delete(key)
      const closing: Promise<void> = sandbox.close().finally(() => this.#closing.delete(closing))
      this.#closing.add(closing)
    }
  }

  /** Ends every process. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [this.#plain, this.#beside, ...[...this.#granted.values()].map(({ sandbox }) => sandbox)]
    this.#granted.clear()
    await Promise.all([...all.map((sandbox) => sandbox.close()), ...this.#closing])
  }
}
