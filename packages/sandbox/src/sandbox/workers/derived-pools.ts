import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { closingController } from '../closing.ts'
import { SandboxClosedError } from '../errors/errors.ts'
import type { Image } from '../image/image.ts'
import type { Progress } from '../listeners.ts'
import type { WorkerPool } from './pool.ts'

/** Pools that are kept, with their warm workers, while nobody uses them. */
const MAX_LIVE = 3

type Tell = (progress: Progress) => void

/** How pools of other images are made. */
export interface DerivedPoolsPlan {
  /** The image with these packages as well; nothing is built yet. @throws PackageError */
  derive(requirements: readonly string[], onProgress: Tell): Promise<Image>
  /** Workers of this image. */
  makePool(image: Image): WorkerPool
  /** Bounds what is kept on disk. */
  prune(): Promise<void>
}

/** A pool for as long as somebody needs it. To be disposed once, after the lease of its worker. */
export interface PoolUse extends Disposable {
  readonly pool: WorkerPool
}

interface Entry {
  readonly ready: Promise<WorkerPool>
  /** Who is told how the image is made. */
  readonly listeners: Set<Tell>
  users: number
}

/** Pools of images with more packages than the sandbox has: one for each set that executions ask for. */
export class DerivedPools {
  readonly #plan: DerivedPoolsPlan
  /** By their requirements, in the order of their last use. */
  readonly #entries = new Map<string, Entry>()
  readonly #ending = new Set<Promise<void>>()
  readonly #closing = closingController()

  constructor(plan: DerivedPoolsPlan) {
    this.#plan = plan
  }

  /**
   * Finds out whether these packages can be had, and gets them; builds nothing.
   * @throws PackageError
   */
  async resolve(requirements: readonly string[], onProgress: Tell): Promise<void> {
    if (this.#entries.has(keyOf(requirements))) return
    await this.#plan.derive(requirements, onProgress)
  }

  /**
   * The pool whose workers have these packages; its image is made first when it is missing.
   * @throws PackageError
   * @throws SandboxClosedError
   * @throws ImageBuildError, CacheUnwritableError
   */
  async use(requirements: readonly string[], onProgress: Tell): Promise<PoolUse> {
    this.#closing.signal.throwIfAborted()
    const key = keyOf(requirements)
    const entry = this.#entries.get(key) ?? this.#open(requirements)
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.listeners.add(onProgress)
    entry.users += 1
    const done = () => {
      entry.users -= 1
      this.#endUnused()
    }
    try {
      return { pool: await entry.ready, [Symbol.dispose]: done }
    } catch (error) {
      // The next execution tries again: the network may be back.
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    } finally {
      entry.listeners.delete(onProgress)
    }
  }

  /** Ends every worker, and every build that nobody else waits for. */
  async close(): Promise<void> {
    this.#closing.abort(new SandboxClosedError())
    for (const entry of this.#entries.values()) this.#end(entry)
    this.#entries.clear()
    while (this.#ending.size > 0) await Promise.all(this.#ending)
  }

  #open(requirements: readonly string[]): Entry {
    const listeners = new Set<Tell>()
    const tell: Tell = (progress) => {
      for (const listener of listeners) listener(progress)
    }
    const ready = this.#plan.derive(requirements, tell).then(async (image) => {
      // Builds it, so that waiting for packages is not taken for waiting for a worker.
      await image.id(this.#closing.signal)
      // Nobody waits for it, and what goes wrong with it goes wrong again next time.
      this.#track(this.#plan.prune().catch(() => {}))
      return this.#plan.makePool(image)
    })
    return { ready, listeners, users: 0 }
  }

  #endUnused(): void {
    const unused = [...this.#entries].filter(([, { users }]) => users === 0)
    for (const [key, entry] of unused.slice(0, Math.max(0, unused.length - MAX_LIVE))) {
      this.#entries.delete(key)
      this.#end(entry)
    }
  }

  #end({ ready }: Entry): void {
    this.#track(
      ready.then(
        (pool) => pool.close(),
        () => {},
      ),
    )
  }

  #track(ending: Promise<void>): void {
    const tracked = ending.finally(() => this.#ending.delete(tracked))
    this.#ending.add(tracked)
    // Closing waits for it, and hears of its failure.
    inBackground(tracked)
  }
}

function keyOf(requirements: readonly string[]): string {
  return JSON.stringify([...new Set(requirements)].sort())
}
