import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { inLane } from '../../db/lanes.ts'

/** How much of what one machine asks is answered at a time. */
const AT_ONCE = 8
/** What waits beside that, of one machine: as much as one with many slots has on its way when it saves all its sessions. */
const MAX_WAITING = 2000
const MAX_WAITING_BYTES = 64 * 2 ** 20
/** What a question takes of the event loop is followed by a pause that is so many times as long, and no longer than that. */
const PAUSES = 4
const MAX_PAUSE_MS = 250

interface Asker {
  answering: number
  isStarting: boolean
  waitingBytes: number
  readonly waiting: { readonly bytes: number; readonly answer: () => Promise<void> }[]
}

/**
 * Places to be answered at, so many for each machine: however much one asks, its questions wait for each other, and those of
 * others and of users do not wait for them. What is too much is not answered, and asked again by a machine that means it.
 */
export class AskerPlaces {
  readonly #askers = new Map<string, Asker>()

  /** Machines that ask for something now. */
  get size(): number {
    return this.#askers.size
  }

  /** Answers when there is a place; false where too much waits. `answer` never rejects. */
  take(machine: string, bytes: number, answer: () => Promise<void>): boolean {
    const asker = this.#askers.get(machine) ?? newAsker()
    if (asker.waiting.length >= MAX_WAITING || asker.waitingBytes + bytes > MAX_WAITING_BYTES) return false
    this.#askers.set(machine, asker)
    asker.waitingBytes += bytes
    asker.waiting.push({ bytes, answer })
    void this.#start(machine, asker)
    return true
  }

  /**
   * Begins with what waits, one in each turn of the event loop. What takes long to read, as nonsense may, is followed by a
   * pause: a machine has a fifth of the loop at most.
   */
  async #start(machine: string, asker: Asker): Promise<void> {
    if (asker.isStarting) return
    asker.isStarting = true
    while (asker.answering < AT_ONCE) {
      const next = asker.waiting.shift()
      if (next === undefined) break
      asker.waitingBytes -= next.bytes
      asker.answering += 1
      const began = performance.now()
      void inLane(`machine ${machine}`, next.answer).finally(() => {
        asker.answering -= 1
        void this.#start(machine, asker)
      })
      const pauseMs = PAUSES * (performance.now() - began)
      if (pauseMs < 2) await setImmediate()
      else await sleep(Math.min(pauseMs, MAX_PAUSE_MS))
    }
    asker.isStarting = false
    if (asker.answering === 0 && asker.waiting.length === 0) this.#askers.delete(machine)
  }
}

function newAsker(): Asker {
  return { answering: 0, isStarting: false, waitingBytes: 0, waiting: [] }
}
