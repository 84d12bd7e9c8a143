import type { PermissionUse } from '../result.ts'

/** Different entries that are kept; what comes after them is not counted. */
const MAX_USES = 1000

/** Counts what was asked for, by kind and value, in the order in which each came first. */
export class UseCounter {
  readonly #uses = new Map<string, PermissionUse>()

  get uses(): PermissionUse[] {
    return [...this.#uses.values()]
  }

  add(kind: PermissionUse['kind'], value: string): void {
    const key = `${kind}\0${value}`
    const count = (this.#uses.get(key)?.count ?? 0) + 1
    if (count > 1 || this.#uses.size < MAX_USES) this.#uses.set(key, { kind, value, count })
  }

  clear(): void {
    this.#uses.clear()
  }
}
