import type { UsageSample } from '../result/result.ts'
import { readPeakMemory, readStats, readWrittenBytes } from '../worker/process-stats.ts'
import { readPythonHeap } from '../worker/python-heap.ts'
import type { Worker } from '../worker/worker.ts'
import type { ExecutionRequest } from './request.ts'
import { RunClock } from './run-clock.ts'

/** Why the host ended a run. */
export type Verdict = 'timeout' | 'cpu' | 'memory' | 'output' | 'write' | 'cancelled'

/** What a run took, as seen from outside. */
export interface Measured {
  readonly verdict: Verdict | null
  /** From the first line of the user's code to its end, in milliseconds, without what its clock stood still. */
  readonly wallMs: number
  /** With what the worker took since the end of its last run. The limit is on the run alone. */
  readonly cpuMs: number
  readonly peakMemoryBytes: number
}

/**
 * What a worker process may hold beside Python's heap, in bytes: Deno, V8's compiled code, the files in memory. The
 * process is killed when its resident set passes `memoryLimitMb` plus this.
 */
export const PROCESS_OVERHEAD_BYTES = 256 * 2 ** 20

/**
 * What a worker may write beside the files that it is granted, in bytes: its output, until the host calls that a flood,
 * and what Deno notes of its permissions.
 */
const OTHER_WRITES_BYTES = 256 * 2 ** 20

/** Time between the soft interrupt, after which Python may clean up, and the kill. */
const GRACE_MS = 450
const WATCH_INTERVAL_MS = 10
/** A worker that has not even begun after this is broken. */
const BEGIN_DEADLINE_MS = 30_000
/** How long bringing files to the host may take after the code has ended. */
const AFTER_DEADLINE_MS = 60_000

/** Holds one run to its limits, from outside. The first limit that is passed is the verdict. */
export class LimitWatch {
  readonly #worker: Worker
  readonly #limits: ExecutionRequest['limits']
  readonly #signal: AbortSignal | undefined
  readonly #interval: NodeJS.Timeout
  readonly #clock: RunClock
  /** How long the run may take to begin; after it, how long what it made may take to be brought to the host. */
  #deadline: NodeJS.Timeout
  #grace: NodeJS.Timeout | undefined
  #beganCpuMs: number | null = null
  /** Infinity where nothing may be written: the kernel's own limits are enough for that. */
  readonly #maxWrittenBytes: number
  #verdict: Verdict | null = null
  #stopped = false
  #measured: Measured | null = null
  #cpuMs = 0
  #peakBytes = 0
  #residentBytes = 0

