import type { ExecutionEvent } from 'agentchat-sandbox'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { ExecutionRow } from '../../db/queries/executions.ts'
import type { RecordedResult } from './keep-files.ts'

/** What happens in a run: as the library tells it, but the result as it was recorded. */
export type RunEvent =
  | Exclude<ExecutionEvent, { readonly type: 'finished' }>
  | { readonly type: 'finished'; readonly result: RecordedResult }

/** An event with its number, by which a reader who lost the connection goes on. */
export interface NumberedEvent {
  readonly id: number
  readonly event: RunEvent
}

/** Why a run is ended before its time. */
export type StopReason = 'cancelled' | 'interrupted'

/** Pieces of output up to this length are put together while nobody has read them. */
const MERGE_CHARS = 16_384

/**
 * An execution in progress, and for a while after it: its events, which anybody may read from any point on. How much
 * it holds is bounded by the limit on output.
 */
export class LiveRun {
  readonly id: string
  readonly userId: string
  readonly #events: NumberedEvent[] = []
  readonly #controller = new AbortController()
  readonly #ended: Deferred<ExecutionRow> = deferred()
  #changed: Deferred<void> = deferred()
  #readUpTo = 0
  #nextId = 1
  #chars = 0
  #done = false
  #stopped: StopReason | null = null
  #readers = 0
  #leaving: NodeJS.Timeout | null = null
  #background = false

  constructor(id: string, userId: string) {
    this.id = id
    this.userId = userId
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

  /** Resolves with the row of the execution once its end is recorded; rejects when it could not be run. */
  get ended(): Promise<ExecutionRow> {
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
  push(event: RunEvent, chars = sizeOf(event)): void {
    this.#chars += chars
    if (!this.#merged(event)) {
      this.#events.push({ id: this.#nextId, event })
      this.#nextId += 1
    }
    this.#changed.resolve()
    this.#changed = deferred()
  }

  #merged(event: RunEvent): boolean {
    const last = this.#events.at(-1)
    if (
      last === undefined ||
      last.id <= this.#readUpTo ||
      (event.type !== 'stdout' && event.type !== 'stderr')
    )
      return false
    if (last.event.type !== event.type || last.event.text.length + event.text.length > MERGE_CHARS)
      return false
    this.#events[this.#events.length - 1] = {
      id: last.id,
      event: { type: event.type, text: last.event.text + event.text },
    }
    return true
  }

  /** It is over and recorded. */
  finish(row: ExecutionRow): void {
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

  /** The events after number `after`, as they come, to the end. */
  async *follow(after: number): AsyncGenerator<NumberedEvent, void, void> {
    let index = this.#events.findIndex(({ id }) => id > after)
    if (index < 0) index = this.#events.length
    for (;;) {
      for (let each = this.#events[index]; each !== undefined; each = this.#events[index]) {
        this.#readUpTo = Math.max(this.#readUpTo, each.id)
        index += 1
        yield each
      }
      if (this.#done) return
      await this.#changed.promise
    }
  }
}

function sizeOf(event: RunEvent): number {
  if (event.type === 'stdout' || event.type === 'stderr') return event.text.length + 64
  if (event.type !== 'display') return 256
  return typeof event.data === 'string' ? event.data.length : JSON.stringify(event.data).length
}
