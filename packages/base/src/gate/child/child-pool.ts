import { CheckChild, ChildFailure } from './check-child.ts'
import type { ChildPlan } from './rights.ts'

/** How many checks are under way at a time, and how many wait. */
export interface PoolPlan extends ChildPlan {
  readonly children: number
  /** After so long without work a child is ended. */
  readonly idleMs: number
  readonly maxWaiting: number
  readonly maxWaitingOfOwner: number
}

/** More checks wait than may. */
export class GateBusyError extends Error {
  override readonly name = 'GateBusyError'
  constructor() {
    super('Cannot check it: too many checks wait already; try again later')
  }
}

/** No process could be started to do the check in. */
export class GateUnavailableError extends Error {
  override readonly name = 'GateUnavailableError'
}

interface Slot {
  child: CheckChild | null
  isBusy: boolean
  idle: NodeJS.Timeout | undefined
}

interface Turn {
  readonly take: (slot: Slot) => void
  readonly refuse: (error: Error) => void
}

/**
 * Children that do the same work, started when it is there. Owners come one after the other, and each has one check under
 * way: a client that sends many slow ones waits for them alone.
 */
export class ChildPool implements Disposable {
  readonly #plan: PoolPlan
  readonly #slots: Slot[]
  /** By owner, in the order in which they come next. */
  readonly #waiting = new Map<string, Turn[]>()
  readonly #active = new Set<string>()
  #isClosed = false

  constructor(plan: PoolPlan) {
    this.#plan = plan
    this.#slots = Array.from({ length: plan.children }, () => ({
      child: null,
      isBusy: false,
      idle: undefined,
    }))
  }

  /** The processes that are alive. */
  get pids(): number[] {
    return this.#slots.flatMap(({ child }) => (child?.alive === true ? (child.pid ?? []) : []))
  }

  /**
   * Does work with a child, when the owner's turn has come.
   * @throws GateBusyError
   * @throws GateUnavailableError when no child can be started
   * @throws ChildFailure when the child did not survive the work
   */
  async use<Value>(owner: string, work: (child: CheckChild) => Promise<Value>): Promise<Value> {
    const slot = await this.#turn(owner)
    try {
      return await work(await this.#childOf(slot))
    } finally {
      this.#release(owner, slot)
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const { child, idle } of this.#slots) {
      clearTimeout(idle)
      child?.kill()
    }
    const closed = new GateUnavailableError('Cannot check it: the sandbox or the service is closed')
    for (const turns of this.#waiting.values()) for (const { refuse } of turns) refuse(closed)
    this.#waiting.clear()
  }

  #turn(owner: string): Promise<Slot> {
    if (this.#isClosed)
      throw new GateUnavailableError('Cannot check it: the sandbox or the service is closed')
    const turns = this.#waiting.get(owner) ?? []
    const all = [...this.#waiting.values()].reduce((sum, { length }) => sum + length, 0)
    if (turns.length >= this.#plan.maxWaitingOfOwner || all >= this.#plan.maxWaiting)
      throw new GateBusyError()
    this.#waiting.set(owner, turns)
    const turn = new Promise<Slot>((take, refuse) => turns.push({ take, refuse }))
    this.#serve()
    return turn
  }

  #serve(): void {
    for (const [owner, turns] of this.#waiting) {
      const slot = this.#slots.find(({ isBusy }) => !isBusy)
      if (slot === undefined) return
      if (this.#active.has(owner)) continue
      const turn = turns.shift()
      // To the end of the row, if there is more of this owner.
      this.#waiting.delete(owner)
      if (turns.length > 0) this.#waiting.set(owner, turns)
      if (turn === undefined) continue
      slot.isBusy = true
      clearTimeout(slot.idle)
      this.#active.add(owner)
      turn.take(slot)
    }
  }

  async #childOf(slot: Slot): Promise<CheckChild> {
    if (slot.child?.alive === true) return slot.child
    try {
      slot.child = await CheckChild.start(this.#plan)
    } catch (error) {
      if (!(error instanceof ChildFailure)) throw error
      throw new GateUnavailableError(`Cannot check it: no process for it could be started; ${error.message}`)
    }
    if (this.#isClosed) slot.child.kill()
    return slot.child
  }

  #release(owner: string, slot: Slot): void {
    this.#active.delete(owner)
    slot.isBusy = false
    slot.idle = setTimeout(() => {
      slot.child?.kill()
      slot.child = null
    }, this.#plan.idleMs).unref()
    this.#serve()
  }
}
