import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { OverloadedError } from '../errors.ts'

interface Line {
  taken: number
  readonly waiting: Deferred<void>[]
}

/** A place, until it is disposed; `isOnly`: the user had no other one when it was given. */
export interface Place extends Disposable {
  readonly isOnly: boolean
}

/** So many places there are, with those for users who have none: half as many again, and one at least. */
export function withGuests(max: number): number {
  return max + Math.max(1, Math.floor(max / 2))
}

/**
 * Places for the executions of all users, whatever they may do: so many at a time. Each user waits in a line of their
 * own, and a place goes to the one who has the fewest. Who has none is given one of some more places at once, so that
 * nobody waits for the end of what another one runs. A line may grow as long as there is as much room left as it has taken,
 * so that no user, nor several, keep the next one out.
 */
export class FairPlaces {
  readonly #max: number
  readonly #maxQueue: number
  readonly #lines = new Map<string, Line>()
  #taken = 0
  #waiting = 0

  constructor({ max, maxQueue }: { readonly max: number; readonly maxQueue: number }) {
    this.#max = max
    this.#maxQueue = maxQueue
  }

  /** How many are at work. */
  get taken(): number {
    return this.#taken
  }

  /** How many wait for a place. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Waits for a place, until it is disposed. An aborted signal ends the waiting, and gives null.
   * @throws OverloadedError
   */
  async take(userId: string, signal: AbortSignal): Promise<Place | null> {
    if (signal.aborted) return null
    const line = this.#lines.get(userId) ?? { taken: 0, waiting: [] }
    this.#lines.set(userId, line)
    let isOnly = line.taken === 0
    if (this.#isFreeFor(line)) this.#give(line)
    else {
      const left = this.#maxQueue - this.#waiting
      if (left <= 0 || line.waiting.length >= left) {
        this.#tidy(userId, line)
        throw new OverloadedError()
      }
      if (!(await this.#wait(userId, line, signal))) return null
      isOnly = line.taken === 1
    }
    let held = true
    return {
      isOnly,
      [Symbol.dispose]: () => {
        if (held) this.#free(userId, line)
        held = false
      },
    }
  }

  #isFreeFor({ taken }: Line): boolean {
    return this.#taken < (taken === 0 ? withGuests(this.#max) : this.#max)
  }

  #give(line: Line): void {
    line.taken += 1
    this.#taken += 1
  }

  async #wait(userId: string, line: Line, signal: AbortSignal): Promise<boolean> {
    const turn = deferred<void>()
    line.waiting.push(turn)
    this.#waiting += 1
    let mine = true
    const leave = () => {
      const index = line.waiting.indexOf(turn)
      if (index < 0) return
      line.waiting.splice(index, 1)
      this.#waiting -= 1
      mine = false
      this.#tidy(userId, line)
      turn.resolve()
    }
    signal.addEventListener('abort', leave, { once: true })
    await turn.promise
    signal.removeEventListener('abort', leave)
    return mine
  }

  #free(userId: string, line: Line): void {
    line.taken -= 1
    this.#taken -= 1
    // Of two with as many places the one is next who had none for longer.
    this.#lines.delete(userId)
    if (line.taken > 0 || line.waiting.length > 0) this.#lines.set(userId, line)
    let next: [string, Line] | null = null
    for (const each of this.#lines)
      if (each[1].waiting.length > 0 && (next === null || each[1].taken < next[1].taken)) next = each
    if (next === null || !this.#isFreeFor(next[1])) return
    const [, nextLine] = next
    const turn = nextLine.waiting.shift()
    this.#waiting -= 1
    this.#give(nextLine)
    turn?.resolve()
  }

  #tidy(userId: string, line: Line): void {
    if (line.taken === 0 && line.waiting.length === 0) this.#lines.delete(userId)
  }
}
