import { readStats } from './process-stats.ts'

/**
 * What a worker may take to answer one question between two runs, in milliseconds: keeping a session is work for each
 * MiB of it. A task that the code has left behind could take the processor for ever instead.
 */
const ANSWER_MS = 1000
const ANSWER_MS_PER_MIB = 15

/**
 * The CPU time of one worker, in milliseconds, and how much of it somebody has been charged with. What it took before
 * its first run is its start, which is nobody's.
 */
export class CpuMeter {
  readonly #pid: () => number
  #seen = 0
  #charged: number | null = null

  constructor(pid: () => number) {
    this.#pid = pid
  }

  /** A run begins: from the first one on everything is charged, also what is taken between two runs. */
  begin(): void {
    this.#charged ??= this.read()
  }

  /** All that it has taken; when it is gone, what was seen last. */
  read(): number {
    this.see(readStats(this.#pid())?.cpuMs ?? 0)
    return this.#seen
  }

  /** Somebody has read it from the system. */
  see(cpuMs: number): void {
    this.#seen = Math.max(this.#seen, cpuMs)
  }

  /** Gives what tells whether it has taken more than one answer is worth, from now on. */
  budget(): () => boolean {
    const start = this.read()
    return () => {
      const { cpuMs, residentBytes } = readStats(this.#pid()) ?? { cpuMs: 0, residentBytes: 0 }
      this.see(cpuMs)
      return cpuMs - start > ANSWER_MS + (residentBytes / 2 ** 20) * ANSWER_MS_PER_MIB
    }
  }

  /** What has not been charged yet; from now on it is. */
  take(): number {
    const total = this.read()
    const taken = total - (this.#charged ?? total)
    if (this.#charged !== null) this.#charged = total
    return taken
  }
}
