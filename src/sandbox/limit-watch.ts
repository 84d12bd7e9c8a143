import type { ExecutionRequest } from './request.ts'
import { readStats } from './worker/process-stats.ts'
import type { Worker } from './worker/worker.ts'

/** Why the host ended a run. */
export type Verdict = 'timeout' | 'cpu' | 'memory' | 'output' | 'cancelled'

/**
 * What a worker process may hold beside Python's heap, in bytes: Deno, V8's compiled code, the files in memory. The
 * process is killed when its resident set passes `memoryLimitMb` plus this.
 */
export const PROCESS_OVERHEAD_BYTES = 256 * 2 ** 20

/** Time between the soft interrupt, after which Python may clean up, and the kill. */
const GRACE_MS = 450
const WATCH_INTERVAL_MS = 10

/** Holds one run to its limits, from outside. The first limit that is passed is the verdict. */
export class LimitWatch {
  readonly #worker: Worker
  readonly #limits: ExecutionRequest['limits']
  readonly #signal: AbortSignal | undefined
  readonly #cpuBefore: number
  readonly #deadline: NodeJS.Timeout
  readonly #interval: NodeJS.Timeout
  #grace: NodeJS.Timeout | null = null
  #verdict: Verdict | null = null
  #stopped = false
  /** CPU time of the run so far, in milliseconds. */
  cpuMs = 0
  /** Highest resident set seen, in bytes. */
  peakBytes = 0

  constructor(worker: Worker, { limits, signal }: ExecutionRequest, cpuBefore: number) {
    this.#worker = worker
    this.#limits = limits
    this.#signal = signal
    this.#cpuBefore = cpuBefore
    this.#deadline = setTimeout(() => this.#interrupt('timeout'), limits.timeoutSeconds * 1000)
    this.#interval = setInterval(() => this.#measure(), WATCH_INTERVAL_MS)
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) this.#onAbort()
  }

  /** Ends the run at once, without asking Python. */
  condemn(verdict: Verdict): void {
    if (this.#stopped) return
    this.#verdict ??= verdict
    this.#worker.kill()
  }

  /** The run has ended after `wallMs`: stops watching and gives the verdict, or null when every limit held. */
  stop(wallMs: number): Verdict | null {
    if (this.#stopped) return this.#verdict
    this.#stopped = true
    clearTimeout(this.#deadline)
    clearInterval(this.#interval)
    if (this.#grace !== null) clearTimeout(this.#grace)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    if (wallMs > this.#limits.timeoutSeconds * 1000) this.#verdict ??= 'timeout'
    return this.#verdict
  }

  readonly #onAbort = () => this.#interrupt('cancelled')

  #interrupt(verdict: Verdict): void {
    if (this.#stopped || this.#verdict !== null) return
    this.#verdict = verdict
    this.#worker.interrupt()
    this.#grace = setTimeout(() => this.#worker.kill(), GRACE_MS)
  }

  #measure(): void {
    const stats = readStats(this.#worker.pid)
    if (stats === null) return
    this.cpuMs = Math.max(this.cpuMs, stats.cpuMs - this.#cpuBefore)
    this.peakBytes = Math.max(this.peakBytes, stats.residentBytes)
    if (stats.residentBytes > this.#limits.memoryLimitBytes + PROCESS_OVERHEAD_BYTES) this.condemn('memory')
    else if (this.cpuMs > this.#limits.cpuSeconds * 1000) this.#interrupt('cpu')
  }
}
