import { type Checkpoint, openCheckpoint, readCheckpoint } from './checkpoint.ts'
import { type Handover, openHandover } from './handover.ts'
import type { NoteVerifier } from './signed-note.ts'

/** Nobody changes a key so often: what has more was made by somebody else. */
const MAX_HANDOVERS = 1000

/** A key, and the sizes of the heads that it may sign. */
interface RingKey {
  readonly verifier: NoteVerifier
  since: number
  until: number
}

/**
 * The keys of a log. Who trusts one of them can follow the log's hand-overs to those before and after it; each counts for
 * the heads of its own time alone.
 */
export class KeyRing {
  /** What is wrong with the hand-overs. */
  readonly problems: string[] = []
  /** Those that lead from a key that is trusted to another one. */
  readonly handovers: readonly Handover[]
  readonly #keys = new Map<string, RingKey>()

  constructor(trusted: readonly NoteVerifier[], handovers: readonly string[] = []) {
    for (const verifier of trusted) this.#add(verifier)
    if (handovers.length > MAX_HANDOVERS)
      this.problems.push(`it has ${handovers.length} hand-overs of its key`)
    const notes = handovers.slice(0, MAX_HANDOVERS)
    const opened = notes.flatMap((note) => openHandover(note) ?? [])
    if (opened.length < notes.length)
      this.problems.push(`${notes.length - opened.length} hand-overs are not signed by both of their keys`)
    this.handovers = this.#follow(opened)
  }

  /** Reads a head that a key has signed in its time; null when none has. */
  open(note: string): Checkpoint | null {
    const size = readCheckpoint(note)?.size ?? -1
    const inTime = [...this.#keys.values()].filter(({ since, until }) => since <= size && size <= until)
    return openCheckpoint(
      note,
      inTime.map(({ verifier }) => verifier),
    )
  }

  #add(verifier: NoteVerifier): RingKey {
    const known = this.#keys.get(verifier.text)
    if (known !== undefined) return known
    const key = { verifier, since: 0, until: Number.POSITIVE_INFINITY }
    this.#keys.set(verifier.text, key)
    return key
  }

  #follow(opened: readonly Handover[]): Handover[] {
    const followed: Handover[] = []
    let rest = opened
    for (;;) {
      const next = rest.find(({ from, to }) => this.#keys.has(from.text) || this.#keys.has(to.text))
      if (next === undefined) break
      rest = rest.filter((each) => each !== next)
      followed.push(next)
      this.#take(next)
    }
    if (rest.length > 0) this.problems.push(`${rest.length} hand-overs are of keys that nothing leads to`)
    return followed.sort((one, other) => one.size - other.size)
  }

  #take({ from, to, size }: Handover): void {
    const [before, after] = [this.#add(from), this.#add(to)]
    if (before.until !== Number.POSITIVE_INFINITY)
      this.problems.push(`two hand-overs are from the key "${from.text}"`)
    if (after.since !== 0) this.problems.push(`two hand-overs are to the key "${to.text}"`)
    before.until = Math.min(before.until, size)
    after.since = Math.max(after.since, size)
    for (const { verifier, since, until } of [before, after])
      if (since > until)
        this.problems.push(`the key "${verifier.text}" was handed over before it was taken over`)
  }
}
