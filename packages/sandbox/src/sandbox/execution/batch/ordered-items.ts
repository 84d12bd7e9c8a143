import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import type { CodeExecutionResult, JsonValue } from '../../result/result.ts'
import type { BatchItem } from './batch-options.ts'

/** Items that may wait for an earlier one, and characters of them: what is slow does not hold up what comes after it. */
const MAX_AHEAD = 1000
const MAX_AHEAD_CHARS = 32 * 2 ** 20

/** Puts what became of programs, which end in any order, back into the order of the programs. */
export class OrderedItems {
  readonly #waiting = new Map<number, { readonly item: BatchItem; readonly chars: number }>()
  #next = 0
  #chars = 0
  #changed: Deferred<void> = deferred<void>()

  add(item: BatchItem): void {
    const chars = item.result === null ? 0 : charsOf(item.result)
    this.#chars += chars
    this.#waiting.set(item.index, { item, chars })
    this.#tell()
  }

  /** The next item where it is there, which it then is no more. */
  take(): BatchItem | null {
    const entry = this.#waiting.get(this.#next)
    if (entry === undefined) return null
    this.#waiting.delete(this.#next)
    this.#next += 1
    this.#chars -= entry.chars
    this.#tell()
    return entry.item
  }

  /** May the program of this index begin, or wait too many for earlier ones and for their reader? */
  hasRoomFor(index: number): boolean {
    return index === this.#next || (index - this.#next < MAX_AHEAD && this.#chars < MAX_AHEAD_CHARS)
  }

  /** Resolves when an item has come or gone. */
  get changed(): Promise<void> {
    return this.#changed.promise
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = deferred<void>()
  }
}

/** What a result holds, roughly: its files are on disk. */
function charsOf({ stdout, stderr, result, displays }: CodeExecutionResult): number {
  const shown = displays.reduce((sum, { data }) => sum + charsOfJson(data), 0)
  return stdout.length + stderr.length + charsOfJson(result) + shown
}

function charsOfJson(value: JsonValue): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 0
}
