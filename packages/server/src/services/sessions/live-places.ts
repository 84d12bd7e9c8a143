/** A place of a live session that is kept nowhere, until it is disposed. */
export interface LivePlace extends Disposable {
  /** Something goes on in the session until what this gives is disposed: so long nobody asks for the place. */
  use(): Disposable
}

/** What a session with a place can be asked, and who is told of it. */
interface Holder {
  readonly userId: string
  /** Puts the session to rest, in which nothing goes on, and gives the place back. */
  readonly rest: () => Promise<void>
  /** Called when nothing goes on in it any more. */
  readonly idle: () => void
}

interface Held extends Holder {
  users: number
  /** May it be asked to rest, if nothing goes on in it? */
  canRest: boolean
}

/**
 * Who has places of live sessions that are kept nowhere. Such a session rests between two uses when somebody else needs its
 * place, and takes one again for the next use.
 */
export class LivePlaces {
  /** The one that was used last is the last one. */
  readonly #held = new Set<Held>()

  /** Places of a user, those that are waited for among them. */
  countOf(userId: string): number {
    return [...this.#held].filter((each) => each.userId === userId).length
  }

  /** One more, which counts from now on. It is not asked for before it was used. */
  add(holder: Holder): LivePlace {
    const held: Held = { ...holder, users: 0, canRest: false }
    this.#held.add(held)
    return { use: () => this.#use(held), [Symbol.dispose]: () => void this.#held.delete(held) }
  }

  /** Has the one rest that was not used for longest, of this user or of any. Says whether one gave its place back. */
  async askToRest(userId?: string): Promise<boolean> {
    const found = [...this.#held].find(
      (held) => held.canRest && held.users === 0 && (userId ?? held.userId) === held.userId,
    )
    if (found === undefined) return false
    // Asked once: what it holds may be in the way, until it is used again.
    found.canRest = false
    try {
      await found.rest()
      return true
    } catch {
      return await this.askToRest(userId)
    }
  }

  #use(held: Held): Disposable {
    held.users += 1
    if (this.#held.delete(held)) this.#held.add(held)
    let isUsed = true
    return {
      [Symbol.dispose]: () => {
        if (!isUsed) return
        isUsed = false
        held.users -= 1
        held.canRest = true
        if (held.users === 0) held.idle()
      },
    }
  }
}
