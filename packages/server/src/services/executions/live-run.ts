import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { ExecutionRow } from '../../db/queries/executions.ts'
import { InputLines } from './input-lines.ts'
import type { EventForm, RunEvent } from './run-events.ts'

/** An event with its number, by which a reader who lost the connection goes on. */
export interface NumberedEvent<Event = RunEvent> {
  readonly id: number
  readonly event: Event
}

/** Why a run is ended before its time. */
export type StopReason = 'cancelled' | 'interrupted'

/**
 * A run in progress, and for a while after it: its events, which anybody may read from any point on. How much it holds is
 * bounded by the limits of what is run.
 */
export class LiveRun<Event = RunEvent, Row = ExecutionRow> {
  readonly id: string
  readonly userId: string
  /** What its code reads, where it was started to ask for it. */
  readonly input = new InputLines()
  readonly #form: EventForm<Event>
  readonly #events: NumberedEvent<Event>[] = []
  readonly #controller = new AbortController()
  readonly #ended: Deferred<Row> = deferred()
  #changed: Deferred<void> = deferred()
  #readUpTo = 0
  #nextId = 1
  #chars = 0
  #done = false
  #stopped: StopReason | null = null
  #readers = 0
  #leaving: NodeJS.Timeout | null = null
  #background = false

  constructor(id: string, userId: string, form: EventForm<Event>) {
    this.id = id
    this.userId = userId
    this.#form = form
    // Nobody may be waiting for it.
    this.#ended.promise.catch(() => {})
  }

  /** Aborted when the run is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get stopped(): StopReason | null {
    return this.#stopped
  }

  get done(): boolean {
    return this.#done
  }

  /** Roughly what it holds, in characters. */
  get size(): number {
    return this.#chars
  }

  /** Resolves with the row of the run once its end is recorded; rejects when it could not be run. */
  get ended(): Promise<Row> {
    return this.#ended.promise
  }

  /** Has the run end when the signal is aborted: who asked for it waits no more. */
  endWith(signal: AbortSignal | undefined): void {
    if (signal === undefined) return
    const stop = () => this.stop('cancelled')
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    const forget = () => signal.removeEventListener('abort', stop)
    this.#ended.promise.then(forget, forget)
  }

  /** Asks the run to end. The first reason counts. */
  stop(reason: StopReason): void {
    this.#stopped ??= reason
    this.#controller.abort(new Error(reason))
  }

  /** It goes on when nobody waits for it. */
  detach(): void {
    this.#background = true
    if (this.#leaving !== null) clearTimeout(this.#leaving)
  }

  /** Somebody waits for it. When the last one has gone, and nobody came back within `graceMs`, it is cancelled. */
  attach(graceMs: number): Disposable {
    this.#readers += 1
    if (this.#leaving !== null) clearTimeout(this.#leaving)
    let here = true
    return {
      [Symbol.dispose]: () => {
        if (!here) return
        here = false
        this.#readers -= 1
        if (this.#readers > 0 || this.#background || this.#done) return
        this.#leaving = setTimeout(() => this.stop('cancelled'), graceMs).unref()
      },
    }
  }

  /** Something happened. `chars` is roughly what it holds. */
  push(event: Event, chars = this.#form.sizeOf(event)): void {
    this.#chars += chars
    this.#dropReplaced(event)
    if (!this.#merged(event)) {
      this.#events.push({ id: this.#nextId, event })
      this.#nextId += 1
    }
    this.#changed.resolve()
    this.#changed = deferred()
  }

  #dropReplaced(next: Event): void {
    const last = this.#events.at(-1)
    if (last === undefined || !this.#form.replaced(last.event, next)) return
    this.#events.pop()
    this.#chars -= this.#form.sizeOf(last.event)
  }

  #merged(event: Event): boolean {
    const last = this.#events.at(-1)
    if (last === undefined || last.id <= this.#readUpTo) return false
    const both = this.#form.merged(last.event, event)
    if (both === null) return false
    this.#events[this.#events.length - 1] = { id: last.id, event: both }
    return true
  }

  /** It is over and recorded. */
  finish(row: Row): void {
    this.#done = true
    this.#ended.resolve(row)
    this.#changed.resolve()
  }

  /** It could not be run. */
  fail(error: unknown): void {
    this.#done = true
    this.#ended.reject(error)
    this.#changed.resolve()
  }

  /** What has happened so far. */
  *past(): Generator<Event, void, void> {
    for (const { event } of this.#events) yield event
  }

  /** The first event with a higher number: some numbers are those of events that are gone. */
  #after(id: number): NumberedEvent<Event> | null {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle]?.id ?? 0) > id) high = middle
      else low = middle + 1
    }
    return this.#events[low] ?? null
  }

  /** The events after number `after`, as they come, to the end. */
  async *follow(after: number): AsyncGenerator<NumberedEvent<Event>, void, void> {
    let last = after
    for (;;) {
      for (let each = this.#after(last); each !== null; each = this.#after(last)) {
        last = each.id
        this.#readUpTo = Math.max(this.#readUpTo, each.id)
        yield each
      }
      if (this.#done) return
      await this.#changed.promise
    }
  }
}
