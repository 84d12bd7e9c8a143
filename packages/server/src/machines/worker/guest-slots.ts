import { withGuests } from '../../services/executions/fair-places.ts'

/** What slots of guests are there for. */
export interface GuestParts {
  /** How many usual slots there are. */
  readonly slots: number
  /** Does some execution wait for what a tool gives? Then there is a slot more. */
  isWanted(): boolean
  /** Takes the next execution that does not wait in turn, and runs it to its end. */
  takeNext(): Promise<void>
}

/**
 * Slots beside the usual ones, while executions wait for what tools give: that may be executions too, and every usual slot
 * may be taken by one that waits.
 */
export class GuestSlots {
  readonly #parts: GuestParts
  #taken = 0

  constructor(parts: GuestParts) {
    this.#parts = parts
  }

  /** An execution begins to wait. */
  async open(): Promise<void> {
    const { slots, isWanted, takeNext } = this.#parts
    if (this.#taken >= withGuests(slots) - slots) return
    this.#taken += 1
    while (isWanted()) await takeNext()
    this.#taken -= 1
  }
}
