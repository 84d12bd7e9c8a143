import type { PyodideModule } from '../pyodide-module.ts'
import { heldObjects } from '../session/javascript-objects.ts'

/** The slot of Python's table of JavaScript objects with the map of those that are found by their value. */
const OBJECTS_BY_VALUE = 1

/** What a proxy of a Python object shares with its copies: its address in Python's memory, 0 once it is destroyed. */
interface ProxyState {
  ptr?: number
  destroyed_msg?: string
}

/** The JavaScript objects that Python holds, and the Python objects that JavaScript holds. */
export class KeptObjects {
  readonly #module: PyodideModule
  readonly #slots: readonly unknown[]
  readonly #byValue: ReadonlyMap<unknown, unknown>
  /** What JavaScript was given of Python's since the memory was last set back. */
  readonly #proxies = new Set<ProxyState>()

  constructor(module: PyodideModule) {
    this.#module = module
    this.#slots = [...heldObjects(module)].map(({ object }) => object)
    this.#byValue = new Map(this.#objectsByValue())
    // The garbage collector would release an object in memory that has been set back meanwhile.
    module.finalizationRegistry = {
      register: (_proxy, _held, token) => void this.#proxies.add(token as ProxyState),
      unregister: (token) => void this.#proxies.delete(token as ProxyState),
    }
  }

  /** To be called when the memory has been set back, which knows which slots are taken. */
  restore(): void {
    for (const proxy of this.#proxies) {
      if (proxy.ptr === undefined) continue
      proxy.ptr = 0
      proxy.destroyed_msg = 'Object has already been destroyed: its program has ended'
    }
    this.#proxies.clear()
    let slot = 1
    for (const object of this.#slots) this.#set(slot++, object)
    for (const { slot: later } of heldObjects(this.#module)) if (later >= slot) this.#set(later, null)
    const byValue = this.#objectsByValue()
    byValue.clear()
    for (const [object, info] of this.#byValue) byValue.set(object, info)
  }

  #set(slot: number, object: unknown): void {
    if (this.#module.__hiwire_set(slot, object) < 0) throw new Error(`slot ${slot} cannot be set`)
  }

  #objectsByValue(): Map<unknown, unknown> {
    return this.#module.__hiwire_immortal_get(OBJECTS_BY_VALUE) as Map<unknown, unknown>
  }
}