  constructor(worker: Worker, { limits, signal, files }: ExecutionRequest) {
    const mayWrite = files.plan !== null && files.plan.writable.length > 0
    this.#maxWrittenBytes = mayWrite
      ? files.plan.maxWriteBytes + OTHER_WRITES_BYTES
      : Number.POSITIVE_INFINITY
    this.#worker = worker
    this.#limits = limits
    this.#signal = signal
    this.#clock = new RunClock(limits.timeoutSeconds * 1000, () => this.#interrupt('timeout'))
    this.#deadline = setTimeout(() => worker.kill(), BEGIN_DEADLINE_MS)
    this.#interval = setInterval(() => this.#measure(), WATCH_INTERVAL_MS)
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) this.#onAbort()
    // What has run code of a caller may keep its word about the start to itself.
    if (worker.hasRun) this.begin()
  }

  /** The user's code begins now. Believed once: a worker must not set its own clock back. */
  begin(): void {
    if (this.#beganCpuMs !== null) return
    this.#beganCpuMs = this.#worker.cpu.read()
    this.#worker.cpu.begin()
    this.#worker.standing.after(0)
    clearTimeout(this.#deadline)
    this.#clock.begin()
  }

  /** Something that is not the run's to answer for holds it up: its clock stands still until what this gives is disposed. */
  stopClock(): Disposable {
    this.#clock.stop(this.#readCpu())
    let stopped = true
    return {
      [Symbol.dispose]: () => {
        if (stopped) this.#clock.go(this.#readCpu())
        stopped = false
      },
    }
  }

  /** What the run has taken so far. */
  soFar(): Omit<Measured, 'verdict'> {
    const wallMs = this.#clock.countedMs(this.#cpuMs)
    return { wallMs, cpuMs: this.#cpuMs, peakMemoryBytes: this.#peakBytes }
  }

  /** What it takes now; null before it has begun. */
  sample(): UsageSample | null {
    if (this.#beganCpuMs === null) return null
    const { wallMs, cpuMs } = this.soFar()
    const pythonHeapBytes = readPythonHeap(this.#worker.pid)
    return { wallMs, cpuMs, memoryBytes: this.#residentBytes, pythonHeapBytes }
  }

  /** Ends the run at once, without asking Python. */
  condemn(verdict: Verdict): void {
    this.#verdict ??= verdict
    this.#worker.kill()
  }

  /**
   * The code has ended: says what it took. Later calls say the same. The worker is still watched, because what it made
   * is brought to the host now.
   */
  settle(): Measured {
    if (this.#measured !== null) return this.#measured
    clearTimeout(this.#deadline)
    clearTimeout(this.#grace)
    if (!this.#stopped) this.#deadline = setTimeout(() => this.#worker.kill(), AFTER_DEADLINE_MS)
    this.#read()
    const { wallMs } = this.soFar()
    this.#clock.end()
    if (wallMs > this.#limits.timeoutSeconds * 1000) this.#verdict ??= 'timeout'
    this.#measured = {
      verdict: this.#verdict,
      wallMs,
      cpuMs: this.#worker.cpu.take(),
      peakMemoryBytes: Math.max(this.#peakBytes, readPeakMemory(this.#worker.pid)),
    }
    return this.#measured
  }

  /** Stops watching; again does nothing. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    clearTimeout(this.#deadline)
    clearTimeout(this.#grace)
    clearInterval(this.#interval)
    this.#clock.end()
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = () => this.#interrupt('cancelled')

  #interrupt(verdict: Verdict): void {
    if (this.#measured !== null) this.#worker.kill()
    if (this.#verdict !== null) return
    this.#verdict = verdict
    this.#worker.interrupt()
    this.#grace = setTimeout(() => this.#worker.kill(), GRACE_MS)
  }

  #measure(): void {
    const residentBytes = this.#read()
    this.#worker.standing.after(this.#cpuMs)
    this.#clock.look(this.#cpuMs)
    if (residentBytes > this.#limits.memoryLimitBytes + PROCESS_OVERHEAD_BYTES) this.condemn('memory')
    else if (this.#cpuMs > this.#limits.cpuSeconds * 1000) this.#interrupt('cpu')
    else if (this.#maxWrittenBytes < Number.POSITIVE_INFINITY) this.#measureWrites()
  }

  /** The quota is kept in the worker; this holds code that has taken the worker over. */
  #measureWrites(): void {
    const written = readWrittenBytes(this.#worker.pid) - (this.#worker.plan.audit?.bytes ?? 0)
    if (written > this.#maxWrittenBytes) this.condemn('write')
  }

  /** CPU time of the run so far, in milliseconds. */
  #readCpu(): number {
    this.#read()
    return this.#cpuMs
  }

  #read(): number {
    const stats = readStats(this.#worker.pid)
    if (stats === null) return 0
    this.#worker.cpu.see(stats.cpuMs)
    if (this.#beganCpuMs !== null) this.#cpuMs = Math.max(this.#cpuMs, stats.cpuMs - this.#beganCpuMs)
    this.#residentBytes = stats.residentBytes
    this.#peakBytes = Math.max(this.#peakBytes, stats.residentBytes)
    return stats.residentBytes
  }
}
