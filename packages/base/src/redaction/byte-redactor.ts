/**
 * Takes secrets out of one stream of bytes. What may be the beginning of one is held until it is known; what is held is
 * never more than the longest form of a secret, with what a reader does not see in it.
 */
export interface ByteRedactor {
  /** Takes the next bytes and gives what may be shown. Its memory may be that of `bytes`. */
  push(bytes: Uint8Array): Uint8Array
  /**
   * Are a few bytes held that are hardly a secret? After a moment they are to be shown, by `release`: what comes after them
   * is still taken out.
   */
  readonly isHesitating: boolean
  release(): Uint8Array
  /** What comes next in the stream is missing here: what may be the beginning of a secret is taken out. */
  cut(): Uint8Array
  /** The end of a stream of which what came before is missing: what may be the end of a secret is taken out. */
  resume(bytes: Uint8Array): Uint8Array
  /** The stream has ended: gives what was held. */
  end(): Uint8Array
}

/** How often each rule took something out. */
export type RedactionCounts = Readonly<Record<string, number>>

/** Adds what was taken out to a count. */
export class RedactionCounter {
  readonly #counts = new Map<string, number>()

  add(rule: string, count = 1): void {
    this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + count)
  }

  /** Adds what another one has counted. */
  addAll({ counts }: RedactionCounter): void {
    for (const [rule, count] of Object.entries(counts)) this.add(rule, count)
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  get counts(): RedactionCounts {
    return Object.fromEntries(this.#counts)
  }
}

/** What stands in the place of something that was taken out. */
export function markOf(rule: string): string {
  return `[redacted:${rule}]`
}
