import type { AuditEvent } from '../audit-event.ts'
import type { Handover } from '../tlog/handover.ts'

const ACTION = 'audit.rotate-key'

/** Holds the hand-overs of the key that stand beside a log against what the log itself says of them. */
export class HandoverEntries {
  /** By the index of the entry that must say it: the end of the deed, after the head that both keys have signed. */
  readonly #notes: ReadonlyMap<number, string>

  constructor(handovers: readonly Handover[]) {
    this.#notes = new Map(handovers.map(({ size, note }) => [size + 1, note]))
  }

  /** What is wrong with an entry; null for nothing. */
  problemOf(index: number, { action, phase, detail }: AuditEvent): string | null {
    const note = this.#notes.get(index)
    const says = action === ACTION && phase === 'end' ? detail.handover : undefined
    if (note === says) return null
    return note === undefined
      ? 'it hands the key over, and no such hand-over stands beside the log'
      : 'it is not the hand-over of the key that stands beside the log'
  }

  /** Hand-overs that a log of this size does not reach. */
  beyond(size: number): string[] {
    return [...this.#notes.keys()]
      .filter((index) => index >= size)
      .map((index) => `it ends before it says that its key was handed over at ${index - 1}`)
  }
}
