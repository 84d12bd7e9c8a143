import type { PermissionUse } from '../result/result.ts'

/** Different entries that are kept; requests for others are counted together. */
const MAX_USES = 1000

/** What somebody who owns the sandbox may want to know about one value. */
export interface UseHint {
  readonly value: string
  readonly hint: string
}

/** Counts what was asked for, by kind and value, in the order in which each came first. */
export class UseCounter {
  readonly #uses = new Map<string, PermissionUse>()
  #lastHint: UseHint | null = null
  /** Requests for what has no entry. */
  leftOut = 0

  get uses(): PermissionUse[] {
    return [...this.#uses.values()]
  }

  /** What the last one that came with a hint says. */
  get lastHint(): UseHint | null {
    return this.#lastHint
  }

  add(kind: PermissionUse['kind'], value: string, hint?: string): void {
    if (hint !== undefined) this.#lastHint = { value, hint }
    const key = `${kind}\0${value}`
    const count = (this.#uses.get(key)?.count ?? 0) + 1
    if (count > 1 || this.#uses.size < MAX_USES) this.#uses.set(key, { kind, value, count })
    else this.leftOut += 1
  }

  clear(): void {
    this.#uses.clear()
    this.#lastHint = null
    this.leftOut = 0
  }
}

/** What was asked of the host and done, and what was asked and refused. */
export interface BridgeUses {
  readonly used: UseCounter
  readonly denied: UseCounter
}
