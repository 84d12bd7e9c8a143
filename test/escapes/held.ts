import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'vitest'
import { Slowness } from './slowness.ts'
import { threadTimes } from './thread-times.ts'

const MIB = 2 ** 20
const TICK_MS = 5
const DISK_EVERY_MS = 100

/** What hostile input took of its host at most, from the beginning of some work to its end. */
export interface Held {
  /** The longest time for which the event loop served nobody else, in milliseconds. */
  readonly loopMs: number
  /** What the resident set grew by. */
  readonly memoryBytes: number
  /** What the folders that are looked at grew by, also in between. */
  readonly diskBytes: number
}

/** What it may take, whatever it is; the time on a processor of 3 GHz that nobody else is at. */
export const MAY_HOLD: Held = { loopMs: 50, memoryBytes: 64 * MIB, diskBytes: MIB }

const threadNow = threadTimes()

/**
 * Watches this process while some work goes on: the host of a sandbox, or a service that is attacked from the same
 * process. Clients in it must have made their hostile bytes before.
 */
export class HeldGauge implements Disposable {
  readonly #folders: readonly string[]
  readonly #timer: NodeJS.Timeout
  readonly #memoryBefore: number
  readonly #diskBefore: number
  readonly #slowness = new Slowness(threadNow)
  #last = performance.now()
  #lastWaited = threadNow().waitedMs
  #lastDisk = 0
  #loopMs = 0
  #memoryBytes = 0
  #diskBytes = 0

  /** @param folders where everything lies that the host may write because of what it is sent */
  constructor(folders: readonly string[] = []) {
    collectGarbage()
    this.#folders = folders
    this.#memoryBefore = process.memoryUsage.rss()
    this.#diskBefore = this.#disk()
    this.#last = performance.now()
    this.#lastWaited = threadNow().waitedMs
    this.#timer = setInterval(() => this.#look(), TICK_MS)
  }

  /** What was held so far. */
  get held(): Held {
    this.#look()
    this.#diskBytes = Math.max(this.#diskBytes, this.#disk() - this.#diskBefore)
    return { loopMs: this.#loopMs, memoryBytes: this.#memoryBytes, diskBytes: this.#diskBytes }
  }

  /** How much slower than a processor of 3 GHz that nobody else is at this one was. */
  get slowness(): number {
    return this.#slowness.seen()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const waited = threadNow().waitedMs
    // What `monitorEventLoopDelay` measures, without the time for which other processes had the core.
    const busy = now - this.#last - (waited - this.#lastWaited) - TICK_MS
    this.#loopMs = Math.max(this.#loopMs, Math.round(busy))
    this.#memoryBytes = Math.max(this.#memoryBytes, process.memoryUsage.rss() - this.#memoryBefore)
    if (this.#folders.length > 0 && now - this.#lastDisk > DISK_EVERY_MS) {
      this.#diskBytes = Math.max(this.#diskBytes, this.#disk() - this.#diskBefore)
      this.#lastDisk = now
    }
    this.#slowness.look()
    // What the looking itself takes is not held by anybody else.
    this.#last = performance.now()
    this.#lastWaited = threadNow().waitedMs
  }

  #disk(): number {
    return this.#folders.reduce((sum, folder) => sum + bytesBelow(folder), 0)
  }
}

/** Does some work, and expects that it held no more than this. */
export async function expectHeld<Value>(
  work: () => Promise<Value>,
  { folders, ...may }: Partial<Held> & { readonly folders?: readonly string[] } = {},
): Promise<Value> {
  using gauge = new HeldGauge(folders)
  const value = await work()
  const held = gauge.held
  const most = { ...MAY_HOLD, ...may }
  most.loopMs *= gauge.slowness
  const tooMuch = (['loopMs', 'memoryBytes', 'diskBytes'] as const).filter((name) => held[name] > most[name])
  expect(Object.fromEntries(tooMuch.map((name) => [name, held[name]])), 'held past what is allowed').toEqual(
    {},
  )
  return value
}

/** Garbage of what came before must not hide what comes. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}

function bytesBelow(folder: string): number {
  try {
    return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return sum + bytesBelow(path)
      return sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
    }, 0)
  } catch {
    // It went away while it was looked at.
    return 0
  }
}
