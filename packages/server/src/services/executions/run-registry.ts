import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { ShuttingDownError } from '../errors.ts'
import type { LiveRun } from './live-run.ts'

/** How long the events of a run that is over can still be read, and how much of them all. */
const KEEP_MS = 60_000
const KEEP_CHARS = 32 * 2 ** 20

/** What is to be known of a run, whatever it is that runs. */
type AnyRun = Pick<LiveRun, 'id' | 'userId' | 'done' | 'size' | 'stop'> & { readonly ended: Promise<unknown> }

/** The runs of one kind in this service: those in progress, and those that just ended. */
export class RunRegistry<Run extends AnyRun = LiveRun> {
  readonly #runs = new Map<string, Run>()
  readonly #active = new Set<Promise<void>>()
  readonly #over = new Map<Run, NodeJS.Timeout>()
  readonly #ending = new AbortController()
  #running = 0
  #closing = false

  get closing(): boolean {
    return this.#closing
  }

  /** How many are in progress. */
  get active(): number {
    return this.#running
  }

  /** @throws ShuttingDownError once no new work is taken */
  demandOpen(): void {
    if (this.#closing) throw new ShuttingDownError()
  }

  /**
   * Something begins that the end of the service waits for, until it is disposed.
   * @throws ShuttingDownError once no new work is taken
   */
  begin(): Disposable {
    this.demandOpen()
    const work = deferred<void>()
    this.#active.add(work.promise)
    return {
      [Symbol.dispose]: () => {
        this.#active.delete(work.promise)
        work.resolve()
      },
    }
  }

  /** Aborted when what goes on still is to end. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** A run that is in progress or ended a moment ago. */
  find(id: string): Run | null {
    return this.#runs.get(id) ?? null
  }

  /** Resolves when nothing runs of a user, as far as it was running now. */
  async endedOf(userId: string): Promise<void> {
    const running = [...this.#runs.values()].filter((run) => run.userId === userId && !run.done)
    await Promise.all(running.map((run) => run.ended.catch(() => {})))
  }

  /** Takes a run in; `work` resolves when its end is recorded, and never rejects. */
  add(run: Run, work: Promise<void>): void {
    this.#runs.set(run.id, run)
    this.#active.add(work)
    this.#running += 1
    void work.then(() => {
      this.#active.delete(work)
      this.#running -= 1
      this.#keep(run)
    })
    if (this.#ending.signal.aborted) run.stop('interrupted')
  }

  /** Forgets a run that is over. */
  drop(id: string): void {
    const run = this.#runs.get(id)
    if (run?.done) this.#forget(run)
  }

  #keep(run: Run): void {
    this.#over.set(run, setTimeout(() => this.#forget(run), KEEP_MS).unref())
    let chars = 0
    for (const { size } of this.#over.keys()) chars += size
    for (const oldest of this.#over.keys()) {
      if (chars <= KEEP_CHARS) break
      chars -= oldest.size
      this.#forget(oldest)
    }
  }

  #forget(run: Run): void {
    clearTimeout(this.#over.get(run))
    this.#over.delete(run)
    this.#runs.delete(run.id)
  }

  /** Takes no new work, gives what runs some time, then ends it. Resolves when all of it is recorded. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    // What was let in a moment ago may add to them.
    const all = async () => {
      while (this.#active.size > 0) await Promise.all(this.#active)
    }
    if (this.#active.size > 0 && graceMs > 0) {
      let timer: NodeJS.Timeout | undefined
      const grace = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs)
      })
      await Promise.race([all(), grace])
      clearTimeout(timer)
    }
    this.#ending.abort(new Error('the service ends'))
    for (const run of this.#runs.values()) if (!run.done) run.stop('interrupted')
    await all()
    for (const run of [...this.#over.keys()]) this.#forget(run)
  }
}
