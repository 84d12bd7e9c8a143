/**
 * The time of a run that counts into its limit. While it is stopped, only the CPU time of the run counts: code must not
 * work for nothing while it waits.
 */
export class RunClock {
  readonly #limitMs: number
  readonly #onLimit: () => void
  #countedMs = 0
  /** Since when it runs, in wall clock; null while it is stopped or has not begun. */
  #runsSince: number | null = null
  /** CPU time of the worker when it was stopped. */
  #stoppedAtCpuMs = 0
  #stops = 0
  #began = false
  #timer: NodeJS.Timeout | undefined

  constructor(limitMs: number, onLimit: () => void) {
    this.#limitMs = limitMs
    this.#onLimit = onLimit
  }

  begin(): void {
    this.#began = true
    if (this.#stops === 0) this.#run()
  }

  /** Counts no wall clock until `go` was called as often. `cpuMs` is what the worker has taken. */
  stop(cpuMs: number): void {
    this.#stops += 1
    if (this.#stops > 1 || this.#runsSince === null) return
    this.#countedMs += performance.now() - this.#runsSince
    this.#runsSince = null
    this.#stoppedAtCpuMs = cpuMs
    clearTimeout(this.#timer)
  }

  go(cpuMs: number): void {
    this.#stops -= 1
    if (this.#stops > 0 || !this.#began || this.#runsSince !== null) return
    this.#countedMs += Math.max(0, cpuMs - this.#stoppedAtCpuMs)
    this.#run()
  }

  get stopped(): boolean {
    return this.#began && this.#runsSince === null
  }

  /** What has counted so far. */
  countedMs(cpuMs: number): number {
    if (!this.#began) return 0
    const since = this.#runsSince
    return (
      this.#countedMs +
      (since === null ? Math.max(0, cpuMs - this.#stoppedAtCpuMs) : performance.now() - since)
    )
  }

  /** Looks whether the limit is passed while it is stopped, when no timer does. */
  look(cpuMs: number): void {
    if (this.stopped && this.countedMs(cpuMs) > this.#limitMs) this.#onLimit()
  }

  /** Tells of the limit no more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#began = false
  }

  #run(): void {
    this.#runsSince = performance.now()
    this.#timer = setTimeout(this.#onLimit, Math.max(0, this.#limitMs - this.#countedMs))
  }
}
