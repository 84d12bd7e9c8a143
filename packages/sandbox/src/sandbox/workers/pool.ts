import { availableParallelism } from 'node:os'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { joinSignals } from 'agentchat-sandbox-base/async/join-signals'
import { closingController } from '../closing.ts'
import { SandboxClosedError } from '../errors/errors.ts'
import { type Places, waitTurn } from '../places.ts'
import type { Worker } from '../worker/worker.ts'

/** A worker that belongs to one execution or one session. Disposing it destroys the worker; again does nothing. */
export interface Lease extends Disposable {
  readonly worker: Worker
  /** How long it was waited for, in milliseconds: for a place, and for the worker to start. */
  readonly queueMs: number
  readonly startMs: number
}

/** Workers at one moment: kept warm, had by somebody, starting. */
export interface WorkerCounts {
  readonly warm: number
  readonly leased: number
  readonly starting: number
}

/** A new worker is started at the earliest this long after one was taken: the run in progress comes first. */
const REFILL_DELAY_MS = 50

/**
 * Workers of one image and one set of permissions. Each serves one caller and is destroyed. Who wants one takes a place
 * first; `min` are kept warm: the first of them is made again at once, so that who comes next does not wait for a start
 * beside all that runs, and the others while a core is free.
 */
export class WorkerPool {
  readonly #min: number
  readonly #places: Places
  readonly #start: (signal: AbortSignal) => Promise<Worker>
  readonly #closing = closingController()
  readonly #idle: Worker[] = []
  readonly #leased = new Set<Worker>()
  /** Executions that have a place and wait for a worker to start. */
  readonly #starters: Deferred<Worker>[] = []
  readonly #starts = new Set<Promise<void>>()
  /** Workers that were killed and are not gone yet. */
  readonly #ending = new Set<Promise<void>>()
  #retired = false
  #refillTimer: NodeJS.Timeout | null = null

  constructor(min: number, places: Places, start: (signal: AbortSignal) => Promise<Worker>) {
    this.#min = min
    this.#places = places
    this.#start = start
  }

