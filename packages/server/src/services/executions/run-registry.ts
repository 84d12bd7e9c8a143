import { ShuttingDownError } from '../errors.ts'
import type { LiveRun } from './live-run.ts'

/** How long the events of a run that is over can still be read, and how much of them all. */
const KEEP_MS = 60_000
const KEEP_CHARS = 32 * 2 ** 20

/** The runs of this service: those in progress, and those that just ended. */
export class RunRegistry {
  readonly #runs = new Map<string, LiveRun>()
  readonly #active = new Set<Promise<void>>()
  readonly #over = new Map<LiveRun, NodeJS.Timeout>()
  #closing = false

  get closing(): boolean {
    return this.#closing
  }

  /** How many are in progress. */
  get active(): number {
    return this.#active.size
  }

  /** @throws ShuttingDownError once no new work is taken */
  demandOpen(): void {
    if (this.#closing) throw new ShuttingDownError()
  }

  /** A run that is in progress or ended a moment ago. */
  find(id: string): LiveRun | null {
    return this.#runs.get(id) ?? null
  }

  /** Takes a run in; `work` resolves when its end is recorded, and never rejects. */
  add(run: LiveRun, work: Promise<void>): void {
    this.#runs.set(run.id, run)
    this.#active.add(work)
    void work.then(() => {
      this.#active.delete(work)
      this.#keep(run)
    })
    if (this.#closing) run.stop('interrupted')
  }

  #keep(run: LiveRun): void {
    this.#over.set(run, setTimeout(() => this.#forget(run), KEEP_MS).unref())
    let chars = 0
    for (const { size } of this.#over.keys()) chars += size
    for (const oldest of this.#over.keys()) {
      if (chars <= KEEP_CHARS) break
      chars -= oldest.size
      this.#forget(oldest)
    }
  }

  #forget(run: LiveRun): void {
    clearTimeout(this.#over.get(run))
    this.#over.delete(run)
    this.#runs.delete(run.id)
  }

  /** Takes no new work, gives what runs some time, then ends it. Resolves when all of it is recorded. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    const all = () => Promise.all([...this.#active])
    if (this.#active.size > 0 && graceMs > 0) {
      let timer: NodeJS.Timeout | undefined
      const grace = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs)
      })
      await Promise.race([all(), grace])
      clearTimeout(timer)
    }
    for (const run of this.#runs.values()) if (!run.done) run.stop('interrupted')
    await all()
    for (const run of [...this.#over.keys()]) this.#forget(run)
  }
}
