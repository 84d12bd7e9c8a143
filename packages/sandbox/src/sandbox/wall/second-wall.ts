import { IsolationError, WorkerStartError } from '../errors.ts'
import { findBubblewrap } from './host-tools.ts'

/** Whether the second wall may be done without: what the option `isolation` says. */
export type Isolation = 'auto' | 'os' | 'deno'

/** A second wall to be tried. */
export interface SecondWall {
  /** Path of bubblewrap. */
  readonly bubblewrap: string
  /** Forbid further user name spaces: versions before 0.8 cannot, and some containers do not allow it. */
  readonly sealed: boolean
  /** Filter calls to the kernel, which can have been built without. */
  readonly filtered: boolean
}

/** Which second wall workers start behind: the strongest that this machine allows, found by trying. */
export class SecondWallChoice {
  readonly #isolation: Isolation
  #wall: SecondWall | null
  /** A worker has come up behind it: what stops it later is no property of the machine. */
  #stood = false

  /** @throws IsolationError when there must be one and bubblewrap is not installed */
  constructor(isolation: Isolation, bubblewrap = findBubblewrap()) {
    this.#isolation = isolation
    this.#wall =
      isolation === 'deno' || bubblewrap === null ? null : { bubblewrap, sealed: true, filtered: true }
    if (isolation === 'os' && this.#wall === null) throw new IsolationError('it is not installed')
  }

  /**
   * Starts a worker behind the strongest wall that works. Once one has, a weaker one is never taken.
   * @throws IsolationError when there must be one and the machine does not allow it
   */
  async behind<Started>(start: (wall: SecondWall | null) => Promise<Started>): Promise<Started> {
    const wall = this.#wall
    try {
      const started = await start(wall)
      this.#stood = true
      return started
    } catch (error) {
      if (wall === null || !isRefusal(error)) throw error
      if (this.#wall === wall) this.#weaken(wall, error)
    }
    return await this.behind(start)
  }

  #weaken(wall: SecondWall, error: WorkerStartError): void {
    if (this.#stood) throw error
    if (wall.sealed) this.#wall = { ...wall, sealed: false }
    else if (wall.filtered) this.#wall = { ...wall, filtered: false }
    else if (this.#isolation === 'os') throw new IsolationError(error.detail, { cause: error })
    else this.#wall = null
  }
}

/** Said by bubblewrap before it ran anything. */
function isRefusal(error: unknown): error is WorkerStartError {
  return error instanceof WorkerStartError && error.detail.startsWith('bwrap:')
}