  get counts(): WorkerCounts {
    return { warm: this.#idle.length, leased: this.#leased.size, starting: this.#starts.size }
  }

  /** Resolves when `min` workers are warm; rejects when one cannot be started. */
  async warm(): Promise<void> {
    if (this.#closing.signal.aborted) throw new SandboxClosedError()
    const missing = Math.max(0, this.#min - this.#idle.length)
    await Promise.all(
      Array.from({ length: missing }, async () => {
        const worker = await this.#startFor()
        this.#leased.delete(worker)
        this.#addIdle(worker)
      }),
    )
  }

  /**
   * Waits for a place and a worker.
   * @throws QueueFullError
   * @throws SandboxClosedError
   * @throws WorkerStartError and what else starting a worker may throw
   */
  async lease(signal: AbortSignal | undefined): Promise<Lease> {
    const asked = performance.now()
    const place = await this.place(signal)
    const placed = performance.now()
    try {
      const lease = await this.leaseWithoutPlace(signal)
      const giveBack = () => {
        lease[Symbol.dispose]()
        place[Symbol.dispose]()
      }
      return { ...lease, queueMs: placed - asked, [Symbol.dispose]: giveBack }
    } catch (error) {
      place[Symbol.dispose]()
      throw error
    }
  }

  /**
   * Waits for a place, which is free again when this is disposed. Others may wait for the same places, and go on waiting
   * when this pool is closed. Rejects with the reason of the signal when that is aborted first.
   * @throws QueueFullError
   * @throws SandboxClosedError
   */
  async place(signal: AbortSignal | undefined): Promise<Disposable> {
    using joined = joinSignals(this.#closing.signal, signal)
    await this.#places.take(joined.signal)
    return { [Symbol.dispose]: once(() => this.#places.free()) }
  }

  /**
   * A worker for a session or a batch, which may have it for long: it takes no place of the executions. Throws as `lease`
   * does.
   */
  async leaseWithoutPlace(signal: AbortSignal | undefined): Promise<Lease> {
    const asked = performance.now()
    const worker = await this.#takeWorker(signal)
    const giveBack = once(() => {
      this.#leased.delete(worker)
      this.#endSoon(worker)
      this.#refillSoon(0)
    })
    return { worker, queueMs: 0, startMs: performance.now() - asked, [Symbol.dispose]: giveBack }
  }

  /** Keeps no worker warm any more. Who has one, or waits for one, is not disturbed. */
  retire(): void {
    this.#retired = true
    for (const worker of this.#idle.splice(0)) this.#end(worker)
  }

  /** Ends every worker, also those at work. */
  async close(): Promise<void> {
    this.#closing.abort(new SandboxClosedError())
    if (this.#refillTimer !== null) clearTimeout(this.#refillTimer)
    const workers = [...this.#idle.splice(0), ...this.#leased]
    for (const worker of workers) this.#end(worker)
    // A start that comes to its end now adds to those that are ending.
    await Promise.all(this.#starts)
    await Promise.all(this.#ending)
  }

  #end(worker: Worker): void {
    worker.kill()
    this.#noteEnding(worker.gone.then(() => {}))
  }

  /** Ends it in the next turn of the event loop: the result is delivered first, since ending takes a while. */
  #endSoon(worker: Worker): void {
    const ended = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      worker.kill()
      await worker.gone
    })
    this.#noteEnding(ended)
  }

  #noteEnding(ending: Promise<void>): void {
    this.#ending.add(ending)
    inBackground(ending.then(() => this.#ending.delete(ending)))
  }

  async #takeWorker(signal: AbortSignal | undefined): Promise<Worker> {
    for (let worker = this.#idle.shift(); worker !== undefined; worker = this.#idle.shift()) {
      if (!worker.alive) continue
      this.#leased.add(worker)
      this.#refillSoon(REFILL_DELAY_MS)
      return worker
    }
    const worker = await this.#startFor(signal)
    this.#refillSoon(REFILL_DELAY_MS)
    return worker
  }

  /** The next worker that comes up, which may be one that is starting already. */
  async #startFor(signal?: AbortSignal): Promise<Worker> {
    if (this.#closing.signal.aborted) throw new SandboxClosedError()
    const starter = deferred<Worker>()
    this.#starters.push(starter)
    if (this.#starters.length > this.#starts.size) this.#startOne()
    return await waitTurn(this.#starters, starter, signal)
  }

  /** Starts a worker for the first that waits, or to be kept warm. */
  #startOne(): void {
    const start = this.#start(this.#closing.signal).then(
      (worker) => this.#started(worker),
      (error: unknown) => {
        // Without anybody who waits, the next execution starts its own worker and hears why that fails.
        this.#starters.shift()?.reject(this.#closing.signal.aborted ? new SandboxClosedError() : error)
      },
    )
    this.#starts.add(start)
    inBackground(start.finally(() => this.#starts.delete(start)))
  }

  #started(worker: Worker): void {
    if (this.#closing.signal.aborted) {
      this.#end(worker)
      this.#starters.shift()?.reject(new SandboxClosedError())
      return
    }
    const starter = this.#starters.shift()
    if (starter === undefined) this.#addIdle(worker)
    else {
      // Added before the waiting caller resumes: a close in between must find the worker.
      this.#leased.add(worker)
      starter.resolve(worker)
    }
  }

  #addIdle(worker: Worker): void {
    if (this.#closing.signal.aborted || this.#retired) {
      this.#end(worker)
      return
    }
    this.#idle.push(worker)
    worker.warmUp()
    inBackground(worker.gone.then(() => this.#leftIdle(worker)))
  }

  #leftIdle(worker: Worker): void {
    const index = this.#idle.indexOf(worker)
    if (index < 0) return
    this.#idle.splice(index, 1)
    this.#refillSoon(REFILL_DELAY_MS)
  }

  #refillSoon(delayMs: number): void {
    if (this.#refillTimer !== null || this.#closing.signal.aborted || this.#retired) return
    this.#refillTimer = setTimeout(() => {
      this.#refillTimer = null
      this.#refill()
    }, delayMs).unref()
  }

  #refill(): void {
    if (this.#retired) return
    const cores = availableParallelism()
    const missing = () => this.#min - this.#idle.length - (this.#starts.size - this.#starters.length)
    const isFree = () =>
      this.#leased.size + this.#starts.size < cores ||
      this.#idle.length + this.#starts.size - this.#starters.length === 0
    while (missing() > 0 && isFree()) this.#startOne()
  }
}

/** Does something the first time that it is called. */
function once(action: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    action()
  }
}
