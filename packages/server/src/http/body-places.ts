import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { OverloadedError } from '../services/errors.ts'

/** So many bodies of one user are read at a time, and so many more wait for it. */
const AT_A_TIME = 8
const MAX_WAITING = 200

interface Line {
  taken: number
  readonly waiting: Deferred<void>[]
}

/** Places for reading bodies, some for each user: reading what one user sends at once does not keep the others waiting. */
export class BodyPlaces {
  readonly #lines = new Map<string, Line>()

  /** Waits for a place, until it is disposed. @throws OverloadedError */
  async take(userId: string): Promise<Disposable> {
    const line = this.#lines.get(userId) ?? { taken: 0, waiting: [] }
    this.#lines.set(userId, line)
    if (line.taken < AT_A_TIME) line.taken += 1
    else {
      if (line.waiting.length >= MAX_WAITING) throw new OverloadedError()
      const turn = deferred<void>()
      line.waiting.push(turn)
      await turn.promise
    }
    return { [Symbol.dispose]: () => this.#free(userId, line) }
  }

  #free(userId: string, line: Line): void {
    const next = line.waiting.shift()
    if (next !== undefined) next.resolve()
    else if (--line.taken === 0) this.#lines.delete(userId)
  }
}
