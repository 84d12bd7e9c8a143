import { encoded, type MachineAsk } from '../messages.ts'
import type { MachineRun } from './machine-run.ts'

/** How long an execution that was recorded can still be read, and how many bytes of those in all. */
const KEEP_MS = 30_000
const KEEP_BYTES = 64 * 2 ** 20
/** How long one of which nobody recorded the end is kept. */
const KEEP_UNRECORDED_MS = 600_000

/** What is asked about one execution. */
type RunAsk = Exclude<MachineAsk, { op: 'wake' | 'forget' }>

/** The executions of a machine: those that run, and those that have ended, for a while. */
export class MachineRuns {
  readonly #runs = new Map<string, MachineRun>()

  /** How many have not ended. */
  get running(): number {
    return [...this.#runs.values()].filter((run) => !run.isOver).length
  }

  /** Does the code of one wait for what a tool gives? */
  get isAnyWaiting(): boolean {
    return [...this.#runs.values()].some((run) => run.isWaiting)
  }

  has(id: string): boolean {
    return this.#runs.has(id)
  }

  add(run: MachineRun): void {
    this.#runs.set(run.id, run)
  }

  /** Nothing comes of it here. */
  drop(run: MachineRun): void {
    run.forget()
    if (this.#runs.get(run.id) === run) this.#runs.delete(run.id)
  }

  dropAll(): void {
    for (const run of [...this.#runs.values()]) this.drop(run)
  }

  cancelAll(): void {
    for (const run of this.#runs.values()) run.cancel()
  }

  /** Resolves when the ends of all are recorded, or after so long. */
  async untilRecorded(ms: number): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.untilRecorded(ms)))
  }

  /** For late readers, and until somebody has recorded its end. */
  keep(run: MachineRun): void {
    const started = performance.now()
    const timer = setInterval(() => {
      const age = performance.now() - started
      if (age < (run.isRecorded ? KEEP_MS : KEEP_UNRECORDED_MS)) return
      clearInterval(timer)
      this.drop(run)
    }, 1000).unref()
    let bytes = 0
    for (const each of [...this.#runs.values()].reverse()) {
      bytes += each.bytes
      if (bytes > KEEP_BYTES && each.isRecorded) this.drop(each)
    }
  }

  /** The answer to what a service asks about one of them. */
  async answerTo(ask: RunAsk): Promise<Uint8Array> {
    const run = this.#runs.get(ask.id)
    if (ask.op === 'read') return (await run?.read(ask.after)) ?? encoded({ known: false, events: [] })
    if (ask.op === 'piece') return (await run?.piece(ask.of, ask.offset)) ?? Buffer.alloc(0)
    if (ask.op === 'input') return encoded({ done: run?.give(ask.line) ?? false })
    if (ask.op === 'answer') return encoded({ done: run?.answer(ask.call, ask.answer) ?? false })
    if (ask.op === 'cancel') run?.cancel()
    else run?.recorded()
    return encoded({ done: run !== undefined })
  }
}
