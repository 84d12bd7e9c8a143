import type { PyodideModule } from './pyodide-module.ts'

/** A time zone, as Python tells it. Seconds; offsets are to the east. */
interface Zone {
  /** Since 1970: when the offset changes, in their order. */
  readonly changes: readonly number[]
  /** The offset before the first change, and from each change on; and whether that is summer time. */
  readonly offsets: readonly number[]
  readonly summer: readonly boolean[]
  /** What C knows of a zone: its names and its offset in winter and in summer. */
  readonly names: readonly [string, string]
  readonly standard: number
  readonly daylight: boolean
}

/** Longest name of a zone in C's memory, with the 0 at its end. */
const NAME_BYTES = 17
const DAY_MS = 86_400_000
/** Places in C's `struct tm`, in words. */
const TM = {
  second: 0,
  minute: 1,
  hour: 2,
  day: 3,
  month: 4,
  year: 5,
  weekday: 6,
  yearday: 7,
  isSummer: 8,
  offset: 9,
}
const TM_WORDS = 10

const encoder = new TextEncoder()

/** What C's functions for local time compute with: UTC, until Python sets a zone. */
export class LocalTime {
  #zone: Zone | null = null
  readonly #module: () => PyodideModule

  constructor(module: () => PyodideModule) {
    this.#module = module
  }

  /** Puts these in the place of Emscripten's functions, which ask JavaScript for its own zone. */
  install(env: Record<string, WebAssembly.ImportValue>): void {
    env._localtime_js = (time: bigint, address: number) => {
      this.#write(this.#tm(address), Number(time))
    }
    env._mktime_js = (address: number) => BigInt(this.#mktime(this.#tm(address)))
  }

  /** Takes the JSON text of a zone. Bound, for Python to call. */
  readonly set = (json: string): void => {
    const zone = JSON.parse(json) as Zone
    this.#zone = zone
    const module = this.#module()
    const words = new Int32Array(module.HEAPU8.buffer)
    words[module._timezone >>> 2] = -zone.standard
    words[module._daylight >>> 2] = Number(zone.daylight)
    for (const [index, name] of zone.names.entries()) {
      const at = module.HEAPU32[(module._tzname >>> 2) + index] ?? 0
      const bytes = encoder.encode(name).subarray(0, NAME_BYTES - 1)
      if (at !== 0) module.HEAPU8.set([...bytes, 0], at)
    }
  }

  /** No zone is set. What C knows of it, its memory holds. */
  forget(): void {
    this.#zone = null
  }

  #tm(address: number): Int32Array {
    return new Int32Array(this.#module().HEAPU8.buffer, address >>> 0, TM_WORDS)
  }

  /** The place in `offsets` that holds at a time. */
  #index(time: number): number {
    const changes = this.#zone?.changes ?? []
    let [low, high] = [0, changes.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (time < (changes[middle] ?? 0)) high = middle
      else low = middle + 1
    }
    return low
  }

  #offset(index: number): number {
    return this.#zone?.offsets[index] ?? 0
  }

  #write(tm: Int32Array, time: number): void {
    const index = this.#index(time)
    const offset = this.#offset(index)
    const date = new Date((time + offset) * 1000)
    const year = date.getUTCFullYear()
    tm[TM.second] = date.getUTCSeconds()
    tm[TM.minute] = date.getUTCMinutes()
    tm[TM.hour] = date.getUTCHours()
    tm[TM.day] = date.getUTCDate()
    tm[TM.month] = date.getUTCMonth()
    tm[TM.year] = year - 1900
    tm[TM.weekday] = date.getUTCDay()
    const newYear = new Date(0).setUTCFullYear(year)
    tm[TM.yearday] = Math.floor((date.getTime() - newYear) / DAY_MS)
    tm[TM.isSummer] = Number(this.#zone?.summer[index] ?? false)
    tm[TM.offset] = offset
  }

  /** Seconds since 1970 of a local time, which becomes a real one: there is no 30th of February. */
  #mktime(tm: Int32Array): number {
    const word = (index: number) => tm[index] ?? 0
    const date = new Date(0)
    date.setUTCFullYear(word(TM.year) + 1900, word(TM.month), word(TM.day))
    date.setUTCHours(word(TM.hour), word(TM.minute), word(TM.second))
    const time = this.#timeOf(date.getTime() / 1000, word(TM.isSummer))
    if (Number.isNaN(time)) return -1
    this.#write(tm, time)
    return time
  }

  /** @param isSummer below 0: to be found out */
  #timeOf(local: number, isSummer: number): number {
    const about = this.#index(local - this.#offset(this.#index(local)))
    const near = [about - 1, about, about + 1].filter((index) => index in (this.#zone?.offsets ?? [0]))
    const asked = near.filter((index) => isSummer < 0 || this.#zone?.summer[index] === isSummer > 0)
    const candidates = (asked.length > 0 ? asked : near)
      .map((index) => ({ index, time: local - this.#offset(index) }))
      // As glibc does: an hour that comes twice, or not at all, is one of winter time.
      .sort((one, other) => Number(this.#zone?.summer[one.index]) - Number(this.#zone?.summer[other.index]))
    const real = candidates.find(({ index, time }) => this.#index(time) === index)
    // An hour that does not exist, or summer time in winter.
    return (real ?? candidates[0] ?? { time: local }).time
  }
}
