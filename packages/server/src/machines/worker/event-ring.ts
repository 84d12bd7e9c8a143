import { setTimeout as sleep } from 'node:timers/promises'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { EventBeforeEnd } from '../event-wire.ts'
import { MAX_MESSAGE_BYTES } from '../messages.ts'
import type { CallEvent } from '../tool-wire.ts'

/** Pieces of output up to this length are put together while nobody has read them. */
const MERGE_CHARS = 16_384
/** What nobody has read of an execution, at most, in bytes: past it the sandbox is not read on. */
const MAX_UNREAD_BYTES = 4 * 2 ** 20
/** The JSON of an event that is larger is fetched in pieces. */
const MAX_INLINE_BYTES = 128 * 1024
const MAX_AT_ONCE = 1000

/** An event with its number, as JSON. */
interface Kept {
  readonly number: number
  readonly json: Buffer
  /** Of text that may still grow. */
  readonly text: { readonly type: 'stdout' | 'stderr'; readonly text: string } | null
  readonly isUsage?: boolean
}

/**
 * The events of one execution, numbered from 1, all of them: readers ask for those after a number, and may ask again. How
 * much it holds is bounded by the limits of the execution; how far it runs ahead of its readers, by itself.
 */
export class EventRing {
  readonly #events: Kept[] = []
  #changed: Deferred<void> = deferred()
  #readUpTo = 0
  #bytes = 0
  #unread = 0
  #isOver = false

  /** Of all events, as JSON. */
  get bytes(): number {
    return this.#bytes
  }

  /** Something happened. Resolves when there is room for the next event. */
  async push(event: EventBeforeEnd | CallEvent): Promise<void> {
    const isText = event.type === 'stdout' || event.type === 'stderr'
    const last = this.#events.at(-1)
    if (
      isText &&
      last?.text?.type === event.type &&
      last.number > this.#readUpTo &&
      last.text.text.length + event.text.length <= MERGE_CHARS
    ) {
      this.#events.pop()
      this.#count(-last.json.length)
      const both = { type: event.type, text: last.text.text + event.text }
      this.#add({ number: last.number, json: Buffer.from(JSON.stringify(both)), text: both })
    } else {
      const number = (last?.number ?? 0) + 1
      if (event.type === 'usage' && last?.isUsage) this.#replace(last)
      const json = Buffer.from(JSON.stringify(event))
      this.#add({ number, json, text: isText ? event : null, isUsage: event.type === 'usage' })
    }
    while (this.#unread > MAX_UNREAD_BYTES && !this.#isOver) await this.#changed.promise
  }

  /** The last one: the end, of which readers fetch the result. */
  end(event: object): void {
    const number = (this.#events.at(-1)?.number ?? 0) + 1
    this.#isOver = true
    this.#add({ number, json: Buffer.from(JSON.stringify(event)), text: null })
  }

  /** Nothing more comes, and there is no end of it. */
  close(): void {
    this.#isOver = true
    this.#wake()
  }

  /**
   * The answer to who asks for the events after a number, as JSON: those there are, as far as a message holds them. Where
   * there is none it waits so many milliseconds for one.
   */
  async read(after: number, waitMs: number): Promise<Buffer> {
    const until = performance.now() + waitMs
    while ((this.#events.at(-1)?.number ?? 0) <= after && !this.#isOver) {
      const left = until - performance.now()
      if (left <= 0) break
      const timer = new AbortController()
      await Promise.race([this.#changed.promise, sleep(left, null, timer).catch(() => {})])
      timer.abort()
    }
    const texts: string[] = []
    let bytes = 0
    // Numbers are places: the first one is 1.
    for (const { number, json } of this.#events.slice(after, after + MAX_AT_ONCE)) {
      const told =
        json.length > MAX_INLINE_BYTES
          ? JSON.stringify({ type: 'large', bytes: json.length })
          : json.toString()
      bytes += Math.min(told.length, json.length)
      if (texts.length > 0 && bytes > MAX_MESSAGE_BYTES / 2) break
      texts.push(`[${number},${told}]`)
      if (number <= this.#readUpTo) continue
      this.#readUpTo = number
      this.#unread -= json.length
    }
    if (texts.length > 0) this.#wake()
    return Buffer.from(`{"known":true,"events":[${texts.join(',')}]}`)
  }

  /** The JSON of one event; null where there is none of that number. */
  json(number: number): Buffer | null {
    return this.#events[number - 1]?.json ?? null
  }

  /** What was taken until some moment is of no use after the next one: its number stays. */
  #replace(last: Kept): void {
    this.#events.pop()
    this.#bytes -= last.json.length
    if (last.number > this.#readUpTo) this.#unread += PAST_USAGE.length - last.json.length
    this.#events.push({ number: last.number, json: PAST_USAGE, text: null })
  }

  #add(kept: Kept): void {
    this.#events.push(kept)
    this.#count(kept.json.length)
    this.#wake()
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#unread += bytes
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = deferred()
  }
}

/** One for all that were replaced. */
const PAST_USAGE = Buffer.from(
  JSON.stringify({
    ...{ type: 'usage', wallMs: 0, cpuMs: 0, queueMs: 0, startMs: 0, packagesMs: 0, peakMemoryBytes: 0 },
    ...{ stdoutBytes: 0, stderrBytes: 0, memoryBytes: 0, pythonHeapBytes: null },
  } satisfies EventBeforeEnd),
)
