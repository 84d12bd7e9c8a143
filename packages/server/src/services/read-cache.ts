/** What is remembered apart from each other. */
export type CacheTopic = 'identity' | 'tools'

const MAX_ENTRIES = 500
/** Larger values are looked up each time. */
const MAX_CHARS = 65_536

interface Shelf {
  readonly entries: Map<string, { readonly value: unknown }>
  /** How often it was emptied. */
  generation: number
}

/**
 * Remembers what was read until something of its topic is written. Only for a database that nobody else writes to: the
 * embedded one, where a query costs more than the whole rest of a request.
 */
export class ReadCache {
  readonly #enabled: boolean
  readonly #shelves: Readonly<Record<CacheTopic, Shelf>> = {
    identity: { entries: new Map(), generation: 0 },
    tools: { entries: new Map(), generation: 0 },
  }

  constructor(enabled: boolean) {
    this.#enabled = enabled
  }

  /** What `load` gives, or gave for the same key before. Null is not remembered. */
  async read<Value>(topic: CacheTopic, key: string, load: () => Promise<Value>): Promise<Value> {
    const shelf = this.#shelves[topic]
    const known = shelf.entries.get(key)
    // Stored under this key by the same caller.
    if (known !== undefined) return known.value as Value
    const { generation } = shelf
    const value = await load()
    // What was read before a write must not be remembered after it.
    if (!this.#enabled || value === null || generation !== shelf.generation) return value
    if (JSON.stringify(value).length > MAX_CHARS) return value
    shelf.entries.set(key, { value })
    const [oldest] = shelf.entries.keys()
    if (shelf.entries.size > MAX_ENTRIES && oldest !== undefined) shelf.entries.delete(oldest)
    return value
  }

  /** Something of this topic was written, or may have been. */
  forget(topic: CacheTopic): void {
    const shelf = this.#shelves[topic]
    shelf.generation += 1
    shelf.entries.clear()
  }
}
